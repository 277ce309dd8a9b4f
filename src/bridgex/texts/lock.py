"""The lock of a fetched source: what its files were when they first arrived.

One JSON file in the source's folder. Sizes and digests in it were computed here from the bytes
that came; none is known beforehand.
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from bridgex.errors import TextError
from bridgex.storage.files import writing

LOCK_NAME = "bridgex-lock.json"

_DEPTH = 4  # folders between a file and the lock above it, at most
_LARGEST_LOCK = 256 * 2**20  # bytes: over a million files


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of a source.

    Attributes:
        path: relative to the source's folder, with ``/``.
        size: bytes.
        sha256: of its bytes, in hex.
    """

    path: str
    size: int
    sha256: str

    def problem(self, folder: Path) -> str | None:
        """Return what is wrong with the file on disk, or None when it is as locked."""
        path = folder / self.path
        if not path.is_file():
            return f"{path} is missing"
        if path.stat().st_size != self.size:
            return f"{path} is altered: {path.stat().st_size:,} bytes instead of {self.size:,}"
        if sha256(path) != self.sha256:
            return f"{path} is altered: its SHA-256 is not the locked one"
        return None


@dataclass(frozen=True, slots=True)
class Lock:
    """What was fetched of a source.

    Attributes:
        source: its name in the catalogue.
        title: its name in results.
        licence: as the publisher states it.
        noncommercial: whether that licence forbids commercial use.
        accepted: when the user accepted it (ISO 8601, UTC), or None where none was asked for.
        origin: where the files came from.
        revision: commit that every file is of, or None where the publisher has no revisions.
        files: what arrived, sorted by path.
    """

    source: str
    title: str
    licence: str
    noncommercial: bool
    accepted: str | None
    origin: str
    revision: str | None
    files: tuple[LockedFile, ...] = ()

    @property
    def name(self) -> str:
        """Title and revision, for results."""
        return f"{self.title}@{self.revision[:12]}" if self.revision else self.title

    def file(self, path: str) -> LockedFile | None:
        """Return the locked file of that path."""
        return next((file for file in self.files if file.path == path), None)

    def with_files(self, files: Iterable[LockedFile]) -> "Lock":
        """Return the lock with ``files`` added, or in place of those of the same paths."""
        by_path = {file.path: file for file in (*self.files, *files)}
        return replace(self, files=tuple(by_path[path] for path in sorted(by_path)))

    def without_file(self, path: str) -> "Lock":
        """Return the lock without the file of that path."""
        return replace(self, files=tuple(file for file in self.files if file.path != path))

    def problems(self, folder: Path) -> list[str]:
        """Return what is missing or altered in the source's folder."""
        return [problem for file in self.files if (problem := file.problem(folder))]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lock_of(path: str, file: Path) -> LockedFile:
    """Return the locked form of a file on disk that will have ``path`` in its source's folder."""
    return LockedFile(path, file.stat().st_size, sha256(file))


def read_lock(folder: Path) -> Lock | None:
    """Return the lock in a source's folder, or None where nothing was fetched into it.

    Raises:
        TextError: the lock is damaged or cannot be read.
    """
    lock = _read(folder / LOCK_NAME)
    if isinstance(lock, str):
        raise TextError(
            f"{folder / LOCK_NAME} {lock}; move the folder {folder} away and fetch it again with "
            "'bridgex data get'."
        )
    return lock


def write_lock(folder: Path, lock: Lock) -> None:
    """Write the lock into its source's folder.

    Raises:
        StoreError: the folder cannot be written to.
    """
    with writing(folder / LOCK_NAME) as path:
        path.write_text(json.dumps(asdict(lock), ensure_ascii=False, indent=1), encoding="utf-8")


def lock_above(file: Path) -> tuple[Lock, LockedFile] | None:
    """Return the lock that lies beside or above a file and lists it, and what it says of it.

    A lock that does not list the file is not its own. Neither is one that cannot be read: it is
    ignored, and a warning logged once for it.
    """
    for folder in file.absolute().parents[:_DEPTH]:
        lock = _read(folder / LOCK_NAME)
        if isinstance(lock, str):
            _warn_once(
                f"{folder / LOCK_NAME} {lock}; it is ignored, so the source, licence and "
                "revision of the files below it are not known."
            )
        elif lock is not None and (
            listed := lock.file(file.absolute().relative_to(folder).as_posix())
        ):
            return lock, listed
    return None


@cache
def _warn_once(message: str) -> None:
    logging.getLogger(__name__).warning(message)


def _read(path: Path) -> Lock | str | None:
    """The lock at a path, None where there is nothing, or what is wrong with it."""
    try:
        if not path.is_file():  # never open a FIFO or a device
            return "is not a file" if path.exists() else None
        if path.stat().st_size > _LARGEST_LOCK:
            return "is too large for a lock"
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        return f"cannot be read ({problem.strerror or problem})"
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Lock).validate_json(content, strict=True)
    except ValidationError:
        return "is damaged"
