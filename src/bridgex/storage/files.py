"""Where bridgex keeps what it made: one folder, written atomically, safe for several processes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs
from filelock import FileLock

from bridgex.errors import StoreError

CACHE_VARIABLE = "BRIDGEX_CACHE"


def cache_folder() -> Path:
    """Return the cache folder: ``$BRIDGEX_CACHE``, or the platform's cache folder of the user."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("bridgex", appauthor=False))


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that becomes ``target`` if the block succeeds.

    The block may write a file or make a folder there. A failure, an interrupt included, leaves
    nothing behind. A folder is replaced by a folder only, never by a file.

    Raises:
        StoreError: the folder cannot be written to, or the disk is full.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(dir=target.parent, prefix=".partial-"))
    except OSError as problem:
        raise StoreError(_cannot_write(target.parent, problem)) from problem
    temporary = room / target.name
    try:
        yield temporary
        if target.is_dir() and temporary.is_dir():
            shutil.rmtree(target)
        temporary.replace(target)
    except OSError as problem:
        raise StoreError(_cannot_write(target.parent, problem)) from problem
    finally:
        with suppress(OSError):
            shutil.rmtree(room)


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the lock of ``target``, so that only one process at a time makes it.

    Raises:
        StoreError: the folder cannot be written to.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.with_name(f".{target.name}.lock"))
        lock.acquire()
    except OSError as problem:
        raise StoreError(_cannot_write(target.parent, problem)) from problem
    try:
        yield
    finally:
        lock.release()


def require_writable(target: Path) -> None:
    """Refuse early a file that could not be written later; leaves nothing behind.

    Raises:
        StoreError: a folder is there, or the file's own folder cannot be written to.
    """
    try:
        if target.is_dir():
            raise StoreError(f"{target} is a folder; name a file in it.")
        existing = next(each for each in target.absolute().parents if each.exists())
        tempfile.TemporaryDirectory(dir=existing, prefix=".partial-").cleanup()
    except OSError as problem:
        raise StoreError(_cannot_write(target.parent, problem)) from problem


def require_space(folder: Path, needed: int) -> None:
    """Refuse early when fewer than ``needed`` bytes are free where ``folder`` will be.

    Raises:
        StoreError: the disk has less room than that.
    """
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise StoreError(
            f"{folder} needs {needed / 2**30:.1f} GiB of disk and {free / 2**30:.1f} GiB are free; "
            f"make room or point {CACHE_VARIABLE} at another disk."
        )


def _cannot_write(folder: Path, problem: OSError) -> str:
    reason = (problem.strerror or str(problem)).lower()
    return (
        f"Cannot write to {folder} ({reason}); "
        f"make room or choose a folder that can be written (for the cache, with {CACHE_VARIABLE})."
    )
