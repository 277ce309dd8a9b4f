"""Unpacking zip and tar archives of others: whole archives are refused for one bad member."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import copyfileobj
from typing import IO

from bridgex.errors import DownloadError
from bridgex.storage.files import require_space, writing


def members(archive: Path) -> tuple[str, ...]:
    """Return the names of the files in an archive, in its order.

    Raises:
        DownloadError: it is damaged or cut short, or has a member that would be written outside
            the folder, or one that is neither a file nor a folder (a link, a device).
    """
    with _opened(archive) as entries:
        return tuple(name for name, _, content in entries if content is not None)


def unpack(archive: Path, targets: Mapping[str, Path]) -> None:
    """Write members of an archive to where ``targets`` says, each atomically.

    Raises:
        DownloadError: as for `members`.
        StoreError: they cannot be written.
    """
    with _opened(archive) as entries:
        for name, size, content in entries:
            if name in targets and content is not None:
                require_space(targets[name].parent, size)
                with writing(targets[name]) as path, path.open("wb") as file:
                    copyfileobj(content, file)


SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error)
_Entries = Iterator[tuple[str, int, IO[bytes] | None]]


@contextmanager
def _opened(archive: Path) -> Iterator[_Entries]:
    """Yield (name, bytes, content) of each member; the content of a folder is None."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                yield _of_zip(archive, packed)
        else:
            with tarfile.open(archive) as packed_tar:
                yield _of_tar(archive, packed_tar)
    except _DAMAGED as problem:
        raise DownloadError(
            f"{archive} is damaged or cut short ({problem}); delete it and fetch it again."
        ) from problem
    except (NotImplementedError, RuntimeError) as problem:
        raise DownloadError(
            f"{archive} cannot be unpacked ({problem}); unpack it yourself and register the folder "
            "with --from DIR."
        ) from problem


def _of_zip(archive: Path, packed: zipfile.ZipFile) -> _Entries:
    entries = packed.infolist()
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        _require_harmless(archive, entry.orig_filename, kind in {0, stat.S_IFREG, stat.S_IFDIR})
    for entry in entries:
        if entry.is_dir():
            yield entry.filename, 0, None
        else:
            with packed.open(entry) as content:
                yield entry.filename, entry.file_size, content


def _of_tar(archive: Path, packed: tarfile.TarFile) -> _Entries:
    entries = packed.getmembers()
    for entry in entries:
        _require_harmless(archive, entry.name, entry.isreg() or entry.isdir())
    for entry in entries:
        yield entry.name, entry.size, packed.extractfile(entry)


def _require_harmless(archive: Path, name: str, plain: bool) -> None:
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    if path.is_absolute() or windows.anchor or ".." in (*path.parts, *windows.parts):
        problem = "lies outside the folder it is unpacked into"
    elif not plain:
        problem = "is neither a file nor a folder"
    else:
        return
    raise DownloadError(
        f"{archive} has a member '{name}' that {problem}; nothing of it was unpacked."
    )
