"""How large the store may become: what was not used for longest goes first.

`keep_within` is called whenever something was stored, and looks at most once a minute. What is
removed is only made again when it is needed.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import StoreError
from bridgex.storage.files import file_lock, storage_errors

BOUND_VARIABLE = "BRIDGEX_CACHE_MAX"
LOOK_EVERY = 60.0
"""Seconds between two looks at the size of a store."""
LEFT = 0.9
"""Share of the bound that is left when it was exceeded, so that not every entry removes one."""

_SIZE = re.compile(r"([\d.]+)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_looked: dict[Path, float] = {}


@dataclass(frozen=True)
class StoredFile:
    """A file of the store: an entry, or a journal of items.

    Attributes:
        path: where it is.
        stage: what it is a result of.
        size: in bytes.
        used: when it was last read or written, seconds since the epoch.
    """

    path: Path
    stage: str
    size: int
    used: float


def stored_files(folder: Path) -> Iterator[StoredFile]:
    """Yield the entries and journals of a store."""
    for pattern in ("*/*.safetensors", "*/*/*.jsonl"):
        for path in folder.glob(pattern):
            with suppress(OSError):
                stat = path.stat()
                stage = path.relative_to(folder).parts[0]
                yield StoredFile(path, stage, stat.st_size, stat.st_mtime)


def mark_used(path: Path) -> None:
    """Note that a file of the store was needed; a store that cannot be written is not marked."""
    with suppress(OSError):
        os.utime(path)


def parse_size(text: str) -> int:
    """Return a number of bytes: ``20GB``, ``512MiB``, ``1000000``.

    Raises:
        StoreError: it is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    try:
        number = float(match[1]) if match else -1.0
    except ValueError:
        number = -1.0
    if match is None or number < 0:
        raise StoreError(f"'{text}' is no size; write one such as 20GB.")
    base = 1024 if match[3] else 1000
    return int(number * base ** _POWERS[match[2].upper()])


def keep_within(folder: Path) -> None:
    """Remove what was not used for longest where a store is larger than ``BRIDGEX_CACHE_MAX``.

    Raises:
        StoreError: the variable holds no size, or a file cannot be removed.
    """
    bound = os.environ.get(BOUND_VARIABLE)
    now = time.monotonic()
    if not bound or now - _looked.get(folder, -LOOK_EVERY) < LOOK_EVERY:
        return
    _looked[folder] = now
    most = parse_size(bound)
    files = list(stored_files(folder))
    if sum(file.size for file in files) > most:
        prune(folder, int(most * LEFT))


def prune(folder: Path, most: int) -> list[StoredFile]:
    """Remove what was not used for longest, until a store is no larger than that.

    Args:
        folder: the store.
        most: bytes that may be left.

    Returns:
        What was removed.

    Raises:
        StoreError: a file cannot be removed.
    """
    files = sorted(stored_files(folder), key=lambda file: (file.used, file.path))
    total, removed = sum(file.size for file in files), []
    for file in files:
        if total <= most:
            break
        with storage_errors(file.path):
            if file.path.suffix == ".jsonl":
                # Whoever appends to a journal holds the lock of its folder.
                with file_lock(file.path.parent / ".lock"):
                    file.path.unlink(missing_ok=True)
            else:
                file.path.unlink(missing_ok=True)
        total -= file.size
        removed.append(file)
    return removed
