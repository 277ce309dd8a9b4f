"""SHA-256 of large files, read once and remembered for as long as the files are surely the same.

A remembered digest is trusted only where device, inode, size, time of modification and time of
change (ctime, which no user can set) are all the same. `verify_digests` reads every file again, for
what no time stamp shows: a disk that loses bits.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridgex.progress import Progress, silent
from bridgex.storage.files import cache_folder, locked, writing

MEMORY = "digests.json"
CHUNK = 2**24
SETTLED = 2.0
"""Seconds after which a file that is written again surely has another time of change; a younger one
is read again next time."""

Stamp = tuple[int, int, int, int, int]
"""Device, inode, size, and the times of modification and change in nanoseconds."""


@dataclass(frozen=True)
class DigestCheck:
    """What reading all remembered files again showed.

    Attributes:
        same: files whose content is what was remembered.
        changed: files whose content differs although nothing about them says so.
        gone: files that are no longer there, or have been written since; they are forgotten.
    """

    same: tuple[Path, ...]
    changed: tuple[Path, ...]
    gone: tuple[Path, ...]


def stamp(path: Path) -> Stamp:
    """Return what changes about a file when it is written or replaced.

    Raises:
        OSError: there is no such file.
    """
    stat = path.stat()
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def file_digest(path: Path, advance: Callable[[int], None] = lambda _bytes: None) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Args:
        path: the file.
        advance: called with the number of bytes just read.
    """
    total, buffer = hashlib.sha256(), memoryview(bytearray(CHUNK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            total.update(buffer[:size])
            advance(size)
    return total.hexdigest()


def remembered_digests(
    files: Sequence[Path], what: str = "Reading files", progress: Progress = silent
) -> list[str]:
    """Return the SHA-256 of each file; those that are surely unchanged are not read again.

    Args:
        files: the files.
        what: line of progress, shown while files are read.
        progress: shows the bytes read.

    Raises:
        OSError: a file cannot be read.
        StoreError: the cache, which is the memory, cannot be written.
    """
    known = _read_memory()
    stamps = {path: stamp(path) for path in files}
    digests = {path: _recall(known, path, stamps[path]) for path in files}
    unread = [path for path in stamps if digests[path] is None]
    fresh: dict[str, dict[str, Any]] = {}
    if unread:
        with progress(what, sum(stamps[path][2] for path in unread)) as advance:
            for path in unread:
                digests[path] = digest = file_digest(path, advance)
                if _settled(stamps[path]) and stamp(path) == stamps[path]:
                    fresh[_label(path)] = _record(_label(path), stamps[path], digest)
    if fresh:
        _update_memory(fresh)
    return [digest for digest in (digests[path] for path in files) if digest is not None]


def recalled_digest(path: Path) -> str | None:
    """Return the remembered SHA-256 of a file that is surely unchanged, or None.

    Raises:
        OSError: there is no such file.
    """
    return _recall(_read_memory(), path, stamp(path))


def verify_digests(progress: Progress = silent) -> DigestCheck:
    """Read every remembered file again, and forget what is wrong or gone.

    Raises:
        StoreError: the cache cannot be written.
    """
    known = _read_memory()
    same, changed, gone = [], [], []
    with progress("Reading remembered files again", len(known)) as advance:
        for label in known:
            path = Path(label)
            try:
                remembered = _recall(known, path, stamp(path))
                if remembered is None:
                    gone.append(path)
                elif file_digest(path) == remembered:
                    same.append(path)
                else:
                    changed.append(path)
            except OSError:
                gone.append(path)
            advance(1)
    if changed or gone:
        _update_memory({str(path): None for path in (*changed, *gone)})
    return DigestCheck(tuple(same), tuple(changed), tuple(gone))


def _settled(of: Stamp) -> bool:
    return time.time_ns() - max(of[3], of[4]) > SETTLED * 1e9


def _label(path: Path) -> str:
    return str(path.resolve())


def _record(label: str, of: Stamp, digest: str) -> dict[str, Any]:
    return {"stamp": list(of), "sha256": digest, "check": _check(label, of, digest)}


def _check(label: str, of: Sequence[int], digest: str) -> str:
    """Checksum of a record, so that a damaged or edited one is not trusted."""
    return hashlib.sha256(json.dumps([label, list(of), digest]).encode()).hexdigest()


def _recall(known: Mapping[str, Any], path: Path, of: Stamp) -> str | None:
    label = _label(path)
    match known.get(label):
        case {"stamp": list(stamped), "sha256": str(digest), "check": str(check)} if (
            stamped == list(of) and check == _check(label, of, digest)
        ):
            return digest
    return None


def _read_memory() -> dict[str, Any]:
    try:
        content = json.loads((cache_folder() / MEMORY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _update_memory(records: Mapping[str, Any]) -> None:
    """Set the records of some files; None forgets one. Other processes' records stay."""
    memory = cache_folder() / MEMORY
    with locked(memory), writing(memory) as temporary:
        merged = {**_read_memory(), **records}
        kept = {label: record for label, record in merged.items() if record is not None}
        temporary.write_text(json.dumps(kept, indent=1), encoding="utf-8")
