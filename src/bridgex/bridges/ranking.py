"""The result: candidates best first, how certain that is, and what it was computed from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from bridgex.dependence import Interval
from bridgex.result import Result

GROUNDLESS = frozenset({"no_evidence", "undetermined"})
"""Kinds of verdict under which a ranking has no best candidate."""


@dataclass(frozen=True)
class Null:
    """What random sets of neurons of the same layers and sizes score.

    Attributes:
        mean: mean over the draws.
        high: their 95th percentile.
        p_value: (1 + draws that reach the score) / (draws + 1).
        p_corrected: the same, corrected for the number of candidates (Holm).
        at_floor: whether no draw reaches the score, so that both are bounds: p is at most that.
    """

    mean: float
    high: float
    p_value: float
    p_corrected: float
    at_floor: bool


@dataclass(frozen=True)
class Score:
    """One candidate's score.

    Attributes:
        value: mean over the layers used, or over items; None where nothing could be computed.
        interval: jackknife interval, or None.
        null: the random-neuron null, or None; where one was asked for, a note gives the reason.
        per_layer: layer → score.
        sizes: layer → number of the candidate's neurons after full activation.
        removed: neurons that full activation took from its set in the band.
        neurons: number of neurons behind a score that is not computed layer by layer, or None.
        items: number of items behind a score that is a mean over items, or None.
    """

    value: float | None
    interval: Interval | None = None
    null: Null | None = None
    per_layer: Mapping[int, float] = field(default_factory=dict)
    sizes: Mapping[int, int] = field(default_factory=dict)
    removed: int = 0
    neurons: int | None = None
    items: int | None = None

    @property
    def size(self) -> int:
        """Number of the neurons behind it: in the band, or of the whole set."""
        return sum(self.sizes.values()) if self.neurons is None else self.neurons


@dataclass(frozen=True)
class Verdict:
    """How certain the first place of a ranking is.

    Attributes:
        kind: ``clear``: above every other candidate and above random neurons, on enough words that
            the model understands. ``tie``: the same, but not above every other. ``no_evidence``:
            not above random neurons. ``undetermined``: too few layers or words, or no null.
            ``untested``: of a chooser with one number per candidate, which nothing is tested on.
        members: the first place, or all candidates it cannot be told apart from.
        reason: one sentence.
        beats_null: whether the first place scores above random neurons; None without a null.
    """

    kind: Literal["clear", "tie", "no_evidence", "undetermined", "untested"]
    members: tuple[str, ...]
    reason: str
    beats_null: bool | None = None


@dataclass(frozen=True)
class ProbeWords:
    """The words that the activations of a ranking were taken on.

    Attributes:
        asked: number of words that the model was asked to translate.
        understood: number that it translated right by itself.
        needed: how many of those a verdict needs.
        basis: ``understood`` words, or ``all`` of them where those were too few.
    """

    asked: int
    understood: int
    needed: int
    basis: Literal["understood", "all"]


@dataclass(frozen=True, repr=False)
class BridgeRanking(Result):
    """Candidate bridges of a pair, best first.

    Attributes:
        pair: codes of source and target language.
        scores: candidate → score, best first.
        layers: the layers averaged over.
        skipped: layer of the band → why it does not count.
        anchor: layer → number of anchor neurons after full activation.
        anchor_removed: neurons that full activation took from the anchor.
        matched: layer → size every candidate was drawn down to; empty if sizes are not matched.
        differences: ``a-b`` → interval of the difference of two candidates' scores.
        verdict: how certain the first place is.
        level: confidence level of the scores' intervals.
        difference_level: that of the differences' intervals, corrected for their number; None where
            there are none.
        words: the probe's words; None where no words were probed.
        notes: what a reader should know about the input.
        provenance: what it was computed from: settings, texts, model, words and answers.
        signature: the same in one line.
    """

    kind: ClassVar[str] = "ranking"
    schema: ClassVar[int] = 4

    pair: tuple[str, str]
    scores: Mapping[str, Score]
    layers: tuple[int, ...]
    skipped: Mapping[int, str]
    anchor: Mapping[int, int]
    anchor_removed: int
    matched: Mapping[int, int]
    differences: Mapping[str, Interval]
    verdict: Verdict
    level: float
    difference_level: float | None = None
    words: ProbeWords | None = None
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    @property
    def best(self) -> str | None:
        """The candidate in first place, or None where the verdict gives no ground to go by it."""
        return None if self.verdict.kind in GROUNDLESS else next(iter(self.scores))

    @property
    def first_places(self) -> tuple[str, ...]:
        """The candidates that share the highest score; none where `best` is None.

        A score that several share does not put the one first that was named first.
        """
        if self.best is None:
            return ()
        highest = self.scores[self.best].value
        return tuple(code for code, score in self.scores.items() if score.value == highest)

    @property
    def verdict_text(self) -> str:
        """The verdict in words, and what follows where it gives no ground to go by a candidate."""
        advice = " No bridge is advised; go directly." if self.best is None else ""
        return f"{self.verdict.kind}. {self.verdict.reason}{advice}"

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per candidate, best first."""
        return [
            {
                "source": self.pair[0],
                "target": self.pair[1],
                "candidate": code,
                "score": score.value,
                "low": score.interval and score.interval.low,
                "high": score.interval and score.interval.high,
                "p_null": score.null and score.null.p_corrected,
                "p_null_at_floor": score.null and score.null.at_floor,
                "neurons": score.size,
            }
            for code, score in self.scores.items()
        ]

    def summary(self) -> str:
        """Return pair, verdict and scores in a few lines."""
        scores = ", ".join(
            f"{code} —" if score.value is None else f"{code} {score.value:.4g}"
            for code, score in self.scores.items()
        )
        return f"{'-'.join(self.pair)}, {self.verdict_text}\n {scores}\n {self.signature}"
