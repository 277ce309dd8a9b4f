"""The cache folder, and files written whole or not at all, safe for several processes."""

import errno
import logging
import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

import platformdirs
from filelock import BaseFileLock, FileLock, Timeout

from bridgex.errors import StoreError, reason

CACHE_VARIABLE = "BRIDGEX_CACHE"

SILENT_WAIT = 2.0
"""Seconds that a process waits for a lock before it says for whom."""

WAIT_VARIABLE = "BRIDGEX_LOCK_WAIT"

LONGEST_WAIT = 3600.0
"""Seconds that a process waits for a lock before it gives up, unless the variable says otherwise.
Whoever holds it may be counting a language's activations on a large corpus."""

SWEEP_AGE = 60.0
"""Seconds after which an unfinished folder that nobody holds is removed; younger ones may not have
taken their lock yet."""

_UNFINISHED = ".partial-"
_HELD = ".bridgex-writing"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EIO}
_DISK_FAILS = {errno.EIO, errno.EROFS}
_DENIED = {errno.EACCES, errno.EPERM}

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the cache folder: ``$BRIDGEX_CACHE``, or the platform's cache folder of the user.

    Raises:
        StoreError: the variable begins with ``~`` and names no home folder.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if not chosen:
        return Path(platformdirs.user_cache_dir("bridgex", appauthor=False))
    try:
        return Path(chosen).expanduser()
    except RuntimeError as problem:
        raise StoreError(
            f"{CACHE_VARIABLE} is {chosen}, and there is no such home folder; give a full path."
        ) from problem


@contextmanager
def writing(target: Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that becomes ``target`` if the block succeeds.

    The block may write a file or make a folder there. A failure, an interrupt included, leaves
    nothing behind; what a killed process left is removed by the next one that writes in the same
    folder. A folder is replaced by a folder only, never by a file. A symbolic link is followed, a
    file that is there keeps its mode, and new ones have that of the umask.

    Args:
        target: what to make.
        durable: whether the disk must hold the bytes before they become ``target``, so that a
            power cut leaves no empty file under its name.

    Raises:
        StoreError: the folder cannot be written to, or the disk is full.
    """
    with storage_errors(target.parent):
        target = Path(os.path.realpath(target))
        folder = target.parent
        folder.mkdir(parents=True, exist_ok=True)
        _sweep_once(folder)
        room = Path(tempfile.mkdtemp(dir=folder, prefix=_UNFINISHED))
        mark = room / _HELD
        lock = FileLock(mark)
        try:
            mark.touch()
            # Without locks in the file system, files are written all the same and never swept.
            with suppress(OSError, NotImplementedError):
                lock.acquire(blocking=False)
            temporary = room / target.name
            yield temporary
            _set_modes(temporary, target, stat.S_IMODE(mark.stat().st_mode))
            if durable:
                _flush([temporary, *temporary.rglob("*")])
            if target.is_dir() and temporary.is_dir():
                target.rename(room / "replaced")
            temporary.replace(target)
            if durable:
                _flush([folder])
        finally:
            lock.release()
            shutil.rmtree(room, ignore_errors=True)


def _set_modes(temporary: Path, target: Path, new: int) -> None:
    """Give files the mode of the one they replace, or ``new``: libraries write some as 0600."""
    if target.is_file() and temporary.is_file():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        return
    for path in (temporary, *temporary.rglob("*")):
        if path.is_file() and not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) != new:
            path.chmod(new)


def _flush(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and os.name == "nt":
            continue  # Windows opens no folders
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove what killed processes left unfinished in a folder: old, and held by nobody."""
    for room in folder.glob(f"{_UNFINISHED}*"):
        with suppress(OSError, NotImplementedError):
            if time.time() - room.stat().st_mtime <= SWEEP_AGE:
                continue
            if (room / _HELD).is_file():
                FileLock(room / _HELD).acquire(blocking=False).lock.release()
                shutil.rmtree(room)
            else:
                # Without our mark it may be the user's own, unless it is empty: then its maker was
                # killed before it could mark it.
                room.rmdir()


@cache
def sweep_cache(folder: Path) -> None:
    """Sweep a cache folder and those below it to the second level, once in a process."""
    with suppress(OSError):
        for below in (folder, *folder.glob("*/"), *folder.glob("*/*/")):
            _sweep_once(below)


@cache
def _sweep_once(folder: Path) -> None:
    sweep(folder)


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the lock of ``target``, so that only one process at a time makes it.

    Who holds it is written beside the lock, and a process that has to wait logs it as a warning.

    Raises:
        StoreError: the folder cannot be written to, or its file system has no locks.
    """
    holder = target.with_name(f".{target.name}.holder")
    with file_lock(target.with_name(f".{target.name}.lock"), holder):
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        with suppress(OSError):
            holder.write_text(
                f"process {os.getpid()} on {socket.gethostname()}, which holds it since {now}",
                encoding="utf-8",
            )
        try:
            yield
        finally:
            with suppress(OSError):
                holder.unlink()


@contextmanager
def file_lock(path: Path, holder: Path | None = None) -> Iterator[None]:
    """Hold a lock file.

    Args:
        path: the file; stays when the lock is released.
        holder: a file that says who holds it.

    Raises:
        StoreError: the file cannot be written, or its file system has no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise store_error("write to", path.parent, problem) from problem
    try:
        _require_regular(path)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=SILENT_WAIT)
        except Timeout:
            _log.warning("Waiting for %s (%s).", _read_holder(holder), path)
            _acquire_in_time(lock, path, holder)
    except (OSError, NotImplementedError) as problem:
        if isinstance(problem, OSError) and problem.errno not in _NO_LOCKS:
            raise store_error("write to", path, problem) from problem
        raise StoreError(
            f"The file system of {path.parent} has no file locks ({reason(problem)}); choose a "
            f"folder on a local disk (for the cache, with {CACHE_VARIABLE})."
        ) from problem
    try:
        yield
    finally:
        lock.release()


def _acquire_in_time(lock: BaseFileLock, path: Path, holder: Path | None) -> None:
    """Take a lock, or give up.

    Raises:
        StoreError: nobody released it for too long, or the variable holds no number.
    """
    seconds = os.environ.get(WAIT_VARIABLE) or str(LONGEST_WAIT)
    try:
        bound = float(seconds)
    except ValueError as problem:
        raise StoreError(f"{WAIT_VARIABLE} is {seconds}; give a number of seconds.") from problem
    try:
        lock.acquire(timeout=max(0.0, bound))
    except Timeout as problem:
        raise StoreError(
            f"Gave up waiting for {_read_holder(holder)} after {bound + SILENT_WAIT:.0f} s "
            f"({path}); end that process, or wait longer with {WAIT_VARIABLE}."
        ) from problem


def _read_holder(holder: Path | None) -> str:
    try:
        return (holder and holder.read_text(encoding="utf-8")) or "another process"
    except (OSError, ValueError):
        return "another process"


def open_kept(path: Path) -> BinaryIO | None:
    """Open a file of the cache for reading; None where it is absent.

    Raises:
        StoreError: it cannot be read, or is no regular file.
    """
    try:
        _require_regular(path)
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise store_error("read", path, problem) from problem


def _require_regular(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise StoreError(
            f"{path} is not a regular file, and bridgex keeps one under that name; move it away."
        )


def require_writable(target: Path) -> None:
    """Refuse early a file that could not be written later; leaves nothing behind.

    Raises:
        StoreError: a folder is there, or the file or its own folder cannot be written to.
    """
    with storage_errors(target.parent):
        target = Path(os.path.realpath(target))
        if target.is_dir():
            raise StoreError(f"{target} is a folder; name a file in it.")
        if target.exists() and not os.access(target, os.W_OK):
            raise store_error(
                "write to", target, PermissionError(errno.EACCES, "Permission denied")
            )
        os.rmdir(tempfile.mkdtemp(dir=_existing(target.parent), prefix=_UNFINISHED))


def require_space(folder: Path, needed: int) -> None:
    """Refuse early when fewer than ``needed`` bytes are free where ``folder`` will be.

    Raises:
        StoreError: the disk has less room than that.
    """
    with storage_errors(folder):
        free = shutil.disk_usage(_existing(folder)).free
    if free < needed:
        raise StoreError(
            f"{folder} needs {needed / 2**30:.1f} GiB of disk and {free / 2**30:.1f} GiB are free; "
            f"make room or point {CACHE_VARIABLE} at another disk."
        )


@contextmanager
def storage_errors(path: Path, action: str = "write to") -> Iterator[None]:
    """Turn the operating system's errors in a block into ours.

    Args:
        path: the file or folder that the block works on.
        action: ``"read"`` or ``"write to"``.

    Raises:
        StoreError: in place of an `OSError`.
    """
    try:
        yield
    except OSError as problem:
        raise store_error(action, path, problem) from problem
    except ValueError as problem:
        if "null byte" not in str(problem):
            raise
        raise StoreError("A path holds a NUL character; name another file.") from problem


def store_error(action: str, path: Path, problem: OSError) -> StoreError:
    """Return the error that says what could not be done to a file or folder, why, and the remedy.

    Args:
        action: ``"read"`` or ``"write to"``.
        path: the file or folder.
        problem: what the operating system said.
    """
    elsewhere = f"choose a folder that can be written (for the cache, with {CACHE_VARIABLE})"
    if problem.errno in _DENIED:
        remedy = f"give yourself the permission (chmod u+rwX {_existing(path)})"
    elif action == "read" or problem.errno in _DISK_FAILS:
        remedy = "check the disk"
    else:
        remedy = "make room"
    return StoreError(f"Cannot {action} {path} ({reason(problem)}); {remedy} or {elsewhere}.")


def _existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it, that can be looked at."""
    for candidate in (path.absolute(), *path.absolute().parents):
        with suppress(OSError):
            candidate.stat()
            return candidate
    return path
