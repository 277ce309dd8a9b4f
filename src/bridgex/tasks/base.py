"""What a task is: items, the prompts made of them, and how an answer is read and judged.

The protocol, in the order in which `bridgex.evaluation.strategies.run` goes through it:

1. A task holds `Item`s of one language pair: a *context* in the source language (the word, passage,
   premise, question or text), a *query* and *options* in the target language, and what is accepted
   as right. Items to evaluate, development items (for choosers) and solved examples (for prompts)
   are three groups that share no item, no context and no accepted word.
2. To go through a bridge, the model renders the context in the bridge language: it continues
   `pivot_prompt`, and `pivot_translation` reads the rendering off what it wrote.
3. `prompt` puts the item in words, through a `PivotContext` or without, up to where the
   answer begins.
   A solved example is its prompt followed by `solution`; examples and prompt are joined by
   `separator`.
4. The model answers. ``likelihood``: every one of the item's options is scored as a continuation,
   and the most likely per UTF-8 byte is the answer. ``generate``: the model writes until
   `generation` says stop, and `answer` reads the answer off it, or None where there is none to
   read.
5. `score` judges the answer, and `measures` all answers together.

A new task is a subclass in a file of its own, an entry in `bridgex.tasks.reading.TASKS` and a
test. To run a task on its development items instead: ``task.on_development()``.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import ClassVar, Literal, Self

from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.lm.spec import GenerationSpec
from bridgex.tasks.parsing import LINE, first_line, without_thinking
from bridgex.tasks.split import EXAMPLES
from bridgex.texts import sample_corpus

Answering = Literal["likelihood", "generate"]
Style = Literal["default", "paper"]
Problem = Literal[
    "too_long",
    "no_pivot",
    "pivot_repeats",
    "empty",
    "repeats",
    "unfinished_thinking",
    "unreadable",
]
"""Prompt longer than the context; nothing (or the same over and over) for a rendering; nothing
written, the same over and over, thinking that did not end, or nothing to read an answer from. An
item without an answer scores 0 and is counted like any other."""


@dataclass(frozen=True)
class Item:
    """One thing to answer.

    Attributes:
        id: its name in its benchmark.
        context: what stands in the source language, and what a bridge renders.
        accepted: the right answers, at least one; of a multiple choice, the right option.
        query: what is asked about the context, in the target language.
        options: the answers to choose from, in the target language; empty where it is free text.
    """

    id: str
    context: str
    accepted: tuple[str, ...]
    query: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class PivotContext:
    """A context rendered in a bridge language.

    Attributes:
        language: the bridge.
        text: the rendering.
        keep_source: whether the original stays beside it, or is replaced by it.
    """

    language: Language
    text: str
    keep_source: bool = True


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """A task in one language pair, with its items.

    Attributes:
        name, benchmark, metric: of the task, of its data, and what it is measured with.
        styles: those it has prompts for.
        generation, pivot_generation: how answers and renderings are generated.
        separator: what stands between solved examples and prompt.
        source: language of the contexts.
        target: language of queries, options and answers.
        items: what is evaluated.
        development: what a chooser may try bridges on; never evaluated.
        examples: what prompts may show solved; never evaluated, never in `development`.
        answering: by the likelihood of the options, or by generating.
        style: ``default``, or ``paper`` for the prompts and the reading of Xu et al. (2025).
        left_out: why → how many items of the files could not be used.
    """

    source: Language
    target: Language
    items: tuple[Item, ...]
    development: tuple[Item, ...] = ()
    examples: tuple[Item, ...] = ()
    answering: Answering = "generate"
    style: Style = "default"
    left_out: Mapping[str, int] = field(default_factory=dict)

    name: ClassVar[str]
    benchmark: ClassVar[str] = ""
    metric: ClassVar[str] = "accuracy"
    styles: ClassVar[tuple[Style, ...]] = ("default",)
    generation: ClassVar[GenerationSpec] = GenerationSpec(32, LINE)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(160, LINE)
    separator: ClassVar[str] = "\n\n"

    @abstractmethod
    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the prompt of an item, up to where its answer begins."""

    def solution(self, item: Item) -> str:
        """Return what follows the prompt of a solved example."""
        return f" {item.accepted[0]}"

    def choices(self, item: Item) -> tuple[str, ...]:
        """Return the options as they follow the prompt, in the order of ``item.options``."""
        return tuple(f" {option}" for option in item.options)

    def answer(self, item: Item, written: str) -> str | None:
        """Read the answer off what the model wrote; None where there is none to read."""
        del item
        return first_line(without_thinking(written)) or None

    @abstractmethod
    def score(self, item: Item, answer: str) -> float:
        """Return 1 where an answer, as `answer` or the likelihoods gave it, is right, else 0."""

    def measures(self, outcomes: "Sequence[Outcome]") -> "tuple[Measure, ...]":
        """Return what all outcomes together amount to, the task's metric first."""
        return (Measure(self.metric, sum(each.score for each in outcomes) / len(outcomes)),)

    def corpus_stats(self, outcomes: "Sequence[Outcome]") -> "Mapping[str, CorpusStats]":
        """Return, per metric that is no mean over items, what it is computed from; else nothing."""
        del outcomes
        return {}

    def contexts(self, item: Item, pivot: PivotContext | None, label: str = "") -> str:
        """Return the lines of a prompt with the context, its rendering, or both."""
        own = f"{label}: {item.context}\n" if label else f"{item.context}\n"
        if pivot is None:
            return own
        named = pivot.language.endonym if pivot.keep_source or not label else label
        translated = f"{named}: {pivot.text}\n"
        return own + translated if pivot.keep_source else translated

    def pivot_prompt(self, item: Item, bridge: Language) -> str:
        """Return the prompt whose continuation renders the context in the bridge language."""
        return f"{self.source.endonym}: {item.context}\n{bridge.endonym}:"

    def pivot_translation(self, written: str) -> str:
        """Read the rendering off what the model wrote; empty where it wrote none."""
        return first_line(without_thinking(written))

    def pivot_examples(self, bridge: Language) -> Sequence[str]:
        """Return solved renderings, each a whole prompt with its solution; as many as there are.

        They are the embedded parallel sentences, where those are in both languages.
        """
        if not {self.source, bridge} <= set(PAPER_LANGUAGES):
            return ()
        sentences = (sample_corpus(each).sentences[:EXAMPLES] for each in (self.source, bridge))
        return [
            f"{self.pivot_prompt(Item('', text, ()), bridge)} {translated}"
            for text, translated in zip(*sentences, strict=True)
        ]

    def known_pivot(self, item: Item, bridge: Language) -> str | None:
        """Return the rendering of an example's context where a dictionary states it."""
        del item, bridge
        return None

    def developing_on(self, items: int) -> Self:
        """Return the same task with at most so many development items."""
        return replace(self, development=self.development[:items])

    def on_development(self) -> "Task":
        """Return the same task with its development items in place of the evaluated ones."""
        return replace(self, items=self.development, development=())

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what it asks: name, languages, style, answering and evaluated items."""
        pair = [self.source.code, self.target.code]
        items = [asdict(item) for item in self.items]
        content = [self.name, pair, self.style, self.answering, items]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What became of one item under one strategy.

    Attributes:
        item: its id.
        prompt: the whole prompt, solved examples included.
        pivot: the context as the model rendered it in the bridge language; None without a bridge.
        written: what the model wrote, as it came; None where options were scored instead.
        likelihoods: log-probability per UTF-8 byte of each option, in their order; None where the
            model wrote.
        answer: the answer read off it, or the likeliest option; None where there is none.
        accepted: the right answers.
        score: 1 where right and 0 where wrong; for translation the sentence's chrF++ (0 to 100).
        problem: what was wrong with the answering itself; see `Problem`.
    """

    item: str
    prompt: str
    pivot: str | None
    written: str | None
    likelihoods: tuple[float, ...] | None
    answer: str | None
    accepted: tuple[str, ...]
    score: float
    problem: Problem | None


@dataclass(frozen=True)
class Measure:
    """What the outcomes of a task amount to under one metric, with sacreBLEU's signature if any."""

    metric: str
    value: float
    signature: str = ""


@dataclass(frozen=True)
class CorpusStats:
    """What a metric over all outcomes is computed from, so that items can be drawn again.

    Attributes:
        counts: per item, (items, counts).
        value: the metric of summed counts.
    """

    counts: Sequence[Sequence[float]]
    value: Callable[[Sequence[float]], float]


def one_line(text: str) -> str:
    """Return a text without line breaks, which end what a prompt quotes."""
    return " ".join(text.split())
