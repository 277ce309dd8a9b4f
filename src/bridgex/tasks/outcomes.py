"""What became of the items of a task, and what that amounts to."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bridgex.tasks.scoring import OptionScores

Problem = Literal[
    "too_long",
    "no_pivot",
    "pivot_repeats",
    "empty",
    "repeats",
    "unfinished_thinking",
    "unreadable",
    "echoes_source",
    "wrong_script",
    "no_member_answer",
]
"""Prompt longer than the context; no (or a repetitive) pivot translation; nothing
written, the same over and over, thinking that did not end, nothing to read an answer from, the
word of the source repeated, an answer in a script that its language is not written in, or, of a
combination, no answer of any member. An
item without an answer scores 0 and is counted like any other."""


@dataclass(frozen=True)
class Combined:
    """How the answers of several strategies to an item became one.

    Attributes:
        answers: member → what it answered; None where it gave no answer.
        support: candidate answer → what it was chosen by: the weight of its votes, or its pooled
            probability or mean log-probability.
    """

    answers: Mapping[str, str | None]
    support: Mapping[str, float]


@dataclass(frozen=True)
class Outcome:
    """What became of one item under one strategy.

    Attributes:
        item: its id.
        prompt: the whole prompt, solved examples included; empty where several strategies were
            combined.
        pivot: the model's translation of the context into the bridge language; None without one.
        written: what the model wrote, as it came; None where options were scored instead.
        scored: how likely each option was; None where the model wrote.
        answer: the answer read off it, or the best option; None where there is none.
        accepted: the right answers.
        score: 1 where right and 0 where wrong; for translation the sentence's chrF++ (0 to 100).
        problem: what was wrong with the answering itself; see `Problem`.
        options: what there was to choose from; empty where the answer is free text.
        combined: how it came from several strategies' answers; None where it did not.
    """

    item: str
    prompt: str
    pivot: str | None
    written: str | None
    scored: OptionScores | None
    answer: str | None
    accepted: tuple[str, ...]
    score: float
    problem: Problem | None
    options: tuple[str, ...] = ()
    combined: Combined | None = None


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


@dataclass(frozen=True)
class Baselines:
    """What accuracy is to be held against.

    Attributes:
        chance: of choosing blindly: the mean share of right options, one of each item's but where
            two have the same text; None where the answer is free text.
        majority: the share of items that one answer, always given, would get right at most.
        majority_answer: that answer; ``option 2`` where options differ from item to item.
    """

    chance: float | None
    majority: float
    majority_answer: str


@dataclass(frozen=True)
class Commonest:
    """The answer given most often, named as in `Baselines`, and its share of all answers given."""

    answer: str
    share: float


MOST_ALIKE = 0.9
"""Share of one answer above which an accuracy says how often that answer is right."""
FEWEST = 10
"""Answers below which their being alike says nothing."""


def baselines(outcomes: Sequence[Outcome]) -> Baselines:
    """Return what the accuracy of a task's outcomes is to be held against."""
    named = _names(outcomes)
    right = Counter(
        name
        for outcome in outcomes
        for name in dict.fromkeys(named(outcome, answer) for answer in outcome.accepted)
    )
    answer, times = right.most_common(1)[0]
    chances = [
        sum(option in outcome.accepted for option in outcome.options) / len(outcome.options)
        for outcome in outcomes
        if outcome.options
    ]
    chance = sum(chances) / len(chances) if len(chances) == len(outcomes) else None
    return Baselines(chance, times / len(outcomes), answer)


def commonest(outcomes: Sequence[Outcome]) -> Commonest | None:
    """Return the answer given most often; None where none was given."""
    named = _names(outcomes)
    given = Counter(
        named(outcome, outcome.answer) for outcome in outcomes if outcome.answer is not None
    )
    if not given:
        return None
    answer, times = given.most_common(1)[0]
    return Commonest(answer, times / given.total())


def _names(outcomes: Sequence[Outcome]) -> Callable[[Outcome, str], str]:
    """Return what an answer is called: itself, or its place where options differ by item."""
    alike = len({outcome.options for outcome in outcomes}) == 1
    return lambda outcome, answer: (
        answer
        if alike or answer not in outcome.options
        else f"option {outcome.options.index(answer) + 1}"
    )


MACRO_F1 = "macro-F1"


def class_measures(outcomes: Sequence[Outcome]) -> tuple[Measure, ...]:
    """Return macro-F1 of answers that are classes."""
    return tuple(
        Measure(metric, stats.value([sum(column) for column in zip(*stats.counts, strict=True)]))
        for metric, stats in class_stats(outcomes).items()
    )


def class_stats(outcomes: Sequence[Outcome]) -> Mapping[str, CorpusStats]:
    """Return what macro-F1 is computed from: per item and class, whether it is right and given.

    F1 of a class is 2 · hits / (times right + times given). Its mean is over the classes that are
    right or given at all, as scikit-learn's ``f1_score(average="macro")`` takes it; an item
    without an answer gives none.
    """
    given = {outcome.answer for outcome in outcomes if outcome.answer is not None}
    classes = sorted(given.union(outcome.accepted[0] for outcome in outcomes))
    counts = [
        [
            count
            for name in classes
            for right, answered in [(outcome.accepted[0] == name, outcome.answer == name)]
            for count in (right and answered, right + answered)
        ]
        for outcome in outcomes
    ]
    return {MACRO_F1: CorpusStats(counts, _macro_f1)}


def _macro_f1(counts: Sequence[float]) -> float:
    scores = [
        2 * hits / named for hits, named in zip(counts[::2], counts[1::2], strict=True) if named
    ]
    return sum(scores) / len(scores)
