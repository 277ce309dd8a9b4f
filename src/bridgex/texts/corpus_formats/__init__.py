"""The corpus formats that ``read_corpus`` knows."""

from pathlib import Path

from bridgex.texts.corpus_formats.base import CorpusFormat
from bridgex.texts.corpus_formats.json_lines import JsonLines
from bridgex.texts.corpus_formats.parquet import Parquet
from bridgex.texts.corpus_formats.plain import Plain
from bridgex.texts.corpus_formats.tab_separated import TabSeparated

FORMATS: tuple[CorpusFormat, ...] = (Plain(), JsonLines(), TabSeparated(), Parquet())

SHAPES = f"{', '.join(known.name for known in FORMATS[:-1])} or {FORMATS[-1].name}"
"""The formats in words, for errors."""


def format_of(path: Path) -> CorpusFormat | None:
    """Return the format that recognises a file, or None."""
    return next((known for known in FORMATS if known.recognises(path)), None)
