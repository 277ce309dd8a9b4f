"""Bilingual lexicon induction: translate a word (prompts of Xu et al. 2025)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

from bridgex.generation import GenerationSpec
from bridgex.languages import Language
from bridgex.tasks.base import Task
from bridgex.tasks.forms import forms
from bridgex.tasks.items import Item, PivotContext, counted
from bridgex.tasks.outcomes import Problem
from bridgex.tasks.request import Style, TaskRequest, TaskTexts
from bridgex.tasks.script import in_script
from bridgex.tasks.split import EXAMPLES, Words, split_words
from bridgex.tasks.stated import stated_word
from bridgex.tasks.word_chain import GENERATION, is_accepted, read_word
from bridgex.tasks.word_chain import prompt as direct_prompt
from bridgex.texts import Lexicon, chinese
from bridgex.texts.words import fold


@dataclass(frozen=True, kw_only=True)
class Bli(Task):
    """Translate a word: ``{S}:"{word}"→{T}:``, through a bridge ``{S}:"{word}"→{K}:"…"→{T}:``.

    An answer is right when it equals an accepted translation after folding; one that repeats the
    word asked about, or is not in the target's script, is counted as such. In a chat the word alone
    is asked for, and read where it is stated. In the paper's style
    it is the whole first line without quotes, lower-cased, without Hebrew points, and the
    dictionary's words are lower-cased only. Where its Chinese was converted, so is an answer.

    Attributes:
        dictionaries: code of a bridge → dictionary from the source into it, for solved examples.
        probe: words of the dictionary that are kept for the probe of a ranking, never evaluated,
            solved or developed on; None where the items were given by hand.
        convert_chinese: whether Chinese answers are converted to the script of the target language,
            as its dictionary was.
    """

    dictionaries: Mapping[str, Lexicon] = field(default_factory=dict)
    probe: Lexicon | None = None
    convert_chinese: bool = False

    name: ClassVar[str] = "bli"
    styles: ClassVar[tuple[Style, ...]] = ("default", "paper")
    in_language: ClassVar[bool] = False
    generation: ClassVar[GenerationSpec] = GENERATION
    pivot_generation: ClassVar[GenerationSpec] = GENERATION
    separator: ClassVar[str] = "\n"

    @classmethod
    def read(
        cls, request: TaskRequest, source: Language, target: Language, texts: TaskTexts
    ) -> Self:
        """Read the dictionary of a pair, and those from the source into the request's bridges.

        Raises:
            TextError: there is no dictionary of the pair, it is damaged, or has too few words.
        """
        return cls.of_words(
            split_words(texts.lexicon_of(source, target)),
            dictionaries=texts.dictionaries_into(request.bridges, source),
            style=request.style,
        )

    @classmethod
    def of_words(
        cls,
        words: Words,
        *,
        dictionaries: Mapping[str, Lexicon] | None = None,
        items: int | None = None,
        style: Style = "default",
    ) -> Self:
        """Return the task of translating a dictionary's words.

        Args:
            words: the dictionary in parts, from `bridgex.tasks.split.split_words`.
            dictionaries: code of a bridge → dictionary from the source into it.
            items: the most words to evaluate, in the order of the dictionary; all by default.
            style: ``default`` or ``paper``.
        """
        parts, development = words.parts, _items(words.parts.development)
        return cls(
            source=parts.test.source,
            target=parts.test.target,
            items=_items(parts.test)[:items],
            development=development[EXAMPLES:],
            examples=development[:EXAMPLES],
            style=style,
            left_out=counted(identical_word_pairs=words.identical, overlinked_words=parts.left_out),
            provenance=words.provenance,
            dictionaries=dictionaries or {},
            probe=parts.probe,
            convert_chinese=parts.test.converted,
        )

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the word chain up to the target language."""
        if pivot is None:
            return direct_prompt(item.context, self.source, self.target)
        if not pivot.keep_source:
            return direct_prompt(pivot.text, pivot.language, self.target)
        return f'{self.pivot_prompt(item, pivot.language)}"{pivot.text}"→{self.target.endonym}:'

    @property
    def form(self) -> str:
        """To translate the word, and answer with it alone."""
        return forms(self.instructions).word if self.style == "default" else ""

    @property
    def pivot_form(self) -> str:
        """The same."""
        return self.form

    def solution(self, item: Item) -> str:
        """Return the first accepted translation, in quotes; in a chat the word alone."""
        return self._shown(item.accepted[0])

    def answer(self, item: Item, written: str) -> str | None:
        """Read the quoted word or the first line; in a chat the word that is stated."""
        if self.chat:
            return stated_word(written, item.context, (self.source, self.target))
        return read_word(written)

    def folded(self, answer: str) -> str:
        """Return the word as it is compared with the dictionary's."""
        converted = chinese.converted(answer, self.target) if self.convert_chinese else answer
        return fold(converted, self.target)

    def fault(self, item: Item, written: str, answer: str) -> Problem | None:
        """Tell of a word that only repeats the one asked about, or is in another script."""
        del written
        if self.score(item, answer):
            return None
        if fold(answer, self.source) == fold(item.context, self.source):
            return "echoes_source"
        return "wrong_script" if in_script(answer, self.target) is False else None

    def score(self, item: Item, answer: str) -> float:
        """Return 1 where the answer is an accepted translation, else 0."""
        convert = self.convert_chinese
        if self.style == "paper":
            word = chinese.converted(answer, self.target) if convert else answer
            lowered = {target.lower() for target in item.accepted}
            return float(_without_points(word.lower()) in lowered)
        return float(is_accepted(answer, item.accepted, self.target, convert_chinese=convert))

    def pivot_prompt(self, item: Item, bridge: Language) -> str:
        """Return the direct prompt into the bridge."""
        return direct_prompt(item.context, self.source, bridge)

    def pivot_translation(self, item: Item, bridge: Language, written: str) -> str:
        """Read the bridge's word."""
        if self.chat:
            return stated_word(written, item.context, (self.source, bridge)) or ""
        return read_word(written) or ""

    def pivot_examples(self, bridge: Language) -> Sequence[tuple[str, str]]:
        """Return the examples that the dictionary into the bridge has."""
        return [
            (self.pivot_prompt(item, bridge), self._shown(known))
            for item in self.examples
            if (known := self.known_pivot(item, bridge))
        ]

    def _shown(self, word: str) -> str:
        return word if self.chat else f'"{word}"'

    def known_pivot(self, item: Item, bridge: Language) -> str | None:
        """Return the first translation of the dictionary into the bridge."""
        dictionary = self.dictionaries.get(bridge.code)
        return dictionary.entries.get(item.context, (None,))[0] if dictionary else None


def _items(lexicon: Lexicon) -> tuple[Item, ...]:
    return tuple(Item(word, word, accepted) for word, accepted in lexicon.entries.items())


def _without_points(text: str) -> str:
    return "".join(character for character in text if not "\u0591" <= character <= "\u05c7")
