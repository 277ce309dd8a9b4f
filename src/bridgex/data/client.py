"""Downloading over HTTP: resumed, checked against its announced length, retried, or refused.

A download goes into ``NAME.part`` and becomes ``NAME`` when it is whole. Beside it lies
``NAME.part.from``: what identifies the version on the server (its ETag or date of change). A later
attempt asks for the rest only of that same version (``Range`` with ``If-Range``, RFC 9110,
section 13.1.5), so that two versions are never glued together.

Proxies come from the usual environment variables (``HTTPS_PROXY``, ``NO_PROXY``, …).
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from bridgex.errors import DownloadError, StoreError
from bridgex.storage.files import require_space
from bridgex.texts.files import is_web_page

if TYPE_CHECKING:
    import httpx2

OFFLINE_VARIABLES = ("BRIDGEX_OFFLINE", "HF_HUB_OFFLINE")

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 30.0

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a download is tried.

    Attributes:
        attempts: how often in all.
        stall: seconds without a byte after which an attempt is given up.
        wait: seconds before the second attempt; doubled before each further one.
    """

    attempts: int = 5
    stall: float = 30.0
    wait: float = 1.0


PATIENCE = RetryPolicy()


class _PassingError(Exception):
    """An attempt that failed in a way that may pass."""


def refuse_offline() -> None:
    """Refuse when the user has switched the network off.

    Raises:
        DownloadError: one of ``OFFLINE_VARIABLES`` is set.
    """
    for variable in OFFLINE_VARIABLES:
        if os.environ.get(variable, "").casefold() in {"1", "true", "yes", "on"}:
            raise DownloadError(
                f"{variable} is set, so nothing is downloaded; unset it, or register a copy of "
                "your own with --from DIR."
            )


class Client:
    """An HTTP client for files that anyone may fetch; a context manager."""

    def __init__(
        self,
        patience: RetryPolicy = PATIENCE,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        import httpx2

        refuse_offline()
        self.patience = patience
        self._http = httpx2.Client(
            transport=transport,
            timeout=patience.stall,
            follow_redirects=True,
            event_hooks={"response": [_refuse_downgrade]},
            # A compressed answer has no length or range of the file itself.
            headers={"Accept-Encoding": "identity", "User-Agent": "bridgex"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def get(self, url: str, accept: str) -> "httpx2.Response":
        """Return a small answer whole.

        Raises:
            DownloadError: it is refused, missing, or fails again and again.
        """

        def once() -> "httpx2.Response":
            response = self._http.get(url, headers={"Accept": accept})
            _require_success(url, response)
            return response

        return self._with_retries(url, once)

    def download(self, url: str, target: Path) -> None:
        """Write a file to ``target``, going on where an earlier attempt broke off.

        Raises:
            DownloadError: the file is refused, missing, a web page, or fails again and again.
            StoreError: it cannot be written.
        """
        part = target.with_name(f"{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._with_retries(url, lambda: self._fetch(url, part))
            _require_data(url, part)
            part.replace(target)
            _version_file(part).unlink(missing_ok=True)
        except OSError as problem:
            raise StoreError(
                f"Cannot write to {target.parent} ({problem.strerror or problem}); make room or "
                "choose another folder with --to DIR."
            ) from problem

    def _with_retries(self, url: str, once: Callable[[], _Answer]) -> _Answer:
        import httpx2

        wait = self.patience.wait
        for attempt in range(1, self.patience.attempts + 1):
            try:
                return once()
            except (httpx2.TransportError, httpx2.DecodingError, _PassingError) as problem:
                if isinstance(problem, httpx2.UnsupportedProtocol) or (
                    attempt == self.patience.attempts
                ):
                    raise DownloadError(
                        f"{url} could not be fetched in {attempt} attempts "
                        f"({_reason(problem)}); check the connection and proxy settings, then run "
                        "the command again: it goes on where it stopped."
                    ) from problem
                time.sleep(min(wait, _LONGEST_WAIT))
                wait *= 2
            except (httpx2.InvalidURL, httpx2.TooManyRedirects) as problem:
                raise DownloadError(f"{url} leads nowhere ({problem}); report it.") from problem
        raise AssertionError("attempts is at least 1")

    def _fetch(self, url: str, part: Path) -> None:
        """Make ``part`` whole, or leave in it what arrived."""
        start = part.stat().st_size if part.exists() else 0
        version = _read_version(part) if start else None
        headers = {"Range": f"bytes={start}-", "If-Range": version} if version else {}
        with self._http.stream("GET", url, headers=headers) as response:
            if response.status_code == 416:
                part.unlink()
                raise _PassingError("the server has less than was fetched before")
            _require_success(url, response)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise DownloadError(f"{url} is sent compressed, which was not asked for.")
            begin, length = _extent(response)
            if begin and (begin != start or _version(response) != version):
                part.unlink()
                raise _PassingError("the server sent a part of another version of the file")
            if length is not None:
                require_space(part.parent, length - begin)
            _version_file(part).write_text(_version(response), encoding="utf-8")
            with part.open("ab" if begin else "wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)
        if length is not None and part.stat().st_size != length:
            raise _PassingError(f"{part.stat().st_size:,} of {length:,} bytes arrived")


def _reason(problem: Exception) -> str:
    import httpx2

    if isinstance(problem, httpx2.TimeoutException):
        return "no answer in time"
    return str(problem).rstrip(".") or type(problem).__name__


def _refuse_downgrade(response: "httpx2.Response") -> None:
    if response.has_redirect_location and response.url.scheme == "https":
        target = response.url.join(response.headers["Location"])
        if target.scheme != "https":
            raise DownloadError(
                f"{response.url} redirects to {target}, which is not encrypted; this is refused."
            )


def _require_success(url: str, response: "httpx2.Response") -> None:
    status = response.status_code
    if status in _BUSY:
        raise _PassingError(f"the server answered {status}")
    if status in {401, 403, 407}:
        raise DownloadError(
            f"{url} was refused (status {status}); the publisher, the proxy or a limit on requests "
            "does not let this machine fetch it now."
        )
    if status in {404, 410}:
        raise DownloadError(
            f"{url} is not there (status {status}); the publisher may have moved or removed it."
        )
    if status not in {200, 206}:
        raise DownloadError(f"{url} was answered with status {status}; try again later.")


def _extent(response: "httpx2.Response") -> tuple[int, int | None]:
    """Where in the file an answer begins, and the length of the whole file if it says so."""
    if response.status_code == 206:
        stated = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if stated is None:
            raise _PassingError("the server did not say which part of the file it sent")
        return int(stated[1]), None if stated[2] == "*" else int(stated[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _version(response: "httpx2.Response") -> str:
    """What identifies the version of a file; empty where nothing does exactly (a weak ETag)."""
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return str(etag)
    return str(response.headers.get("Last-Modified", ""))


def _version_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.from")


def _read_version(part: Path) -> str | None:
    try:
        return _version_file(part).read_text(encoding="utf-8") or None
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _require_data(url: str, part: Path) -> None:
    with part.open("rb") as file:
        start = file.read(4096)
    if start and not is_web_page(start):
        return
    part.unlink()
    what = "a web page (a login or error page, perhaps)" if start else "nothing"
    raise DownloadError(f"{url} sent {what} in place of the file; nothing was kept.")
