"""Commonsense: the likelier cause or effect of a premise (XCOPA)."""

from dataclasses import dataclass
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import labels
from bridgex.texts.benchmarks import CauseEffectItem


@dataclass(frozen=True, kw_only=True)
class Commonsense(Choice):
    """Choose the cause or effect, in the target language, of a premise in the source language."""

    name: ClassVar[str] = "commonsense"
    benchmark: ClassVar[str] = "xcopa"

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the premise and whether its cause or its effect is asked for."""
        lines = self.contexts(item, pivot)
        if self.answering == "likelihood":
            return f"{lines}{item.query}:"
        words = labels(self.target)
        return f"{lines}{words.question}: {item.query}?\n{self.listed(item)}{words.answer}:"


def commonsense_item(item: CauseEffectItem, target: Language) -> Item:
    """Return a premise of XCOPA as an item, cause and effect in words of the target language."""
    asked = labels(target).relation[item.asks_for]
    return Item(item.id, item.premise, (item.options[item.answer],), asked, item.options)
