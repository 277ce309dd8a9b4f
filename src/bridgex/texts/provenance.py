"""Where a text came from: what every lexicon and corpus carries with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bridgex.texts.files import SourceFile

LICENCE_NOT_STATED = "not stated in the files"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The files a text was read from.

    Attributes:
        name: the collection or format (``MUSE``, ``plain text``, ``bridgex sample lexicon``).
        licence: as the files state it, or ``LICENCE_NOT_STATED``.
        files: names of the files read, in the order of reading, without their folders.
        digest: SHA-256 (hex) over the bytes of those files, one after the other: what
            ``cat FILES | sha256sum`` prints.
    """

    name: str
    licence: str
    files: tuple[str, ...]
    digest: str


def provenance_of(name: str, licence: str, files: Sequence[SourceFile]) -> Provenance:
    """Return the provenance of a text made from ``files``."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.raw)
    return Provenance(name, licence, tuple(file.path.name for file in files), digest.hexdigest())
