"""Machine reading comprehension: a question on a passage, with four answers (Belebele).

Belebele (Bandarkar et al. 2024) is JSON Lines, ``eng_Latn.jsonl``, its passages from FLORES;
``correct_answer_num`` counts from 1 and is a string in the published files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.generation import GenerationSpec
from bridgex.languages import Language
from bridgex.tasks.base import Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.items import Item
from bridgex.tasks.parsing import LETTERS, LINE, first_capital, without_thinking
from bridgex.tasks.request import Style
from bridgex.tasks.templates import MRC, Template
from bridgex.texts.benchmarks import JSON_LINES_OR_PARQUET, FileKind, Row
from bridgex.texts.files import SourceFile
from bridgex.texts.records import named_records
from bridgex.texts.rows import Record, string_in, text_in

_OPTIONS = ("mc_answer1", "mc_answer2", "mc_answer3", "mc_answer4")


@dataclass(frozen=True, kw_only=True)
class Mrc(Choice):
    """Read a passage in the source language, answer a question on it in the target language.

    In the paper's style the passage is translated with an instruction, the translation takes its
    place, the answers are lettered and the first capital A to D that the model writes is its
    answer (Xu et al. 2025).
    """

    name: ClassVar[str] = "mrc"
    benchmark: ClassVar[str] = "belebele"
    files: ClassVar[FileKind] = JSON_LINES_OR_PARQUET
    styles: ClassVar[tuple[Style, ...]] = tuple(MRC)
    templates: ClassVar[Mapping[Style, Template]] = MRC
    generation: ClassVar[GenerationSpec] = GenerationSpec(16, LINE)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(512, LINE)

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read passages with their questions and answers."""
        del target
        file, records = named_records(path)
        return file, (_row(file, line, record) for line, record in records)

    def answer(self, item: Item, written: str) -> str | None:
        """Read the option that was named."""
        if self.style != "paper":
            return super().answer(item, written)
        named = first_capital(without_thinking(written), len(item.options))
        return item.options[LETTERS.index(named)] if named else None


def _row(file: SourceFile, line: int, record: Record) -> Row[Item]:
    options = tuple(string_in(file, line, record, name) for name in _OPTIONS)
    answer, number = str(record.get("correct_answer_num")), record.get("question_number")
    if type(number) is not int:
        raise file.error(
            line, "no number 'question_number', by which languages are joined; add it."
        )
    numbers = tuple(str(number) for number in range(1, len(options) + 1))
    if answer not in numbers:
        raise file.error(
            line,
            f"correct_answer_num is '{answer[:20]}', none of {', '.join(numbers)}; correct it.",
        )
    right = numbers.index(answer)
    item = Item(
        id=f"{text_in(file, line, record, 'link')} {number}",
        context=text_in(file, line, record, "flores_passage"),
        accepted=(options[right],),
        query=text_in(file, line, record, "question"),
        options=options,
    )
    return Row(line, item, right)
