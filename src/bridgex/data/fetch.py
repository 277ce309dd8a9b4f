"""Bringing a source into the data folder, and locking what came.

``DATA/NAME/`` has the files under their publisher's paths, the lock, and while a download is
unfinished ``.unfinished/``, from which the next one goes on. A file is locked when its contents
were checked, archives by unpacking them, and moved to its place after that: what lies there and is
not locked was put there by somebody else, and is never touched. Sources are made by one process at
a time.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bridgex.data import archives
from bridgex.data.catalogue import Source
from bridgex.data.client import RETRIES, Client, RetryPolicy
from bridgex.data.language_filter import ALL, LanguageFilter, language_filter
from bridgex.data.limits import LIMITS, Limits
from bridgex.errors import DownloadError, RequestError, StoreError, TextError
from bridgex.progress import Progress, silent
from bridgex.storage.files import locked
from bridgex.texts.files import is_web_page
from bridgex.texts.lock import LOCK_NAME, Lock, LockedFile, lock_of, read_lock, write_lock

_UNFINISHED = ".unfinished"
_COPY = "a copy in "


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
    retries: RetryPolicy = RETRIES,
    limits: Limits = LIMITS,
    progress: Progress = silent,
) -> Lock:
    """Fetch the files of a source for some languages; those already here are kept.

    Args:
        source: of the catalogue.
        data: the data folder.
        languages: names or codes; none for the paper's fifteen as far as the source has them,
            ``all`` for everything.
        accept_licence: whether the user accepts a non-commercial licence.
        retries: how long downloads are tried.
        limits: how large files may be, and what archives unpack to.
        progress: told how many files are done.

    Raises:
        RequestError: the licence is not accepted, or a language is not in the source.
        DownloadError: a file cannot be fetched, is larger than allowed, or is not what was locked.
        TextError: a file here was altered, or one that is not of this source is in the way.
        StoreError: the folder cannot be written to.
    """
    wanted = language_filter(languages)
    folder = data / source.name
    with locked(folder):
        lock = read_lock(folder)
        if lock is not None and lock.origin != source.origin.address:
            raise RequestError(
                f"{folder} already has {source.title} from {lock.origin}; delete that folder "
                "first, or fetch into another with --to DIR."
            )
        lock = lock or _new_lock(source, source.origin.address, accept_licence)
        with Client(retries, limits) as client:
            listing = source.origin.listing(client, lock.revision)
            chosen = wanted.matches(source.title, source.files, listing.files)
            work = _Work(source, folder, replace(lock, revision=listing.revision), wanted, limits)
            with progress(f"Fetching {source.title}", len(chosen)) as advance:
                for path in (match.string for match in chosen):
                    work.require_free(path)
                    work.admit(work.arriving(path, work.downloading(client, path)))
                    advance(1)
        work.sweep()
        return work.lock


def register(
    source: Source,
    data: Path,
    copy: Path,
    *,
    accept_licence: bool = False,
    limits: Limits = LIMITS,
    progress: Progress = silent,
) -> Lock:
    """Copy a user's own copy of a source into the data folder, and lock it.

    Hidden files are left out; archives are unpacked as those of the publisher are.

    Args:
        source: of the catalogue.
        data: the data folder.
        copy: the user's folder.
        accept_licence: whether the user accepts a non-commercial licence.
        limits: how much archives may unpack to.
        progress: told how many files are copied.

    Raises:
        RequestError: the licence is not accepted, or another copy is here already.
        DownloadError: a file is a web page, or an archive is refused.
        TextError: the folder is missing or empty, a file here was altered, or another is in the
            way.
        StoreError: the data folder cannot be written to.
    """
    files = sorted(_visible_files(copy)) if copy.is_dir() else []
    if not files:
        raise TextError(f"{copy} is no folder with files in it; check the path.")
    folder = data / source.name
    with locked(folder):
        lock = read_lock(folder)
        if lock is not None and not _is_of(lock, copy, folder):
            raise RequestError(
                f"{folder} already has {source.title} from {lock.origin}; delete that folder "
                "first, or register into another with --to DIR."
            )
        lock = lock or _new_lock(source, _origin_of(copy, folder), accept_licence)
        work = _Work(source, folder, lock, language_filter([ALL]), limits)
        try:
            arriving: dict[str, Path] = {}
            with progress(f"Copying {source.title}", len(files)) as advance:
                for file in files:
                    path = file.relative_to(copy).as_posix()
                    arriving |= work.arriving(path, work.copying(file, path))
                    advance(1)
            work.admit(arriving)
        finally:
            work.sweep()
        return work.lock


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if (
            path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
            and path.name != LOCK_NAME
        ):
            yield path


def _origin_of(copy: Path, folder: Path) -> str:
    """Where a user's copy lies, from the folder of the lock, so that both can be moved."""
    try:
        return _COPY + Path(os.path.relpath(copy.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return f"{_COPY}{copy.resolve()}"


def _is_of(lock: Lock, copy: Path, folder: Path) -> bool:
    """Whether a lock is of a user's copy; older locks have its absolute path."""
    return lock.origin.startswith(_COPY) and (
        (folder.resolve() / lock.origin.removeprefix(_COPY)).resolve() == copy.resolve()
    )


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
    """A source's folder while files are added to it."""

    source: Source
    folder: Path
    lock: Lock
    wanted: LanguageFilter
    limits: Limits

    def __post_init__(self) -> None:
        self._known: dict[str, LockedFile] = {file.path: file for file in self.lock.files}

    def require_free(self, path: str) -> None:
        """Refuse, before anything is fetched, a place where somebody else's file lies."""
        if path not in self._known and os.path.lexists(self.folder / path):
            raise self._in_the_way(path)

    def downloading(self, client: Client, path: str) -> Callable[[], Path]:
        """Return what downloads a file and says where it then is."""
        unfinished = self.folder / _UNFINISHED
        return lambda: self.source.origin.fetch(client, self.lock.revision, path, unfinished)

    def copying(self, file: Path, path: str) -> Callable[[], Path]:
        """Return what copies a file of the user's and says where the copy then is."""

        def copied() -> Path:
            target = self.folder / _UNFINISHED / path
            with self._writing_errors():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
            return target

        return copied

    def arriving(self, path: str, obtain: Callable[[], Path]) -> dict[str, Path]:
        """Return the files that a publisher's file brings and that are not here as locked.

        Of an archive these are itself and the chosen members, unpacked.
        """
        here = self._here(path)
        file = self.folder / path if here else obtain()
        try:
            if not here:
                self._refuse_web_page(file)
            return ({} if here else {path: file}) | self._unpacked(file)
        except DownloadError as problem:
            # It must not be in the way of a whole one, even where an earlier release locked it.
            if here and isinstance(problem, archives.DamagedArchiveError):
                self._write(self.lock.without_file(path))
            elif here:
                raise
            file.unlink()
            raise

    def admit(self, arriving: Mapping[str, Path]) -> None:
        """Lock files and move them to their places, all or none."""
        entries = {path: lock_of(path, file) for path, file in arriving.items()}
        adopted = {path for path, entry in entries.items() if self._is_there(path, entry)}
        if not entries:
            return
        self._write(self.lock.with_files(entries.values()))
        with self._writing_errors():
            for path in entries.keys() - adopted:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                arriving[path].replace(self.folder / path)

    def sweep(self) -> None:
        """Remove what was unfinished."""
        shutil.rmtree(self.folder / _UNFINISHED, ignore_errors=True)

    def _unpacked(self, file: Path) -> dict[str, Path]:
        """Unpack the chosen members of a file that is an archive, but those here as locked."""
        if self.source.members is None or not file.name.endswith(archives.SUFFIXES):
            return {}
        names = archives.members(file, self.limits)
        chosen = self.wanted.matches(self.source.title, self.source.members, names)
        kept: dict[str, str] = {}
        for match in chosen:
            if match["keep"] in kept:
                raise DownloadError(
                    f"{file.name} has two members for {match['keep']}; nothing of it was unpacked."
                )
            kept[match["keep"]] = match.string
        targets = {path: self.folder / _UNFINISHED / path for path in kept if not self._here(path)}
        archives.unpack(file, {kept[path]: to for path, to in targets.items()}, self.limits)
        return targets

    def _here(self, path: str) -> bool:
        """Whether a file is here as locked; an altered one is never overwritten."""
        locked = self._known.get(path)
        if locked is None or not os.path.lexists(self.folder / path):
            return False
        problem = locked.problem(self.folder)
        if problem:
            raise TextError(f"{problem}; move it away and run the command again.")
        return True

    def _is_there(self, path: str, entry: LockedFile) -> bool:
        """Whether the place of a file has one of the same bytes already; another is refused."""
        locked, place = self._known.get(path), self.folder / path
        if locked is not None and locked != entry:
            raise DownloadError(
                f"{path} of {self.source.title} is no longer what was locked when it was first "
                f"fetched; to take the new version, delete {self.folder} and fetch it again."
            )
        if locked is not None or not os.path.lexists(place):
            return False
        if not place.is_file() or lock_of(path, place) != entry:
            raise self._in_the_way(path)
        return True

    def _in_the_way(self, path: str) -> TextError:
        return TextError(
            f"{self.folder / path} is there already and was not written by bridgex; move it away "
            "and run the command again."
        )

    def _refuse_web_page(self, file: Path) -> None:
        with file.open("rb") as opened:
            if is_web_page(opened.read(4096)):
                raise DownloadError(
                    f"{file} is a web page, not a file of {self.source.title}; download it again."
                )

    def _write(self, lock: Lock) -> None:
        write_lock(self.folder, lock)
        self.lock = lock
        self._known = {file.path: file for file in lock.files}

    @contextmanager
    def _writing_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise StoreError(
                f"Cannot write to {self.folder} ({problem.strerror or problem}); make room or "
                "choose another folder with --to DIR."
            ) from problem
