"""Tasks whose prompts are the templates of `bridgex.tasks.templates`, filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Answering, Item, PivotContext, Style, Task
from bridgex.tasks.harness import LANGUAGES, harness_words
from bridgex.tasks.labels import LABELS, Labels, labels
from bridgex.tasks.templates import Template


@dataclass(frozen=True, kw_only=True)
class Templated(Task):
    """A task with a template for each of its styles.

    Attributes:
        templates: style → what an item looks like.
    """

    templates: ClassVar[Mapping[Style, Template]]

    @classmethod
    def answerings(cls, style: Style) -> tuple[Answering, ...]:
        """Return the ways in which it can be answered in a style, its own way first."""
        return cls.templates[style].answerings

    @classmethod
    def has_words(cls, style: Style) -> bool:
        """Tell whether a style's prompts have words of the language of instructions."""
        return cls.templates[style].has_words

    @property
    def template(self) -> Template:
        """What an item looks like in the task's style."""
        own = self.templates[self.style]
        return own.written if own.written and self.answering == "generate" else own

    @property
    def words(self) -> Labels:
        """Words of the language of instructions, in the task's style."""
        return self.words_of(self.instructions)

    def words_of(self, language: Language) -> Labels:
        """Return a language's words in the task's style."""
        return harness_words(language) if self.style == "lm-eval" else labels(language)

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the template filled in with an item."""
        return self.template.prompt.format_map(self.fields(item, pivot))

    def solution(self, item: Item) -> str:
        """Return what the template has for the right answer."""
        return self.template.option.format(option=item.accepted[0])

    def context(self, item: Item, pivot: PivotContext | None) -> str:
        """Return what stands in the prompt for the context: itself, its translation, or both."""
        if pivot is None or not pivot.keep_source:
            return super().context(item, pivot)
        return self.template.bridged.format(
            context=item.context, bridge=pivot.language, translation=pivot.text
        )

    def pivot_prompt(self, item: Item, bridge: Language) -> str:
        """Return the prompt whose continuation is the context in the bridge language."""
        return self.template.pivot.format(source=self.source, context=item.context, bridge=bridge)

    def fields(self, item: Item, pivot: PivotContext | None) -> dict[str, Any]:
        """Return what the braces of the template stand for."""
        return {
            "context": self.context(item, pivot),
            "query": item.query,
            "words": self.words,
            "asked": self.words_of(self.source),
            "read": pivot.language if pivot and not pivot.keep_source else self.source,
            "target": self.target,
        }

    def wording(self) -> tuple[str, ...]:
        """Say which language has no words for the prompts, and whose stand there instead."""
        spoken = [self.instructions] if self.template.has_words else []
        asked = [self.source] if "{asked." in self.template.prompt else []
        notes = (self._without_words(language) for language in dict.fromkeys((*spoken, *asked)))
        return tuple(note for note in notes if note)

    def _without_words(self, language: Language) -> str | None:
        known = LANGUAGES[self.benchmark] if self.style == "lm-eval" else LABELS
        if language.code in known:
            return None
        if language.code in LABELS:
            return (
                f"lm-evaluation-harness has no words for {self.benchmark} in {language.name}; ours "
                "stand in its template."
            )
        too = ", and the answers to choose from are English" if self.labelled else ""
        return (
            f"There are no label words in {language.name}: the prompts of {self.name} have "
            f"English ones{too}."
        )
