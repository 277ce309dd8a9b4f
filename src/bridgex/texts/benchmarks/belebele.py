"""Belebele (Bandarkar et al. 2024): four options to a question on a FLORES passage, JSON Lines.

``eng_Latn.jsonl``; ``correct_answer_num`` counts from 1 and is a string in the published files.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bridgex.texts.benchmarks.items import ReadingItem
from bridgex.texts.files import TextFile, ending, read_text
from bridgex.texts.rows import Record, json_records, text_in

OPTIONS = ("mc_answer1", "mc_answer2", "mc_answer3", "mc_answer4")


class Belebele:
    """Passage in the source language, question and options in the target language."""

    name = "belebele"
    shape = "JSON Lines"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.jsonl``."""
        return ending(path) == ".jsonl"

    def read(self, path: Path) -> tuple[TextFile, Iterator[tuple[int, ReadingItem]]]:
        """Read one language."""
        file = read_text(path)
        return file, ((line, _item(file, line, record)) for line, record in json_records(file))

    def gold(self, item: ReadingItem) -> int:
        """Return the right option."""
        return item.answer

    def across(self, source: ReadingItem, target: ReadingItem) -> ReadingItem:
        """Return the target language's item with the source language's passage."""
        return replace(target, passage=source.passage)


def _item(file: TextFile, line: int, record: Record) -> ReadingItem:
    options = tuple(text_in(file, line, record, name) for name in OPTIONS)
    answer, number = str(record.get("correct_answer_num")), record.get("question_number")
    if type(number) is not int:
        raise file.error(
            line, "no number 'question_number', by which languages are joined; add it."
        )
    known = tuple(str(at) for at in range(1, len(options) + 1))
    if answer not in known:
        raise file.error(
            line, f"correct_answer_num is '{answer[:20]}', none of {', '.join(known)}; correct it."
        )
    return ReadingItem(
        id=f"{text_in(file, line, record, 'link')} {number}",
        passage=text_in(file, line, record, "flores_passage"),
        question=text_in(file, line, record, "question"),
        options=options,
        answer=known.index(answer),
    )
