"""Items as documents of lm-evaluation-harness, and what became of one.

lm-eval keeps the document of each item in its samples, so a document holds all that judging needs:
the item, its prompts, and in its header the task, the languages and the strategy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from bridgex.errors import RequestError, ResultError
from bridgex.evaluation.combine import combined
from bridgex.evaluation.run import (
    Answer,
    PivotTranslation,
    Run,
    chosen_option,
    outcome_of,
    read_answer,
)
from bridgex.evaluation.strategies import AnyStrategy, Combination, Route, Strategy, parse
from bridgex.languages import find
from bridgex.tasks import task_named
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item, PivotContext
from bridgex.tasks.outcomes import Outcome, Problem
from bridgex.tasks.request import Answering, InstructionLanguage, Style
from bridgex.tasks.scoring import OptionScores, Rule

HEADER = "bridgex"
"""Key of a document's header."""

METRICS: Mapping[Rule, str] = {"sum": "acc", "per_character": "acc_norm", "per_byte": "acc_bytes"}
"""Rule → lm-eval's name of the accuracy under it; the other rules need what it does not compute."""

Response: TypeAlias = str | float
"""What was written, or the log-probability of an option in nats."""


def exportable(strategy: AnyStrategy) -> Strategy | Combination:
    """Return a strategy whose answers lm-eval can compute.

    Raises:
        RequestError: it chooses a way for each item by what lm-eval does not record.
    """
    if isinstance(strategy, Route):
        members = ", ".join(map(str, strategy.members))
        raise RequestError(
            f"{strategy} chooses between ways item by item, by more than lm-eval records; export "
            f"its members ({members})."
        )
    return strategy


@dataclass(frozen=True)
class Header:
    """What all documents of one exported task have in common.

    Attributes:
        task: its name.
        source: code of the source language.
        target: code of the target language.
        strategy: how it is asked, weights included.
        style: of the prompts.
        instruction_language: whose words they have.
        answering: by the likelihood of options, or in words.
        scoring: the rule by which an option is the answer; None for answers in words.
        convert_chinese: whether Chinese answers are converted before they are compared.
        shots: solved examples before each prompt.
        items: number of documents.
        digest: SHA-256 (hex) of what the task asks.
        version: of bridgex.
    """

    task: str
    source: str
    target: str
    strategy: str
    style: Style
    instruction_language: InstructionLanguage
    answering: Answering
    scoring: Rule | None
    convert_chinese: bool
    shots: int
    items: int
    digest: str
    version: str

    def read_task(self, items: Sequence[Item]) -> Task:
        """Return the task with items, as it judges answers.

        Raises:
            RequestError: no such task is known here.
            UnknownLanguageError: a language nothing recognises.
        """
        task = task_named(self.task)(
            source=find(self.source),
            target=find(self.target),
            items=tuple(items),
            answering=self.answering,
            style=self.style,
            instruction_language=self.instruction_language,
            scoring=self.scoring,
        )
        return (
            replace(task, convert_chinese=self.convert_chinese) if isinstance(task, Bli) else task
        )

    def read_strategy(self) -> Strategy | Combination:
        """Return the strategy that the name stands for.

        Raises:
            RequestError: there is none of that name, or it is one that is not exported.
        """
        return exportable(parse(self.strategy, (find(self.source), find(self.target)), None))


@dataclass(frozen=True)
class Asked:
    """One prompt of an item.

    Attributes:
        strategy: that it is of.
        prompt: up to where the answer begins; the direct one where there is no pivot translation.
        choices: the options as they follow lm-eval's delimiter; None for answers in words.
        pivot: the context in the bridge language; None where there is none.
        problem: what was wrong with the pivot translation.
    """

    strategy: str
    prompt: str
    choices: tuple[str, ...] | None = None
    pivot: str | None = None
    problem: Problem | None = None

    @property
    def responses(self) -> int:
        """Number of answers to it."""
        return 1 if self.choices is None else len(self.choices)

    @property
    def counts(self) -> bool:
        """Whether an answer to the prompt counts: not where a bridge has no translation."""
        return self.strategy == "direct" or self.pivot is not None


@dataclass(frozen=True)
class Document:
    """An item under one strategy.

    Attributes:
        id, context, query, accepted, options: of the item.
        asked: its prompt, or one for each strategy that a combination asks.
        gold: places of the right options; -1, which no option has, where no answer counts.
        bridgex: the header.
    """

    id: str
    context: str
    query: str
    accepted: tuple[str, ...]
    options: tuple[str, ...]
    asked: tuple[Asked, ...]
    gold: tuple[int, ...] | None
    bridgex: Header

    @property
    def item(self) -> Item:
        """The item."""
        return Item(self.id, self.context, self.accepted, self.query, self.options)


def read_document(doc: Any) -> Document:
    """Return the document of a sample.

    Raises:
        ResultError: it is none that bridgex exported, or it is damaged.
    """
    if not isinstance(doc, Mapping) or not isinstance(doc.get(HEADER), Mapping):
        raise ResultError(
            "This is a sample of a task that bridgex did not export; run lm_eval on what 'bridgex "
            "export lm-eval' writes, with --log_samples."
        )
    try:
        return _adapter().validate_python(dict(doc))
    except ValidationError as problem:
        where = ".".join(map(str, problem.errors()[0]["loc"]))
        raise ResultError(
            f"The document of a sample is damaged ({where}); run lm_eval again."
        ) from (problem)


def outcome(document: Document, responses: Sequence[Response]) -> Outcome:
    """Judge what a model answered to a document, as `bridgex.evaluate` judges it.

    Args:
        document: what was asked.
        responses: what it wrote to each prompt; or of each prompt, in its turn, the
            log-probability of every option.

    Raises:
        ResultError: there are more or fewer of them than were asked for.
    """
    header, item = document.bridgex, document.item
    task, strategy = header.read_task([item]), header.read_strategy()
    asked = document.asked
    named = [str(way) for way in strategy.asked] == [each.strategy for each in asked]
    if not named or len(responses) != sum(each.responses for each in asked):
        raise ResultError(
            f"Item {document.id} of {header.task} has {len(responses)} answers to {len(asked)} "
            "prompts, which are not as many as were asked for; run lm_eval again."
        )
    outcomes: dict[Strategy, Outcome] = {}
    left = iter(responses)
    for way, prompt in zip(strategy.asked, asked, strict=True):
        given = [next(left) for _ in range(prompt.responses)]
        answer = _answer(task.through(way.bridge), item, prompt, given)
        pivot = PivotTranslation(
            PivotContext(way.bridge, prompt.pivot, way.keep_source)
            if way.bridge and prompt.pivot is not None
            else None,
            prompt.problem,
        )
        shown = prompt.prompt if prompt.counts else ""
        outcomes[way] = outcome_of(task, item, shown, pivot, answer)
    if not isinstance(strategy, Combination):
        return outcomes[strategy]
    runs = {
        way: Run(way, (each,), header.shots, header.shots, 0, header.scoring)
        for way, each in outcomes.items()
    }
    return combined(task, strategy, runs).outcomes[0]


def _answer(task: Task, item: Item, prompt: Asked, given: Sequence[Response]) -> Answer:
    if not prompt.counts:
        return Answer()
    if prompt.choices is None:
        return read_answer(task, item, task.spec(task.generation).cut(str(given[0])))
    scores = OptionScores.of(prompt.choices, tuple(map(float, given)), None)
    return chosen_option(task.scoring or "sum", item, scores)


@cache
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)
