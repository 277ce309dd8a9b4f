"""Machine reading comprehension: a question on a passage, with four answers (Belebele)."""

from dataclasses import dataclass
from typing import ClassVar

from bridgex.languages import Language
from bridgex.lm.spec import GenerationSpec
from bridgex.tasks.base import Item, PivotContext, Style, one_line
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import labels
from bridgex.tasks.parsing import LETTERS, LINE, first_capital, without_thinking
from bridgex.texts.benchmarks import ReadingItem


@dataclass(frozen=True, kw_only=True)
class Mrc(Choice):
    """Read a passage in the source language, answer a question on it in the target language.

    In the paper's style the passage is translated with an instruction, the translation takes its
    place, the answers are lettered and the first capital A to D that the model writes is its
    answer (Xu et al. 2025).
    """

    name: ClassVar[str] = "mrc"
    benchmark: ClassVar[str] = "belebele"
    styles: ClassVar[tuple[Style, ...]] = ("default", "paper")
    generation: ClassVar[GenerationSpec] = GenerationSpec(16, LINE)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(512, LINE)

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


def mrc_item(item: ReadingItem) -> Item:
    """Return a question of Belebele as an item."""
    right = item.options[item.answer]
    return Item(item.id, one_line(item.passage), (right,), item.question, item.options)
