"""Any data set of the Hub in Parquet: ``hf:openlanguagedata/flores_plus/devtest``.

Of a data set the files of the languages that are asked for come into the data folder, with a lock
as every source has it. What the Hub listed is kept beside it, so that nothing is asked again where
all files are here. No code of a data set runs: where it is published in another form, the Parquet
files are read that the Hub converts data sets into.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from bridgex.data.catalogue import Kind, Source
from bridgex.data.client import Client
from bridgex.data.fetch import get
from bridgex.data.language_filter import ALL
from bridgex.data.origins import Hub, Listing
from bridgex.errors import DownloadError, RequestError, TextError
from bridgex.languages import Language
from bridgex.storage.files import locked, writing
from bridgex.texts.finding import LEVELS, find_listed
from bridgex.texts.lock import Lock, read_lock

PREFIX = "hf:"
CONVERTED = "refs/convert/parquet"
"""The branch with the Parquet files that the Hub made of a data set."""
LISTING = ".listing.json"
NOT_STATED = "not stated on the Hub"

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
_NAME = re.compile(
    rf"hf:(?P<repository>{_WORD}/{_WORD})(?:@(?P<revision>[A-Za-z0-9._-]{{1,100}}))?"
    r"(?:/(?P<part>[^/\s@][^\s@]*))?"
)
_NONCOMMERCIAL = re.compile(r"(?<![a-z])nc(?![a-z])", re.IGNORECASE)
_SHOWN = 20


@dataclass(frozen=True)
class HubName:
    """What a user calls a data set of the Hub.

    Attributes:
        repository: ``owner/name``.
        revision: a commit, branch or tag; None for the newest when it is first fetched.
        part: the folder in it that is read: a configuration, a split, or both; empty for all.
    """

    repository: str
    revision: str | None
    part: str

    @property
    def folder(self) -> str:
        """Its folder in the data folder."""
        return f"hf/{self.repository}{f'@{self.revision}' if self.revision else ''}"


def hub_name(name: str | Path) -> HubName | None:
    """Return what a name that begins with ``hf:`` means; None for other names.

    Raises:
        RequestError: it names no data set.
    """
    text = name.as_posix() if isinstance(name, Path) else name
    if not text.startswith(PREFIX):
        return None
    match = _NAME.fullmatch(text.rstrip("/"))
    part = (match and match["part"]) or ""
    if match is None or ".." in f"{match['repository']}/{part}" or "--" in match["repository"]:
        raise RequestError(
            f"{text} names no data set of the Hub; write hf:OWNER/NAME, hf:OWNER/NAME@REVISION or, "
            "for one configuration or split, hf:OWNER/NAME/FOLDER."
        )
    return HubName(match["repository"], match["revision"], part)


def hub_folder(
    name: HubName,
    kind: Kind,
    languages: Sequence[Language],
    data: Path,
    *,
    accept_licence: bool = False,
) -> Path:
    """Return the folder of a data set, with the files of the languages in it.

    Args:
        name: the data set.
        kind: what is read from it.
        languages: whose files are needed; those that are not here are fetched.
        data: the data folder.
        accept_licence: whether the user accepts a licence that forbids commercial use.

    Raises:
        RequestError: such a licence is not accepted.
        TextError: it has no Parquet files, not in that part, or not of a language; or a file here
            was altered.
        DownloadError: it cannot be reached, is not there, gated, or the network is switched off.
        StoreError: the data folder cannot be written to.
    """
    folder = data / name.folder
    with locked(folder.with_name(f"{folder.name}.listing")):
        revision, listing = _kept(folder) or _listed(name)
        needed = _needed(name, listing.files, languages)
        lock = read_lock(folder)
        here = {file.path for file in lock.files} if lock else set()
        if not all(path in here and (folder / path).is_file() for path in needed):
            source = _source(name, kind, revision, listing, needed)
            accepted = accept_licence or _accepted(lock)
            if source.noncommercial and not accepted:
                raise RequestError(
                    f"{name.repository} is published under {source.licence}, which forbids "
                    f"commercial use; accept it with 'bridgex data get {PREFIX}{name.repository} "
                    "--languages … --accept-licence'."
                )
            get(source, data, [ALL], accept_licence=accepted)
            _keep(folder, revision, listing)
    return folder / name.part


def hub_commit(folder: Path) -> str | None:
    """Return data set, commit and part of a folder that `hub_folder` returned; None for others."""
    for above in (folder, *folder.parents):
        if (above / LISTING).is_file():
            lock = read_lock(above)
            part = folder.relative_to(above).as_posix()
            return f"{lock.title}@{lock.revision}/{part}" if lock else None
    return None


def _accepted(lock: Lock | None) -> bool:
    return lock is not None and lock.accepted is not None


def _source(
    name: HubName, kind: Kind, revision: str | None, listing: Listing, needed: Iterable[str]
) -> Source:
    licence = listing.licence or NOT_STATED
    return Source(
        name=name.folder,
        title=name.repository,
        kind=kind,
        what="",
        languages="",
        publisher="",
        licence=licence,
        noncommercial=bool(_NONCOMMERCIAL.search(licence)),
        origin=Hub(name.repository, revision),
        files=re.compile("|".join(map(re.escape, needed))),
        part=name.part,
    )


def _listed(name: HubName) -> tuple[str | None, Listing]:
    """Ask the Hub for the Parquet files of a data set, or for those it has converted it into."""
    with Client() as client:
        listing = Hub(name.repository).listing(client, name.revision)
        found, revision = _parquet(listing.files), listing.revision
        if not found and name.revision is None:
            try:
                converted = Hub(name.repository).listing(client, CONVERTED)
            except DownloadError:
                converted = Listing(None, ())
            found, revision = _parquet(converted.files), converted.revision
    if not found:
        raise TextError(
            f"{name.repository} has no Parquet files{' of that revision' * bool(name.revision)}, "
            "which is what is read of the Hub; fetch it yourself and give the folder."
        )
    return revision, replace(listing, files=found)


def _parquet(files: Iterable[str]) -> tuple[str, ...]:
    """Return the paths of Parquet files, but those that would leave the folder."""
    paths = (PurePosixPath(path) for path in files)
    return tuple(
        str(path)
        for path in paths
        if path.suffix == ".parquet"
        and not path.is_absolute()
        and not any(part.startswith(".") or not part.isprintable() for part in path.parts)
        and "\\" not in str(path)
        and ":" not in str(path)
    )


def _needed(name: HubName, files: Sequence[str], languages: Sequence[Language]) -> list[str]:
    part = PurePosixPath(name.part)
    inside = {
        path.relative_to(part): str(path)
        for path in map(PurePosixPath, files)
        if path.is_relative_to(part)
    }
    reached = {path: whole for path, whole in inside.items() if len(path.parts) <= LEVELS}
    if not reached:
        folders = sorted({str(path.parent) for path in map(PurePosixPath, files)} - {"."})
        more = f" and {len(folders) - _SHOWN} more" * (len(folders) > _SHOWN)
        raise TextError(
            f"{name.repository} has no Parquet files in {name.part or 'its first three levels'}; "
            f"its folders are {', '.join(folders[:_SHOWN]) or 'none'}{more}."
        )
    needed: dict[str, None] = {}
    for language in languages:
        chosen = find_listed(map(str, reached), language, f"{PREFIX}{name.repository}")
        needed |= {reached[PurePosixPath(path)]: None for path in chosen}
    return list(needed)


def _kept(folder: Path) -> tuple[str | None, Listing] | None:
    """Return what was listed when the data set was first fetched; None where it was not."""
    try:
        values: Any = json.loads((folder / LISTING).read_text(encoding="utf-8"))
        files = _parquet(map(str, values["files"]))
        return values["revision"], Listing(values["revision"], files, values["licence"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise TextError(
            f"{folder / LISTING} is damaged; delete {folder} and fetch it again."
        ) from problem


def _keep(folder: Path, revision: str | None, listing: Listing) -> None:
    values = {"revision": revision, "licence": listing.licence, "files": listing.files}
    with writing(folder / LISTING) as path:
        path.write_text(json.dumps(values), encoding="utf-8")
