"""What is in the cache: sizes by kind and model, and whether it is still what was stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridgex.progress import Progress, silent
from bridgex.storage.bounds import stored_files
from bridgex.storage.items import valid_lines
from bridgex.storage.labels import UNKNOWN, read_label
from bridgex.storage.store import entry_model, read_entry


@dataclass(frozen=True)
class Share:
    """What one kind of result of one model takes.

    Attributes:
        files: how many.
        size: in bytes.
        used: when the last of them was used, seconds since the epoch.
    """

    files: int
    size: int
    used: float


def inventory(store: Path) -> dict[tuple[str, str], Share]:
    """Return (model, stage) → what of it is in a store, the largest first."""
    shares: dict[tuple[str, str], Share] = {}
    for file in stored_files(store):
        key = _model(file.path), file.stage
        before = shares.get(key, Share(0, 0, 0.0))
        shares[key] = Share(before.files + 1, before.size + file.size, max(before.used, file.used))
    return dict(sorted(shares.items(), key=lambda item: -item[1].size))


def folder_sizes(cache: Path) -> Mapping[str, int]:
    """Return the bytes that each folder of a cache takes."""
    return {
        folder.name: sum(
            path.stat().st_size
            for path in folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        )
        for folder in sorted(cache.glob("*/"))
    }


def verify(store: Path, progress: Progress = silent) -> tuple[int, list[Path]]:
    """Read a store whole.

    Returns:
        How many entries and items are whole, and the files with damage; what is damaged in them is
        made again when it is needed.

    Raises:
        StoreError: a journal cannot be read.
    """
    whole, damaged = 0, []
    files = list(stored_files(store))
    with progress("Reading the store", len(files)) as advance:
        for file in files:
            if file.path.suffix == ".jsonl":
                good, bad = valid_lines(file.path)
                whole += good
                damaged += [file.path] if bad else []
            elif _is_whole(file.path):
                whole += 1
            else:
                damaged.append(file.path)
            advance(1)
    return whole, damaged


def _is_whole(path: Path) -> bool:
    try:
        read_entry(path)
    except MemoryError:
        raise
    except Exception:
        return False
    return True


def _model(path: Path) -> str:
    if path.suffix == ".jsonl":
        return read_label(path.parent)
    try:
        return entry_model(path)
    except Exception:
        return UNKNOWN
