"""FLORES-200 and FLORES+ (NLLB Team 2022): sentences and their translations.

``eng_Latn.devtest`` of plain lines, or ``eng_Latn.jsonl`` and ``eng_Latn.parquet`` with a field
``text``; line ``i`` is the same sentence in every language.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bridgex.texts.benchmarks.items import TranslationItem
from bridgex.texts.corpus_formats import SHAPES, format_of
from bridgex.texts.corpus_formats.base import Sentences
from bridgex.texts.files import SourceFile


class Flores:
    """Sentence in the source language, reference in the target language."""

    name = "flores"
    shape = SHAPES

    def recognises(self, path: Path) -> bool:
        """Whether it is of a format that a corpus may have."""
        return format_of(path) is not None

    def read(self, path: Path) -> tuple[SourceFile, Iterator[tuple[int, TranslationItem]]]:
        """Read one language."""
        known = format_of(path)
        assert known is not None, f"{path} was not recognised before"  # noqa: S101
        file, sentences = known.read(path, None)
        return file, _items(file, sentences)

    def gold(self, _item: TranslationItem) -> None:
        """Return nothing: a translation's answer is in its own language."""

    def across(self, source: TranslationItem, target: TranslationItem) -> TranslationItem:
        """Return the source language's sentence with the target language's as its reference."""
        return replace(source, reference=target.reference)


def _items(file: SourceFile, sentences: Sentences) -> Iterator[tuple[int, TranslationItem]]:
    for line, text in sentences:
        if not text:
            raise file.error(line, "a blank line; fill it in or delete the line everywhere.")
        yield line, TranslationItem(str(line), text, text)
