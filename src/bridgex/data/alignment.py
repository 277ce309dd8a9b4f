"""Whether the languages of a fetched corpus are translations of each other, line by line."""

from collections.abc import Iterator
from pathlib import Path

from bridgex import languages
from bridgex.data.catalogue import Source
from bridgex.errors import UnknownLanguageError
from bridgex.languages import Language
from bridgex.texts.corpus import Corpus, read_parallel
from bridgex.texts.lock import Lock


def read_aligned(source: Source, lock: Lock, folder: Path) -> tuple[Corpus, ...]:
    """Read the locked languages of a parallel corpus, and check that they are parallel.

    Args:
        source: of the catalogue.
        lock: what is here of it.
        folder: the source's folder.

    Returns:
        The corpora, with equally many sentences; none where fewer than two languages are here or
        the source is no corpus.

    Raises:
        TextError: a file has other lines than those of the other languages, or cannot be read.
    """
    if source.kind != "corpus":
        return ()
    fetched = tuple(dict.fromkeys(_languages(source, lock)))
    return read_parallel(folder / source.part, fetched) if len(fetched) > 1 else ()


def _languages(source: Source, lock: Lock) -> Iterator[Language]:
    """The languages of the files in the folder that is read, as far as they are known."""
    pattern = source.members or source.files
    for file in lock.files:
        match = pattern.fullmatch(file.path)
        if match and file.path.startswith(f"{source.part}/"):
            try:
                yield languages.find(match["language"])
            except UnknownLanguageError:
                continue
