"""Unpacking zip and tar archives from elsewhere; one bad member refuses the whole archive."""

import gzip
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import copyfileobj
from typing import IO, Any, cast

from bridgex.data.limits import LIMITS, Limits
from bridgex.errors import BridgexError, DownloadError
from bridgex.storage.files import require_space, writing

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_ZIP = b"PK"
_BLOCK = 512  # bytes; tar's unit
_LARGEST_READ = 4 * 2**20  # bytes: a zip's directory of some 40,000 members, a tar's long name
_LONGEST_NAME = 255  # bytes, as most file systems have it

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error)


class DamagedArchiveError(DownloadError):
    """An archive that is cut short or whose bytes are not what was packed."""


def members(archive: Path, limits: Limits = LIMITS) -> tuple[str, ...]:
    """Return the names of the files in an archive, in its order.

    Raises:
        DownloadError: it is damaged or cut short, unpacks to more than allowed, or has a member
            that would be written outside the folder, that is neither a file nor a folder (a link,
            a device, a file with holes), or whose name no file can have.
    """
    with _opened(archive, limits) as entries:
        return tuple(entry.name for entry in entries)


def unpack(archive: Path, targets: Mapping[str, Path], limits: Limits = LIMITS) -> None:
    """Write members of an archive to where ``targets`` says, each atomically.

    Raises:
        DownloadError: as for `members`.
        StoreError: they cannot be written.
    """
    with _opened(archive, limits) as entries:
        for entry in entries:
            if entry.name in targets:
                target = targets[entry.name]
                require_space(target.parent, entry.size)
                with writing(target) as path, path.open("wb") as file, entry.open() as content:
                    copyfileobj(content, file)


def shows_its_end(file: Path) -> bool:
    """Whether the format of a file shows that it is whole: zip, gzip or Parquet, read to its end.

    Plain text never does.
    """
    with file.open("rb") as opened:
        start = opened.read(len(_PARQUET))
        if start == _PARQUET:
            opened.seek(-len(_PARQUET), 2)
            return opened.tell() > 0 and opened.read() == _PARQUET
    if start.startswith(_ZIP):
        return zipfile.is_zipfile(file)
    if start.startswith(_GZIP):
        unpacked = 0
        try:
            with gzip.open(file) as content:
                while chunk := content.read(2**20):
                    unpacked += len(chunk)
                    LIMITS.require_unpacked(file.name, file.stat().st_size, unpacked)
        except _DAMAGED:
            return False
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file in an archive, its name and its unpacked size in bytes as the archive states them."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


@contextmanager
def _opened(archive: Path, limits: Limits) -> Iterator[tuple[_Entry, ...]]:
    """Yield the files of an archive whose every member is harmless."""
    with archive.open("rb") as raw:
        try:
            entries = tuple(_entries(archive, raw, limits))
        except BridgexError:
            raise
        except RuntimeError as problem:
            raise _unsupported(archive, problem) from problem
        except Exception as problem:
            # Whatever a broken header makes a library raise is damage.
            raise _damaged(archive, problem) from problem
        try:
            yield entries
        except _DAMAGED as problem:
            raise _damaged(archive, problem) from problem
        except RuntimeError as problem:
            raise _unsupported(archive, problem) from problem


def _entries(archive: Path, raw: IO[bytes], limits: Limits) -> Iterator[_Entry]:
    start = raw.read(len(_ZIP))
    raw.seek(0)
    if start == _ZIP:
        return _of_zip(archive, raw, limits)
    if start == _GZIP:
        raw = cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    return _of_tar(archive, raw, limits)


def _unsupported(archive: Path, problem: RuntimeError) -> DownloadError:
    """Encryption, a compression that is not built in, headers nested too deep."""
    return DownloadError(
        f"{archive.name} cannot be unpacked ({_line(problem)}); unpack it yourself and register "
        "the folder with --from DIR."
    )


def _damaged(archive: Path, problem: Exception) -> DamagedArchiveError:
    return DamagedArchiveError(
        f"{archive.name} is damaged or cut short ({_line(problem)}); nothing of it was kept: run "
        "the command again to fetch it anew, or replace your own copy and register it again."
    )


def _line(problem: Exception) -> str:
    return next(iter(str(problem).splitlines()), "").rstrip(".") or type(problem).__name__


def _of_zip(archive: Path, raw: IO[bytes], limits: Limits) -> Iterator[_Entry]:
    packed = zipfile.ZipFile(cast(IO[bytes], _Bounded(raw)))
    size = archive.stat().st_size
    unpacked = 0
    for count, entry in enumerate(packed.infolist(), 1):
        kind = stat.S_IFMT(entry.external_attr >> 16)
        _require_harmless(archive, entry.orig_filename, kind in {0, stat.S_IFREG, stat.S_IFDIR})
        _require_few(archive, count, limits)
        unpacked += entry.file_size
        limits.require_unpacked(archive.name, size, unpacked)
        if not entry.is_dir():
            yield _Entry(entry.filename, entry.file_size, _opener(packed, entry))


def _opener(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: packed.open(entry)


def _of_tar(archive: Path, content: IO[bytes], limits: Limits) -> Iterator[_Entry]:
    size = archive.stat().st_size
    bounded = _Bounded(
        content, lambda position: limits.require_unpacked(archive.name, size, position)
    )
    packed = tarfile.TarFile(fileobj=cast(IO[bytes], bounded))
    end = 0
    for count, entry in enumerate(packed, 1):
        if entry.size < 0 or entry.offset_data < end:
            raise tarfile.ReadError("a member before the one that it follows")
        plain = (entry.isreg() and not entry.issparse()) or entry.isdir()
        _require_harmless(archive, entry.name, plain)
        _require_few(archive, count, limits)
        end = entry.offset_data
        if entry.isreg():
            end += -(-entry.size // _BLOCK) * _BLOCK
            bounded.seek(end)
            yield _Entry(entry.name, entry.size, _extractor(packed, entry))
    # A block of zeros ends a tar; without it, members may be missing. What follows is read for the
    # checksum at the end of a gzip file.
    bounded.seek(end)
    if bounded.read(_BLOCK) != bytes(_BLOCK):
        raise tarfile.ReadError("no end")
    while bounded.read(2**20):
        pass


def _extractor(packed: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    return lambda: cast(IO[bytes], packed.extractfile(entry))


class _Bounded:
    """A file that is not read without end, nor much of it at once: headers may ask for both."""

    def __init__(self, file: IO[bytes], reached: Callable[[int], None] = lambda _: None) -> None:
        self._file = file
        self._reached = reached

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size if 0 <= size <= _LARGEST_READ else _LARGEST_READ + 1)
        if len(content) > _LARGEST_READ:
            raise EOFError("it has a header of more than 4 MiB")
        self._reached(self._file.tell())
        return content

    def seek(self, position: int, whence: int = 0) -> int:
        if whence == 0:
            self._reached(position)
        return self._file.seek(position, whence)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _require_few(archive: Path, count: int, limits: Limits) -> None:
    if count > limits.max_members:
        raise DownloadError(
            f"{archive.name} has more than {limits.max_members:,} members; nothing of it was "
            "unpacked. If it is right, unpack it yourself and register the folder with --from DIR."
        )


def _require_harmless(archive: Path, name: str, plain: bool) -> None:
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    parts = (*path.parts, *windows.parts)
    if path.is_absolute() or windows.anchor or ".." in parts:
        problem = "lies outside the folder it is unpacked into"
    elif not plain:
        problem = "is neither a plain file nor a folder"
    elif any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        problem = "has control characters, or what is not UTF-8, in its name"
    elif any(len(part.encode()) > _LONGEST_NAME for part in path.parts):
        problem = f"has a name of more than {_LONGEST_NAME} bytes"
    else:
        return
    raise DownloadError(
        f"{archive.name} has a member {name[:_LONGEST_NAME]!r} that {problem}; nothing of it was "
        "unpacked."
    )
