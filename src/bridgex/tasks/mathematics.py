"""Mathematics: word problems with a number for an answer (MGSM)."""

from dataclasses import dataclass
from typing import ClassVar

from bridgex.languages import find
from bridgex.lm.spec import GenerationSpec
from bridgex.tasks.base import Item, PivotContext, Task, one_line
from bridgex.tasks.labels import labels
from bridgex.tasks.numbers import number
from bridgex.tasks.parsing import LINE, PARAGRAPH, first_paragraph, without_thinking
from bridgex.texts.benchmarks import MathItem


@dataclass(frozen=True, kw_only=True)
class Mathematics(Task):
    """Solve a problem stated in the source language, step by step in the target language.

    The last number of the answer counts. Solved examples show the number only, as MGSM has it.
    """

    name: ClassVar[str] = "mathematics"
    benchmark: ClassVar[str] = "mgsm"
    generation: ClassVar[GenerationSpec] = GenerationSpec(256, PARAGRAPH)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(256, LINE)

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the problem, to be answered in steps."""
        words = labels(self.target)
        return f"{self.contexts(item, pivot, words.question)}{words.steps}:"

    def answer(self, item: Item, written: str) -> str | None:
        """Read the last number of the first paragraph."""
        del item
        value = number(first_paragraph(without_thinking(written)), self.target)
        return None if value is None else str(value)

    def score(self, item: Item, answer: str) -> float:
        """Return 1 where the numbers are equal, else 0; both as `answer` and MGSM write them."""
        english = find("en")
        return float(number(answer, english) in {number(each, english) for each in item.accepted})


def mathematics_item(item: MathItem) -> Item:
    """Return a problem of MGSM as an item."""
    return Item(item.id, one_line(item.question), (item.answer,))
