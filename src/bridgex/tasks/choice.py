"""What tasks of multiple choice share."""

from dataclasses import dataclass
from typing import ClassVar

from bridgex.tasks.base import Answering, Item, Style, Task
from bridgex.tasks.forms import forms
from bridgex.tasks.parsing import LETTERS, letter, option, without_thinking
from bridgex.tasks.stated import stated_letter, stated_option


@dataclass(frozen=True, kw_only=True)
class Choice(Task):
    """A task whose items have options; by default answered by their likelihood."""

    answering: Answering = "likelihood"
    lettered: ClassVar[bool] = True

    @classmethod
    def answerings(cls, style: Style) -> tuple[Answering, ...]:
        """Return ``likelihood`` and ``generate``; the paper's prompts are for generating."""
        return ("generate",) if style == "paper" else ("likelihood", "generate")

    @property
    def form(self) -> str:
        """To answer with the letter or the option alone; nothing where options are scored."""
        if self.style != "default" or self.answering == "likelihood":
            return ""
        words = forms(self.target)
        return words.letter if self.lettered else words.option

    def listed(self, item: Item) -> str:
        """Return the options as lines of a prompt, lettered; empty where they are scored."""
        if self.answering == "likelihood" or not self.lettered:
            return ""
        lettered = zip(LETTERS, item.options, strict=False)
        return "".join(f"{name}. {text}\n" for name, text in lettered)

    def solution(self, item: Item) -> str:
        """Return the right option, or its letter where the options are listed."""
        right = item.accepted[0]
        if self.answering == "likelihood" or not self.lettered:
            return f" {right}"
        return f" {LETTERS[item.options.index(right)]}"

    def answer(self, item: Item, written: str) -> str | None:
        """Read the option that was named by its letter or in words."""
        text = without_thinking(written)
        if self.lettered and (named := self._letter(text, len(item.options))):
            return item.options[LETTERS.index(named)]
        return (stated_option if self.chat else option)(text, item.options, self.target)

    def _letter(self, text: str, options: int) -> str | None:
        return stated_letter(text, options, self.target) if self.chat else letter(text, options)

    def score(self, item: Item, answer: str) -> float:
        """Return 1 where the option is the right one, else 0."""
        return float(answer in item.accepted)
