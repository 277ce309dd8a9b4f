"""What a task is: items, the prompts made of them, and how an answer is read and judged.

The protocol, in the order in which `bridgex.evaluation.strategies.run` goes through it:

1. A task has `Item`s of one language pair: a *context* in the source language (the word, passage,
   premise, question or text), a *query* and *options* in the target language, and what is accepted
   as right. Items to evaluate, development items (for choosers) and solved examples (for prompts)
   are three groups that share no item, no context and no accepted word.
2. To go through a bridge, the model translates the context into the bridge language: it continues
   `pivot_prompt`, and `pivot_translation` reads the translation off what it wrote.
3. `prompt` puts the item in words, through a `PivotContext` or without, up to where the
   answer begins.
   A solved example is its prompt followed by `solution`; examples and prompt are joined by
   `separator`. A chat model is told beforehand what `form` its answer is to have, and the examples
   are turns.
4. The model answers. ``likelihood``: every one of the item's options is scored as a continuation,
   and the best under the task's rule (`bridgex.tasks.scoring`) is the answer. ``generate``: the
   model writes until `generation` says stop, and `answer` reads the answer off it, or None where
   there is none to read.
5. `score` judges the answer, and `measures` all answers together.

A new task is one subclass in one file: `prompt` and `score`, and where it is read by its name,
`benchmark`, `files` and `rows` (or its own `read`). `bridgex.tasks.register_task` or the entry
point group ``bridgex.tasks`` makes its name known. To run a task on its development items instead:
``task.on_development()``.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import ClassVar, Self

from bridgex.conversation import Conversation, Prompt
from bridgex.errors import RequestError
from bridgex.generation import GenerationSpec
from bridgex.languages import PAPER_LANGUAGES, Language, find
from bridgex.tasks.forms import forms
from bridgex.tasks.items import Item, PivotContext, answerable, counted, one_line
from bridgex.tasks.outcomes import (
    CorpusStats,
    Measure,
    Outcome,
    Problem,
    class_measures,
    class_stats,
)
from bridgex.tasks.parsing import LINE, TURN, first_line, without_thinking
from bridgex.tasks.request import Answering, InstructionLanguage, Style, TaskRequest, TaskTexts
from bridgex.tasks.sampling import drawn, in_turn
from bridgex.tasks.scoring import Rule
from bridgex.tasks.split import EXAMPLES, is_development
from bridgex.tasks.stated import stated_text
from bridgex.texts import Provenance, sample_corpus
from bridgex.texts.benchmarks import (
    JSON_LINES,
    BenchmarkFormat,
    FileKind,
    Row,
    read_benchmark,
)
from bridgex.texts.files import SourceFile

Rows = tuple[SourceFile, Iterator[Row[Item]]]
"""A file of a benchmark, and its rows as items of one language."""


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """A task in one language pair, with its items.

    Attributes:
        name: of the task.
        benchmark: of its data.
        metric: what it is measured with.
        files: the kind of files its benchmark is published in.
        bilingual: whether its benchmark is read in both languages, not in the source alone.
        labelled: whether its options are classes, the same for every item, in words of the language
            of instructions.
        in_language: whether it makes sense with one language for source and target.
        styles: those it has prompts for.
        generation: how answers are generated.
        pivot_generation: how pivot translations are.
        chat_tokens: the fewest tokens that a chat model has for either.
        separator: what stands between solved examples and prompt.
        source: language of the contexts.
        target: language of queries, options and answers.
        items: what is evaluated.
        development: what a chooser may try bridges on; never evaluated.
        examples: what prompts may show solved; never evaluated, never in `development`.
        answering: by the likelihood of the options, or by generating.
        style: ``default``, ``lm-eval`` for the prompts of lm-evaluation-harness, or ``paper`` for
            the prompts and the reading of Xu et al. (2025).
        instruction_language: whose words the prompts have around their texts (question, answer,
            true, …): of the ``target`` or ``source`` language, the ``bridge`` (without one: the
            target), or ``english``; None for `usual_instructions`.
        bridge: what is gone through; set by `through`, and None where nothing is.
        scoring: the rule by which one of the options is the answer; None for `usual_scoring`.
        chat: whether a chat model is asked: told what form its answer is to have, and read where
            it states it.
        left_out: reason (snake_case, see `reason_text`) → how many items could not be used.
        provenance: where the items came from; None where they were given by hand.
    """

    source: Language
    target: Language
    items: tuple[Item, ...]
    development: tuple[Item, ...] = ()
    examples: tuple[Item, ...] = ()
    answering: Answering = "generate"
    style: Style = "default"
    instruction_language: InstructionLanguage | None = None
    bridge: Language | None = None
    scoring: Rule | None = None
    chat: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict)
    provenance: Provenance | None = None

    name: ClassVar[str]
    benchmark: ClassVar[str] = ""
    files: ClassVar[FileKind] = JSON_LINES
    bilingual: ClassVar[bool] = True
    metric: ClassVar[str] = "accuracy"
    labelled: ClassVar[bool] = False
    in_language: ClassVar[bool] = True
    styles: ClassVar[tuple[Style, ...]] = ("default",)
    generation: ClassVar[GenerationSpec] = GenerationSpec(32, LINE)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(160, LINE)
    chat_tokens: ClassVar[int] = 128
    separator: ClassVar[str] = "\n\n"

    @classmethod
    def read(
        cls, request: TaskRequest, source: Language, target: Language, texts: TaskTexts
    ) -> Self:
        """Read the task's items for a language pair: here, those of its benchmark.

        Contexts are those of the source language's file, everything else is the target
        language's. Of the items, those that `is_development` says are for examples and choosers;
        none of them where the task has worked examples of its own. All others are for evaluation;
        `bridgex.tasks.reading` draws the request's number of them.

        Args:
            request: how it is to be read.
            source: language of the contexts.
            target: language of queries, options and answers.
            texts: where the benchmark is.

        Raises:
            RequestError: the task has no benchmark, or no folder for it.
            TextError: data missing or damaged.
        """
        if not cls.benchmark:
            raise RequestError(
                f"The task {cls.name} has no benchmark to read; give it with its items instead."
            )
        read_in = (source, target) if cls.bilingual else (source,)
        folder = texts.benchmark_folder(cls.name, cls.benchmark, read_in)
        if folder is None:
            raise RequestError(
                f"The task {cls.name} needs the folder of {cls.benchmark}; name it with --data."
            )
        published = cls.benchmark_format(target)
        benchmark = read_benchmark(published, folder, source, target, texts.split)
        items = [replace(asked, context=shown.context) for shown, asked in benchmark.pairs]
        with_text = [item for item in items if item.context.strip()]
        usable = answerable(with_text)
        worked = cls.worked_examples(source, target)
        kept = [worked is None and is_development(item.context) for item in usable]
        development = list(compress(usable, kept))
        shown = in_turn(cls._strata(development)[1], EXAMPLES)
        return cls(
            source=source,
            target=target,
            items=tuple(item for item, other in zip(usable, kept, strict=True) if not other),
            development=tuple(item for at, item in enumerate(development) if at not in shown),
            examples=tuple(development[at] for at in shown) if worked is None else worked,
            answering=request.answering or cls.answerings(request.style)[0],
            style=request.style,
            scoring=request.scoring,
            left_out=counted(
                items_with_different_answers=len(benchmark.left_out),
                items_without_text=len(items) - len(with_text),
                items_with_an_empty_option=len(with_text) - len(usable),
            ),
            provenance=benchmark.provenance,
        )

    @classmethod
    def worked_examples(cls, source: Language, target: Language) -> tuple[Item, ...] | None:
        """Return examples that are in no benchmark, so that all its items can be evaluated.

        Returns:
            None where the task takes its examples from its benchmark.
        """
        del source, target
        return None

    @classmethod
    def benchmark_format(cls, target: Language) -> BenchmarkFormat[Item]:
        """Return how its benchmark is published, label words in the target language."""
        return BenchmarkFormat(
            cls.benchmark, cls.files, lambda path: cls.rows(path, target), cls.bilingual
        )

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read one language's file of the benchmark into items of that language alone.

        Label words are the target language's, whichever language's file it is.

        Raises:
            TextError: a row is not as the benchmark has it; file and line are named.
        """
        raise NotImplementedError(f"{cls.__name__} names a benchmark and must define rows()")

    @classmethod
    def answerings(cls, style: Style) -> tuple[Answering, ...]:
        """Return the ways in which it can be answered in a style, its own way first."""
        del style
        return ("generate",)

    @classmethod
    def has_words(cls, style: Style) -> bool:
        """Tell whether a style's prompts have words of the language of instructions."""
        del style
        return False

    @classmethod
    def usual_scoring(cls, style: Style) -> Rule:
        """Return the rule by which an option is the answer in a style, unless asked otherwise.

        Classes are compared on development items, since the commonest words would win whatever is
        asked; other options by their length. The styles of others take the plain likelihood, as
        lm-evaluation-harness does for its accuracy.
        """
        if style != "default":
            return "sum"
        return "calibrated_batch" if cls.labelled else "per_byte"

    def through(self, bridge: Language | None) -> Self:
        """Return the same task as a strategy asks it that goes through a bridge, or none."""
        return replace(self, bridge=bridge)

    @property
    def instructions(self) -> Language:
        """The language of instructions and labels."""
        languages = {"source": self.source, "bridge": self.bridge, "english": find("en")}
        return languages.get(self.instructed_in) or self.target

    @property
    def instructed_in(self) -> InstructionLanguage:
        """Whose words the prompts have around their texts."""
        return self.instruction_language or self.usual_instructions

    @property
    def usual_instructions(self) -> InstructionLanguage:
        """Whose words they are unless told otherwise; small chat models follow English best."""
        return "english" if self.chat else "target"

    def wording(self) -> tuple[str, ...]:
        """Say which language has no words for the prompts, and whose stand there instead."""
        return ()

    @abstractmethod
    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the prompt of an item, up to where its answer begins."""

    def solution(self, item: Item) -> str:
        """Return what follows the prompt of a solved example."""
        return f" {item.accepted[0]}"

    @property
    def form(self) -> str:
        """What a chat model is told about the form of its answer; empty where it is told nothing.

        Only the default style says it: the others are asked as they were published.
        """
        return ""

    @property
    def pivot_form(self) -> str:
        """The same of a pivot translation."""
        return forms(self.instructions).text if self.style == "default" else ""

    def joined(self, form: str, solved: Sequence[tuple[str, str]], prompt: str) -> Prompt:
        """Return a prompt behind solved examples: as one text, or in a chat as turns.

        Args:
            form: what a chat model is told beforehand.
            solved: prompts and what follows them.
            prompt: what is to be answered.
        """
        if self.chat:
            turns = tuple((asked, answered.strip()) for asked, answered in solved)
            return Conversation(prompt, form, turns)
        return self.separator.join([*(asked + answered for asked, answered in solved), prompt])

    def spec(self, plain: GenerationSpec) -> GenerationSpec:
        """Return how something is generated: as is, or in a chat to the end of the turn."""
        if not self.chat:
            return plain
        return GenerationSpec(max(plain.max_tokens, self.chat_tokens), TURN)

    def choices(self, item: Item) -> tuple[str, ...]:
        """Return the options as they follow the prompt, in the order of ``item.options``."""
        return tuple(f" {option}" for option in item.options)

    def neutral(self, item: Item) -> Item:
        """Return an item that asks the same about nothing, to compare likelihoods with."""
        return replace(item, context="")

    def answer(self, item: Item, written: str) -> str | None:
        """Read the answer off what the model wrote; None where there is none to read."""
        del item
        return (
            stated_text(written) if self.chat else first_line(without_thinking(written))
        ) or None

    def folded(self, answer: str) -> str:
        """Return what answers have in common that say the same: two with the same count as one."""
        return one_line(answer).casefold()

    def fault(self, item: Item, written: str, answer: str) -> Problem | None:
        """Return what is wrong with an answer that could be read, apart from not being right."""
        del item, written, answer
        return None

    @abstractmethod
    def score(self, item: Item, answer: str) -> float:
        """Return 1 where an answer, as `answer` or the likelihoods gave it, is right, else 0."""

    def measures(self, outcomes: Sequence[Outcome]) -> tuple[Measure, ...]:
        """Return what all outcomes together amount to, the task's metric first."""
        scores = [outcome.score for outcome in outcomes]
        own = Measure(self.metric, sum(scores) / len(scores))
        return (own, *class_measures(outcomes)) if self.labelled else (own,)

    def corpus_stats(self, outcomes: Sequence[Outcome]) -> Mapping[str, CorpusStats]:
        """Return, per metric that is no mean over items, what it is computed from."""
        return class_stats(outcomes) if self.labelled else {}

    def context(self, item: Item, pivot: PivotContext | None) -> str:
        """Return what stands in the prompt for the context: itself, its translation, or both."""
        if pivot is None or not pivot.keep_source:
            return pivot.text if pivot else item.context
        return f"{item.context}\n{pivot.language.endonym}: {pivot.text}"

    def pivot_prompt(self, item: Item, bridge: Language) -> str:
        """Return the prompt whose continuation is the context in the bridge language."""
        return f"{self.source.endonym}: {item.context}\n{bridge.endonym}:"

    def pivot_translation(self, item: Item, bridge: Language, written: str) -> str:
        """Read the pivot translation off what the model wrote; empty where it wrote none."""
        del item, bridge
        return stated_text(written) if self.chat else first_line(without_thinking(written))

    def pivot_examples(self, bridge: Language) -> Sequence[tuple[str, str]]:
        """Return solved pivot prompts and what follows each; as many as there are.

        They are the embedded parallel sentences, where those are in both languages.
        """
        if not {self.source, bridge} <= set(PAPER_LANGUAGES):
            return ()
        languages = (self.source, bridge)
        sentences = (sample_corpus(language).sentences[:EXAMPLES] for language in languages)
        return [
            (self.pivot_prompt(Item("", text, ()), bridge), f" {translated}")
            for text, translated in zip(*sentences, strict=True)
        ]

    def known_pivot(self, item: Item, bridge: Language) -> str | None:
        """Return an example's context in the bridge language where a dictionary states it."""
        del item, bridge
        return None

    def evaluated_on(self, items: int | None, seed: int = 0) -> Self:
        """Return the same task with at most ``items`` items, drawn with classes in their shares."""
        kept = drawn(*self._strata(self.items), items, seed)
        return replace(self, items=tuple(self.items[at] for at in kept))

    def measured_by(self, metrics: Sequence[str]) -> Self:
        """Return the same task measured by learned metrics, too; see `bridgex.tasks.learned`.

        Raises:
            RequestError: the task has no use for them.
        """
        if metrics:
            raise RequestError(
                f"{self.name} is measured by {self.metric} alone; leave out --metric {metrics[0]}."
            )
        return self

    def developing_on(self, items: int) -> Self:
        """Return the same task with at most ``items`` development items, drawn likewise."""
        kept = drawn(*self._strata(self.development), items, 0)
        return replace(self, development=tuple(self.development[at] for at in kept))

    def on_development(self) -> "Task":
        """Return the same task with its development items in place of the evaluated ones."""
        return replace(self, items=self.development)

    @classmethod
    def _strata(cls, items: Sequence[Item]) -> tuple[list[str], list[str]]:
        """Return each item's id and its class, one class for all where there are none."""
        classes = [item.accepted[0] if cls.labelled else "" for item in items]
        return [item.id for item in items], classes

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what it asks: name, languages, style, answering and evaluated items."""
        pair = [self.source.code, self.target.code]
        items = [asdict(item) for item in self.items]
        asked = [self.style, self.instructed_in, self.answering]
        content = [self.name, pair, *asked, items]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
