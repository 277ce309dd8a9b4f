"""Where a text came from: what every lexicon and corpus carries with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex.texts.files import SourceFile
from bridgex.texts.lock import lock_above

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
            ``cat FILES | sha256sum`` prints. Of a text composed of two: over their two digests. Of
            a file that was not read to its end: over the sentences read, a line each.
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


def provenance_of(
    name: str, licence: str, files: Sequence[SourceFile], digest: str | None = None
) -> Provenance:
    """Return the provenance of a text made from ``files``.

    Files that a lock beside or above them lists take name and licence from it; a file altered
    since is called so. ``name`` and ``licence`` are those of the others.

    Args:
        name: the collection or format of files without a lock.
        licence: their licence.
        files: in the order of reading.
        digest: SHA-256 (hex) of what was read, where that was not the whole of the files.

    Raises:
        TextError: such a lock is damaged, or a file has changed since it was read.
    """
    whole = hashlib.sha256()
    origins = []
    for file in files:
        lock, listed = lock_above(file.path) or (None, None)
        of_file = hashlib.sha256()
        for chunk in file.chunks() if listed or digest is None else ():
            whole.update(chunk)
            if listed:
                of_file.update(chunk)
        if lock and listed:
            altered = " (altered)" * (of_file.hexdigest() != listed.sha256)
            origins.append((lock.name + altered, lock.licence))
        else:
            origins.append((name, licence))
    return Provenance(
        " + ".join(dict.fromkeys(name for name, _ in origins)),
        ", ".join(dict.fromkeys(licence for _, licence in origins)),
        tuple(file.path.name for file in files),
        digest or whole.hexdigest(),
    )


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
