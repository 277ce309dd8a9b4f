"""What became of the items of a task, and what that amounts to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

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
]
"""Prompt longer than the context; no (or a repetitive) pivot translation; nothing
written, the same over and over, thinking that did not end, nothing to read an answer from, the
word of the source repeated, or an answer in a script that its language is not written in. An
item without an answer scores 0 and is counted like any other."""


@dataclass(frozen=True)
class Outcome:
    """What became of one item under one strategy.

    Attributes:
        item: its id.
        prompt: the whole prompt, solved examples included.
        pivot: the model's translation of the context into the bridge language; None without one.
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
