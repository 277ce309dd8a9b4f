"""Topic classification: what a sentence is about, of seven topics (SIB-200)."""

from dataclasses import dataclass
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import labels
from bridgex.texts.benchmarks import TopicItem


@dataclass(frozen=True, kw_only=True)
class Topic(Choice):
    """Name, in the target language, the topic of a sentence in the source language."""

    name: ClassVar[str] = "topic"
    benchmark: ClassVar[str] = "sib200"
    lettered: ClassVar[bool] = False

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the sentence, to be followed by its topic."""
        named = "" if self.answering == "likelihood" else f" ({' / '.join(item.options)})"
        return f"{self.contexts(item, pivot)}{labels(self.target).topic}{named}:"


def topic_item(item: TopicItem, target: Language) -> Item:
    """Return a sentence of SIB-200 as an item, its topics in words of the target language."""
    topics = labels(target).topics
    return Item(item.id, item.text, (topics[item.topic],), options=tuple(topics.values()))
