"""Natural language inference: does a statement follow from a premise (XNLI)."""

from dataclasses import dataclass
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import labels
from bridgex.texts.benchmarks import InferenceItem


@dataclass(frozen=True, kw_only=True)
class Nli(Choice):
    """Judge a statement in the target language by a premise in the source language."""

    name: ClassVar[str] = "nli"
    benchmark: ClassVar[str] = "xnli"
    lettered: ClassVar[bool] = False

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return premise and statement, to be judged true, uncertain or false."""
        words = labels(self.target)
        named = "" if self.answering == "likelihood" else f" ({' / '.join(item.options)})"
        return (
            f"{self.contexts(item, pivot, words.passage)}"
            f"{words.statement}: {item.query}\n{words.answer}{named}:"
        )


def nli_item(item: InferenceItem, target: Language) -> Item:
    """Return a pair of XNLI as an item, its labels in the words of the target language."""
    words = labels(target).inference
    return Item(item.id, item.premise, (words[item.label],), item.hypothesis, tuple(words.values()))
