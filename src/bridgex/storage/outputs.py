"""The files a user asks for: devices and pipes are written into, everything else is replaced whole.

``-`` means standard output.
"""

import os
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from bridgex.errors import RequestError, StoreError
from bridgex.storage.files import require_writable, storage_errors, store_error, writing

STANDARD_OUTPUT = Path("-")

_DESCRIPTOR = re.compile(r"/(?:dev/fd|proc/self/fd)/(\d+)")
_DESCRIPTORS = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2}


def write_output(target: Path, content: bytes) -> None:
    """Write a file whole or not at all; into a device or pipe as it is.

    Raises:
        StoreError: it cannot be written.
        BrokenPipeError: nobody reads standard output, or the pipe, any longer.
    """
    if not _is_stream(target):
        with writing(target) as temporary:
            temporary.write_bytes(content)
        return
    try:
        _write_stream(target, content)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise store_error("write to", target, problem) from problem


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write several files of a folder: all are written beside their places before any is moved.

    Raises:
        StoreError: the folder cannot be written to; then the files in it are as they were.
    """
    with ExitStack() as stack:
        for name, content in contents.items():
            stack.enter_context(writing(folder / name)).write_bytes(content)


def require_outputs(files: Iterable[Path | None], folders: Iterable[Path | None] = ()) -> None:
    """Refuse early what could not be written in the end; leaves nothing behind.

    Args:
        files: files that one command writes; None for those not asked for.
        folders: folders that it writes files into.

    Raises:
        StoreError: one cannot be written to.
        RequestError: two are the same, or a folder would have to be where a file is asked for.
    """
    targets: dict[Path, Path] = {}
    into = [folder for folder in folders if folder is not None]
    for path in (*(file for file in files if file is not None), *into):
        with storage_errors(path):
            place = _place(path)
        if place in targets:
            raise RequestError(
                f"{targets[place]} and {path} are the same file; give each output its own."
            )
        if place != Path(os.devnull):
            targets[place] = path
        _require_output(path, is_folder=path in into)
    for place, path in targets.items():
        above = next((targets[parent] for parent in place.parents if parent in targets), None)
        if above is not None and above not in into:
            raise RequestError(f"{above} is asked for as a file and as the folder of {path}.")


def _require_output(path: Path, *, is_folder: bool) -> None:
    if is_folder:
        if path.exists() and not path.is_dir():
            raise StoreError(f"{path} is a file; name a folder.")
        require_writable(path / "file")
    elif not _is_stream(path):
        require_writable(path)
    elif _descriptor(path) is None:
        mode = path.stat().st_mode
        if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            raise StoreError(f"{path} is a disk or a socket; name a file.")
        if not os.access(path, os.W_OK):
            raise StoreError(f"Cannot write to {path} (permission denied); name another file.")


def _is_stream(path: Path) -> bool:
    """Whether a path is written into: neither a file nor a folder, or an open descriptor."""
    if _descriptor(path) is not None:
        return True
    with storage_errors(path):
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _descriptor(path: Path) -> int | None:
    match = _DESCRIPTOR.fullmatch(str(path))
    return int(match[1]) if match else _DESCRIPTORS.get(str(path))


def _write_stream(path: Path, content: bytes) -> None:
    descriptor = _descriptor(path)
    standard = {1: sys.stdout, 2: sys.stderr}.get(descriptor or 0)
    if standard is not None:
        standard.flush()
        if hasattr(standard, "buffer"):
            standard.buffer.write(content)
        else:  # a notebook's
            standard.write(content.decode())
        standard.flush()
        return
    with open(path if descriptor is None else os.dup(descriptor), "wb") as stream:
        stream.write(content)


def _place(path: Path) -> Path:
    """Return what tells a file apart from all others, by whatever name it is given."""
    descriptor = _descriptor(path)
    if descriptor is not None:
        return Path(f"/dev/fd/{descriptor}")
    return Path(os.path.realpath(path))
