"""What a dictionary format must know; a new format is a new file and a place in ``FORMATS``."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from bridgex.languages import Language
from bridgex.texts.files import TextFile


class LexiconFormat(Protocol):
    """One way in which dictionaries are published.

    Attributes:
        name: the format in words, for provenance.
        shape: how such a file looks and is named, for the error that lists the formats.
    """

    name: str
    shape: str

    def recognises(self, path: Path) -> bool:
        """Whether a file is of this format, from its name and its first lines."""
        ...

    def offers(self, path: Path) -> frozenset[str]:
        """Languages or pairs that a recognised file has, as the file writes them."""
        ...

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return those of the recognised ``paths`` that the pair needs; none when it lacks some."""
        ...

    def steps(self, paths: Sequence[Path], source: Language, target: Language) -> tuple[str, ...]:
        """Return what must be known of the files' languages, for ``Provenance.then``."""
        ...

    def pairs(
        self, files: Sequence[TextFile], source: Language, target: Language
    ) -> Iterable[tuple[str, str]]:
        """Return (source word, target word) in order, likely targets of a word first.

        Raises:
            TextError: a row is not of this format; file and line are named.
        """
        ...

    def licence(self, files: Sequence[TextFile], /) -> str:
        """Return the licence that the files state, or ``LICENCE_NOT_STATED``."""
        ...
