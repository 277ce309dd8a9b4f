"""What a corpus format must know; a new format is a new file and a place in ``FORMATS``."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, Protocol

from bridgex.errors import TextError
from bridgex.texts.files import SourceFile

FIELDS = ("text", "sentence")
"""Fields or columns with the sentences where none is named, the first that is there."""


Sentences = Iterator[tuple[int, str]]
"""Each sentence with its line or row, from 1, read when it is asked for."""


def field_in(fields: Container[str]) -> str:
    """Return the field with the sentences, where none is named."""
    return next((field for field in FIELDS if field in fields), FIELDS[0])


def refusing(problem: TextError) -> Iterator[Any]:
    """Refuse the next row or sentence, when it is asked for."""
    yield from ()
    raise problem


class CorpusFormat(Protocol):
    """One way in which sentences are published.

    Attributes:
        name: the format in words, for provenance.
    """

    name: str

    def recognises(self, path: Path) -> bool:
        """Whether a file is of this format, from its name."""
        ...

    def read(self, path: Path, field: str | None) -> tuple[SourceFile, Sentences]:
        """Open a file, and read it as far as its sentences are asked for.

        Args:
            path: the file.
            field: field or column with the sentences; by default one of ``FIELDS``.

        Returns:
            The file, and its sentences, normalised, each with its line or row from 1. Blank ones
            are among them, so that line ``i`` of one language can be held against that of another.

        Raises:
            TextError: the file cannot be read or is not of this format; file and line are named,
                when they are reached.
        """
        ...
