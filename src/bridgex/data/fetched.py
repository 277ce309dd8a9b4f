"""What was fetched, found by name: ``omw-wikt``, ``flores200/dev``, ``hf:owner/name``."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePath

from bridgex.data.catalogue import SOURCES, Kind
from bridgex.data.hub import hub_folder, hub_name
from bridgex.errors import TextError, nearest
from bridgex.languages import Language
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


def source_folder(
    name: str | Path, kind: Kind, data: Path | None = None, *, languages: Sequence[Language] = ()
) -> Path:
    """Return the file or folder that a user means by a path or by the name of a source.

    A path that exists is meant as it is. Else ``NAME`` is the part of a fetched source that is
    read by default, and ``NAME/PATH`` a file or folder in it. ``hf:OWNER/NAME`` is a data set of
    the Hub (`bridgex.data.hub`), of which missing files are fetched.

    Args:
        name: what the user gave.
        kind: what is to be read from it.
        data: the data folder; by default the user's.
        languages: whose files will be read.

    Raises:
        TextError: there is no such path, and no such source, or it was not fetched, or it is of
            another kind, or has no such part.
        BridgexError: a data set of the Hub cannot be had; see `bridgex.data.hub.hub_folder`.
    """
    path = Path(name)
    if os.path.lexists(path):
        return path
    named = hub_name(name)
    if named is not None:
        if kind == "lexicon":
            raise TextError(
                f"{name} is a data set of the Hub, of which corpora and benchmarks are read, not "
                "dictionaries; give a dictionary file."
            )
        return hub_folder(named, kind, languages, data or data_folder())
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
