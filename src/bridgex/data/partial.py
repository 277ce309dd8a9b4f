"""A file that is being downloaded: ``NAME.part``, and beside it what it is a part of.

``NAME.part.from`` has what identifies the version on the server (its ETag or date of change). A
later attempt asks for the rest only of that same version (``Range`` with ``If-Range``, RFC 9110,
section 13.1.5), so that two versions are never glued together. A file is whole when it has the
length that the server states, when its transfer states its own end, or when its format does.
"""

import re
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bridgex.data.archives import shows_its_end
from bridgex.data.limits import Limits
from bridgex.errors import DownloadError
from bridgex.storage.files import require_space
from bridgex.texts.files import is_web_page

if TYPE_CHECKING:
    import httpx2

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:(\d{1,18})|\*)", re.ASCII)
_UNSATISFIED = re.compile(r"bytes \*/(\d{1,18})", re.ASCII)
_LENGTH = re.compile(r"\d{1,18}", re.ASCII)
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')  # RFC 9110, section 8.8.3, the ASCII of it


class TransientError(Exception):
    """An attempt that failed in a way that may pass.

    Attributes:
        retry_after: seconds that the server asks to wait before the next, or None.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Partial:
    """The unfinished form of one file."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(f"{target.name}.part")
        self._version_path = target.with_name(f"{target.name}.part.from")
        self._version: str | None = None
        self._length: int | None = None
        self._framed = False
        self.start = 0

    def range_headers(self) -> dict[str, str]:
        """Return the headers that ask for the rest; none where there is nothing to go on from."""
        self.start, self._version = 0, None
        if self.path.is_symlink() or not self.path.is_file():
            self.discard()
        elif size := self.path.stat().st_size:
            self._version = self._kept_version()
            self.start = size if self._version else 0
        if self._version is None:
            return {}
        return {"Range": f"bytes={self.start}-", "If-Range": self._version}

    def begin(self, url: str, response: "httpx2.Response", limits: Limits) -> None:
        """Make ready for the body of an answer.

        Raises:
            TransientError: it is of another version, or does not say where it belongs.
            DownloadError: the file is larger than allowed.
            StoreError: the disk has no room for it.
        """
        begin, self._length = _extent(response)
        version = _version(response)
        if begin != 0 and (begin != self.start or version != self._version):
            self.discard()
            raise TransientError("the server sent a part of another version of the file")
        if begin == 0:
            self.discard()  # it may fill the disk that the new version needs
        self.start = begin
        if self._length is not None:
            limits.require_file(url, self._length)
            require_space(self.path.parent, self._length - begin)
        self._framed = response.status_code == 200 and "chunked" in response.headers.get(
            "Transfer-Encoding", ""
        )
        self._version = version
        self._version_path.write_text(version or "", encoding="ascii")

    def write(self, url: str, chunks: Iterable[bytes], limits: Limits) -> None:
        """Add a body to what is here.

        Raises:
            DownloadError: the file grows larger than allowed.
        """
        size = self.start
        with self.path.open("ab" if self.start else "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limits.max_bytes:
                    self.discard()
                    limits.require_file(url, size)
                file.write(chunk)

    def require_whole(self, url: str) -> None:
        """Refuse a file whose end did not come.

        Raises:
            TransientError: another attempt may bring it, or tell.
            DownloadError: nothing can tell.
        """
        size = self.path.stat().st_size
        if self._length is not None:
            if size != self._length:
                raise TransientError(f"{size:,} of {self._length:,} bytes arrived")
        elif not self._framed and not shows_its_end(self.path):
            if self._version is None:
                self.discard()
                raise DownloadError(
                    f"{url} came without its length, so whether it is whole cannot be told; fetch "
                    "it yourself and register the folder with --from DIR."
                )
            # The next attempt asks for what follows: nothing does, if this is whole.
            raise TransientError("it came without its length, so its end may be missing")

    def require_whole_as_refused(self, response: "httpx2.Response") -> None:
        """Take the answer that nothing follows the bytes here: they are all there is, or wrong.

        Raises:
            TransientError: the server has another number of bytes.
        """
        stated = _UNSATISFIED.fullmatch(response.headers.get("Content-Range", ""))
        if stated is None or int(stated[1]) != self.start:
            self.discard()
            raise TransientError("the server has less than was fetched before")

    def finish(self) -> None:
        """Give the whole file its name."""
        self.path.replace(self._target)
        _remove(self._version_path)

    def discard(self) -> None:
        """Remove what is here, whatever it is."""
        _remove(self.path)
        _remove(self._version_path)

    def _kept_version(self) -> str | None:
        try:
            kept = self._version_path.read_bytes() if self._version_path.is_file() else b""
        except OSError:
            return None
        text = kept.decode("ascii", "replace")
        return text if _is_etag(text) or _is_date(text) else None


def require_data(url: str, partial: Partial) -> None:
    """Refuse nothing, or a web page, in place of a file.

    Raises:
        DownloadError: it is one of these; nothing is kept.
    """
    with partial.path.open("rb") as file:
        start = file.read(4096)
    if start and not is_web_page(start):
        return
    partial.discard()
    what = "a web page (a login or error page, perhaps)" if start else "nothing"
    raise DownloadError(f"{url} sent {what} in place of the file; nothing was kept.")


def _extent(response: "httpx2.Response") -> tuple[int, int | None]:
    """Where in the file an answer begins, and the length of the whole file if it says so."""
    if response.status_code == 206:
        stated = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if stated is None:
            raise TransientError("the server did not say which part of the file it sent")
        return int(stated[1]), None if stated[2] is None else int(stated[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if _LENGTH.fullmatch(length) else None


def _version(response: "httpx2.Response") -> str | None:
    """What identifies the version of a file exactly: a strong ETag, or an old enough date."""
    etag = str(response.headers.get("ETag", ""))
    if _is_etag(etag):
        return etag
    changed = str(response.headers.get("Last-Modified", ""))
    moment, answered = http_date(changed), http_date(response.headers.get("Date", ""))
    # A file that changed in the second of the answer may change in it again (section 8.8.2.2).
    recent = moment is not None and answered is not None and moment >= answered
    return changed if _is_date(changed) and not recent else None


def _is_etag(text: str) -> bool:
    return _STRONG_ETAG.fullmatch(text) is not None


def http_date(text: str) -> datetime | None:
    """Return the moment that a header states, or None where it states none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # "-0000": UTC, of an unknown local time.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _is_date(text: str) -> bool:
    return text.isascii() and text.isprintable() and http_date(text) is not None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
