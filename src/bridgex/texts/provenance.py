"""Where a text came from: what every lexicon and corpus carries with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex.data.lock import lock_above
from bridgex.texts.files import SourceFile

LICENCE_NOT_STATED = "not stated in the files"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The files a text was read from.

    Attributes:
        name: the source and its revision where ``bridgex data get`` fetched the files
            (``XCOPA@0123456789ab``), else the collection or format (``plain text``, …).
        licence: that of the source, or as the files state it, or ``LICENCE_NOT_STATED``.
        files: names of the files read, in the order of reading, without their folders.
        digest: SHA-256 (hex) over the bytes of those files, one after the other: what
            ``cat FILES | sha256sum`` prints. Of a text composed of two: over their two digests.
        steps: what was done to it since, in words: ``composed through en, …``.
    """

    name: str
    licence: str
    files: tuple[str, ...]
    digest: str
    steps: tuple[str, ...] = ()

    def then(self, step: str) -> "Provenance":
        """Return the provenance of what one more step makes of the text."""
        return replace(self, steps=(*self.steps, step))


def provenance_of(name: str, licence: str, files: Sequence[SourceFile]) -> Provenance:
    """Return the provenance of a text made from ``files``.

    Files that a lock beside or above them lists take name and licence from it; a file altered
    since is called so. ``name`` and ``licence`` are those of the others.

    Raises:
        TextError: such a lock is damaged.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.raw)
    origins = [_locked(file) or (name, licence) for file in files]
    return Provenance(
        " + ".join(dict.fromkeys(each for each, _ in origins)),
        ", ".join(dict.fromkeys(each for _, each in origins)),
        tuple(file.path.name for file in files),
        digest.hexdigest(),
    )


def _locked(file: SourceFile) -> tuple[str, str] | None:
    """Name and licence of the source that a file was fetched from."""
    found = lock_above(file.path)
    if found is None:
        return None
    lock, listed = found
    altered = hashlib.sha256(file.raw).hexdigest() != listed.sha256
    return lock.name + (" (altered)" if altered else ""), lock.licence


def provenance_of_both(first: Provenance, second: Provenance) -> Provenance:
    """Return the provenance of a text composed of two."""

    def joined(separator: str, *parts: str) -> str:
        return separator.join(dict.fromkeys(parts))

    return Provenance(
        joined(" + ", first.name, second.name),
        joined(", ", first.licence, second.licence),
        tuple(dict.fromkeys((*first.files, *second.files))),
        hashlib.sha256((first.digest + second.digest).encode()).hexdigest(),
        (*first.steps, *second.steps),
    )
