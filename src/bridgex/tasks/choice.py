"""What tasks of multiple choice share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridgex.tasks.forms import forms
from bridgex.tasks.items import Item, PivotContext
from bridgex.tasks.parsing import LETTERS, UNSPACED, letter, option, without_thinking
from bridgex.tasks.request import Answering
from bridgex.tasks.stated import stated_letter, stated_option
from bridgex.tasks.templated import Templated


@dataclass(frozen=True, kw_only=True)
class Choice(Templated):
    """A task whose items have options; by default answered by their likelihood."""

    answering: Answering = "likelihood"

    @property
    def lettered(self) -> bool:
        """Whether an option is named by its letter."""
        return "{letter}" in self.template.option

    def in_words(self, item: Item) -> tuple[str, ...]:
        """Return the options as prompts have them, in the order of ``item.options``."""
        return item.options

    @property
    def form(self) -> str:
        """To answer with the letter or the option alone; nothing where options are scored."""
        if self.style != "default" or self.answering == "likelihood":
            return ""
        words = forms(self.instructions)
        return words.letter if self.lettered else words.option

    def fields(self, item: Item, pivot: PivotContext | None) -> dict[str, Any]:
        """Return what the braces of the template stand for."""
        listed = self.template.joined.join(self._each(item, self.template.listed))
        return super().fields(item, pivot) | {"options": listed}

    def choices(self, item: Item) -> tuple[str, ...]:
        """Return the options, or their letters, as they follow the prompt."""
        return tuple(self._each(item, self.template.option))

    def solution(self, item: Item) -> str:
        """Return the right option, or its letter, as it follows the prompt."""
        return self.choices(item)[item.options.index(item.accepted[0])]

    def answer(self, item: Item, written: str) -> str | None:
        """Read the option that was named by its letter or in words."""
        text = without_thinking(written)
        if self.lettered and (named := self._letter(text, len(item.options))):
            return item.options[LETTERS.index(named)]
        words = self.in_words(item)
        language = self.instructions if self.labelled else self.target
        read = (stated_option if self.chat else option)(text, words, language)
        return None if read is None else item.options[words.index(read)]

    def _letter(self, text: str, options: int) -> str | None:
        if self.chat:
            return stated_letter(text, options, self.instructions)
        return letter(text, options)

    def score(self, item: Item, answer: str) -> float:
        """Return 1 where the option is the right one, else 0."""
        return float(answer in item.accepted)

    def _each(self, item: Item, template: str) -> Sequence[str]:
        """Return a template filled in with each of the options."""
        return [
            template.format(
                letter=LETTERS[at : at + 1],
                option=text,
                uncapitalised=text[:1].lower() + text[1:],
                space="" if self.instructions.script in UNSPACED else " ",
                query=item.query,
            )
            for at, text in enumerate(self.in_words(item))
        ]
