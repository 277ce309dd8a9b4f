"""What was fetched, found by name: ``omw-wikt``, ``flores200/dev``."""

import os
from pathlib import Path, PurePath

from bridgex.data.catalogue import SOURCES, Kind
from bridgex.errors import TextError, nearest
from bridgex.storage.files import cache_folder
from bridgex.texts.lock import read_lock

_PLURAL: dict[Kind, str] = {
    "lexicon": "dictionaries",
    "corpus": "corpora",
    "benchmark": "benchmarks",
}


def data_folder() -> Path:
    """Return the folder that sources are kept in unless the user names another."""
    return cache_folder() / "data"


def source_folder(name: str | Path, kind: Kind, data: Path | None = None) -> Path:
    """Return the file or folder that a user means by a path or by the name of a source.

    A path that exists is meant as it is. Else ``NAME`` is the part of a fetched source that is
    read by default, and ``NAME/PATH`` a file or folder in it.

    Args:
        name: what the user gave.
        kind: what is to be read from it.
        data: the data folder; by default the user's.

    Raises:
        TextError: there is no such path, and no such source, or it was not fetched, or it is of
            another kind, or has no such part.
    """
    path = Path(name)
    if os.path.lexists(path):
        return path
    first, *rest = PurePath(name).parts or ("",)
    source = next((source for source in SOURCES if source.name == first), None)
    of_kind = [other.name for other in SOURCES if other.kind == kind]
    if source is None or ".." in rest:
        raise TextError(f"{name} is not there; check the path.{nearest(first, of_kind)}")
    if source.kind != kind:
        raise TextError(
            f"{first} is a source of {_PLURAL[source.kind]}, not of {_PLURAL[kind]}; those are "
            f"{', '.join(of_kind)}."
        )
    folder = (data or data_folder()) / source.name
    if read_lock(folder) is None:
        raise TextError(
            f"{first} was not fetched; fetch it with 'bridgex data get {first}', or give the path "
            "of a copy of your own."
        )
    part = folder / (PurePath(*rest) if rest else source.part)
    if part.exists():
        return part
    if not rest:
        return folder
    parts = (path.name for path in folder.iterdir())
    raise TextError(
        f"{first} has no {'/'.join(rest)} here; look into {folder}.{nearest(rest[0], parts)}"
    )
