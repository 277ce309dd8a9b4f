"""Machine reading comprehension: a question on a passage, with four answers (Belebele).

Belebele (Bandarkar et al. 2024) is JSON Lines, ``eng_Latn.jsonl``, its passages from FLORES;
``correct_answer_num`` counts from 1 and is a string in the published files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.generation import GenerationSpec
from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext, Rows, Style
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import labels
from bridgex.tasks.parsing import LETTERS, LINE, first_capital, without_thinking
from bridgex.texts.benchmarks import JSON_LINES, FileKind, Row
from bridgex.texts.files import TextFile, read_text
from bridgex.texts.rows import Record, json_records, string_in, text_in

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
    files: ClassVar[FileKind] = JSON_LINES
    styles: ClassVar[tuple[Style, ...]] = ("default", "paper")
    generation: ClassVar[GenerationSpec] = GenerationSpec(16, LINE)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(512, LINE)

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read passages with their questions and answers."""
        del target
        file = read_text(path)
        return file, (_row(file, line, record) for line, record in json_records(file))

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return passage, question and, where they are not scored, the lettered answers."""
        if self.style == "paper":
            passage = pivot.text if pivot else item.context
            return f"{passage}\n{item.query}\n{self.listed(item)}Answer:"
        words = labels(self.target)
        return (
            f"{self.contexts(item, pivot, words.passage)}"
            f"{words.question}: {item.query}\n{self.listed(item)}{words.answer}:"
        )

    def answer(self, item: Item, written: str) -> str | None:
        """Read the option that was named."""
        if self.style != "paper":
            return super().answer(item, written)
        named = first_capital(without_thinking(written), len(item.options))
        return item.options[LETTERS.index(named)] if named else None

    def pivot_prompt(self, item: Item, bridge: Language) -> str:
        """Return the passage to translate, in the paper's style with its instruction."""
        if self.style != "paper":
            return super().pivot_prompt(item, bridge)
        return (
            f"Translate the following text from {self.source.name} to {bridge.name}:\n"
            f"{item.context}\n"
        )


def _row(file: TextFile, line: int, record: Record) -> Row[Item]:
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
