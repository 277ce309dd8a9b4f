"""Bringing a source into the data folder, and locking what came.

``DATA/NAME/`` holds the files under their publisher's paths, the lock, and while a download is
unfinished ``.unfinished/``, from which the next one goes on. Sources are made by one process at a
time.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bridgex.data import archives
from bridgex.data.catalogue import Source
from bridgex.data.choice import ALL, Choice, choice_of
from bridgex.data.client import PATIENCE, Client, RetryPolicy
from bridgex.data.lock import LOCK_NAME, Lock, lock_of, read_lock, write_lock
from bridgex.errors import DownloadError, RequestError, TextError
from bridgex.progress import Progress, silent
from bridgex.storage.files import cache_folder, locked, writing
from bridgex.texts.files import is_web_page

_UNFINISHED = ".unfinished"


def data_folder() -> Path:
    """Return the folder that sources are kept in unless the user names another."""
    return cache_folder() / "data"


def accepted(source: Source, data: Path) -> bool:
    """Whether the source may be fetched into ``data`` without asking about its licence."""
    lock = read_lock(data / source.name)
    return not source.noncommercial or (lock is not None and lock.accepted is not None)


def get(
    source: Source,
    data: Path,
    languages: Sequence[str] = (),
    *,
    accept_licence: bool = False,
    patience: RetryPolicy = PATIENCE,
    progress: Progress = silent,
) -> Lock:
    """Fetch the files of a source for some languages; those already here are kept.

    Args:
        source: of the catalogue.
        data: the data folder.
        languages: names or codes; none for the paper's fifteen as far as the source has them,
            ``all`` for everything.
        accept_licence: whether the user accepts a non-commercial licence.
        patience: how long downloads are tried.
        progress: told how many files are done.

    Raises:
        RequestError: the licence is not accepted, or a language is not in the source.
        DownloadError: a file cannot be fetched, or is not what was locked.
        TextError: a file here was altered.
        StoreError: the folder cannot be written to.
    """
    choice = choice_of(languages)
    folder = data / source.name
    with locked(folder):
        lock = read_lock(folder)
        if lock is not None and lock.origin != source.origin.address:
            raise RequestError(
                f"{folder} holds a copy from {lock.origin}; delete that folder first, or fetch "
                "into another with --to DIR."
            )
        lock = lock or _new_lock(source, source.origin.address, accept_licence)
        with Client(patience) as client:
            listing = source.origin.listing(client, lock.revision)
            chosen = choice.of(source.title, source.files, listing.files)
            work = _Work(source, folder, replace(lock, revision=listing.revision))
            paths = [match.string for match in chosen]
            with progress(f"Fetching {source.title}", len(paths)) as advance:
                for path in paths:
                    work.fetch(client, path)
                    work.unpack(path, choice)
                    advance(1)
        shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)
        return work.lock


def register(source: Source, data: Path, copy: Path, *, accept_licence: bool = False) -> Lock:
    """Copy a user's own copy of a source into the data folder, and lock it.

    Hidden files are left out; archives are unpacked as those of the publisher are.

    Raises:
        RequestError: the licence is not accepted, or another copy is here already.
        DownloadError: a file is a web page, or an archive is refused.
        TextError: the folder is missing or empty, or a file here was altered.
        StoreError: the data folder cannot be written to.
    """
    files = sorted(_visible_files(copy)) if copy.is_dir() else []
    if not files:
        raise TextError(f"{copy} is no folder with files in it; check the path.")
    folder = data / source.name
    origin = f"a copy in {copy.resolve()}"
    with locked(folder):
        lock = read_lock(folder)
        if lock is not None and lock.origin != origin:
            raise RequestError(
                f"{folder} holds {source.title} from {lock.origin} already; delete that folder "
                "first, or register into another with --to DIR."
            )
        work = _Work(source, folder, lock or _new_lock(source, origin, accept_licence))
        for file in files:
            path = file.relative_to(copy).as_posix()
            work.copy(file, path)
            work.unpack(path, choice_of([ALL]))
        shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)
        return work.lock


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if (
            path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
            and path.name != LOCK_NAME
        ):
            yield path


def _new_lock(source: Source, origin: str, accept_licence: bool) -> Lock:
    if source.noncommercial and not accept_licence:
        raise RequestError(
            f"{source.title} is published under {source.licence}, which forbids commercial use; "
            "accept it with --accept-licence."
        )
    now = datetime.now(UTC).isoformat(timespec="seconds") if source.noncommercial else None
    return Lock(source.name, source.title, source.licence, source.noncommercial, now, origin, None)


@dataclass
class _Work:
    """A source's folder while files are added to it; the lock is written after each."""

    source: Source
    folder: Path
    lock: Lock

    def fetch(self, client: Client, path: str) -> None:
        """Download a file unless it is here as locked."""
        if self._here(path):
            return
        unfinished = self.folder / _UNFINISHED
        arrived = self.source.origin.fetch(client, self.lock.revision, path, unfinished)
        try:
            self._require_sound(arrived)
        except DownloadError:
            arrived.unlink()
            raise
        self._admit(path, arrived)

    def copy(self, file: Path, path: str) -> None:
        """Copy a file of the user's unless it is here as locked."""
        if self._here(path):
            return
        self._require_sound(file)
        with writing(self.folder / _UNFINISHED / path) as copied:
            shutil.copyfile(file, copied)
        self._admit(path, self.folder / _UNFINISHED / path)

    def unpack(self, path: str, choice: Choice) -> None:
        """Unpack of a file that is an archive the chosen members not here as locked."""
        if self.source.members is None or not path.endswith(archives.SUFFIXES):
            return
        names = archives.members(self.folder / path)
        chosen = choice.of(self.source.title, self.source.members, names)
        wanted = {match.string: match["keep"] for match in chosen if not self._here(match["keep"])}
        unfinished = {name: self.folder / _UNFINISHED / kept for name, kept in wanted.items()}
        archives.unpack(self.folder / path, unfinished)
        for name, kept in wanted.items():
            self._admit(kept, unfinished[name])

    def _here(self, path: str) -> bool:
        """Whether a file is here as locked; an altered one is never overwritten."""
        known = self.lock.file(path)
        if known is None or not (self.folder / path).exists():
            return False
        problem = known.problem(self.folder)
        if problem:
            raise TextError(f"{problem}; move it away and run the command again.")
        return True

    def _admit(self, path: str, arrived: Path) -> None:
        """Move a finished file to its place and lock it, or compare it with its lock."""
        now, known = lock_of(path, arrived), self.lock.file(path)
        if known is not None and known != now:
            arrived.unlink()
            raise DownloadError(
                f"{path} of {self.source.title} is no longer what was locked when it was first "
                f"fetched; to take the new version, delete {self.folder} and fetch it again."
            )
        with writing(self.folder / path) as place:
            arrived.replace(place)
        self.lock = self.lock.with_file(now)
        write_lock(self.folder, self.lock)

    def _require_sound(self, file: Path) -> None:
        """Refuse a web page, and an archive that will not be unpacked."""
        with file.open("rb") as opened:
            if is_web_page(opened.read(4096)):
                raise DownloadError(
                    f"{file} is a web page, not a file of {self.source.title}; download it again."
                )
        if self.source.members is not None and file.name.endswith(archives.SUFFIXES):
            archives.members(file)
