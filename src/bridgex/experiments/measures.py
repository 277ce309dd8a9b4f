"""How good a chooser's ranking was, and means over pairs with their intervals. Pure functions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import stdev

from scipy.stats import t

from bridgex.bridges import BridgeRanking, Verdict
from bridgex.dependence import Interval
from bridgex.languages import find

LEVEL = 0.95


@dataclass(frozen=True)
class Judgement:
    """How a chooser's ranking of a pair compares with what the evaluated items say.

    Attributes:
        first: the candidates with the highest score; none where the verdict gives no ground to go
            by it. Where they are several, their mean counts.
        regret: accuracy of the best candidate minus that of the first.
        over_direct: accuracy of the first minus that of going directly.
        over_english: the same over English; None where English is no candidate.
        tau: Kendall's τ-b between score and accuracy over the candidates with a score; None where
            either is the same for all.
        hit: share of the first that no candidate is better than.
        tie_right: of a tie: whether a best candidate is among its members.
        undetermined_right: of a verdict without a first place (``undetermined``, ``no_evidence``):
            whether the best and the worst candidate cannot be told apart on the evaluated items
            either.
        direct_right: where going directly was advised: whether no candidate is better.
        same_script: share of the first that are written in the script of source or target: neurons
            may overlap for the script's sake.
    """

    first: tuple[str, ...]
    regret: float | None
    over_direct: float | None
    over_english: float | None
    tau: float | None
    hit: float | None
    tie_right: bool | None
    undetermined_right: bool | None
    direct_right: bool | None
    same_script: float | None


@dataclass(frozen=True)
class Mean:
    """A mean over pairs.

    Attributes:
        value: None where no pair has one.
        interval: of 95 %, Student's t; None with fewer than two pairs.
        pairs: how many there are.
        gap: why there is no interval or no value; empty where there is one.
    """

    value: float | None
    interval: Interval | None
    pairs: int
    gap: str = ""


@dataclass(frozen=True)
class Share:
    """How often something was right."""

    right: int
    times: int


def judge(
    ranking: BridgeRanking,
    accuracy: Mapping[str, float],
    *,
    direct: float,
    differs_significantly: bool,
    direct_advised: bool,
    english: str = "en",
) -> Judgement:
    """Compare a ranking with the accuracy of its candidates.

    Args:
        ranking: a chooser's.
        accuracy: candidate → accuracy on the evaluated items (chrF++ for translation).
        direct: accuracy of going directly.
        differs_significantly: whether the best and the worst candidate differ there.
        direct_advised: whether going directly was advised.
        english: code of English.
    """
    best = max(accuracy.values())
    first = ranking.first_places
    chosen = sum(accuracy[code] for code in first) / len(first) if first else None
    known = [code for code, score in ranking.scores.items() if score.value is not None]
    scripts = {find(code).script for code in ranking.pair}
    return Judgement(
        first=first,
        regret=None if chosen is None else best - chosen,
        over_direct=None if chosen is None else chosen - direct,
        over_english=None
        if chosen is None or english not in accuracy
        else chosen - accuracy[english],
        tau=kendall(
            [ranking.scores[code].value or 0.0 for code in known],
            [accuracy[code] for code in known],
        ),
        hit=sum(accuracy[code] == best for code in first) / len(first) if first else None,
        tie_right=_tie_right(ranking.verdict, accuracy),
        undetermined_right=not differs_significantly if ranking.best is None else None,
        direct_right=direct >= best if direct_advised else None,
        same_script=sum(find(code).script in scripts for code in first) / len(first)
        if first
        else None,
    )


def _tie_right(verdict: Verdict, accuracy: Mapping[str, float]) -> bool | None:
    if verdict.kind != "tie":
        return None
    best = max(accuracy.values())
    return any(accuracy[code] == best for code in verdict.members)


def kendall(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Kendall's τ-b (Kendall 1945), or None where one side is all the same.

    (concordant - discordant) / √((pairs not tied on the first) · (pairs not tied on the second)).
    """
    pairs = list(combinations(zip(first, second, strict=True), 2))
    signs = [(_sign(a[0] - b[0]), _sign(a[1] - b[1])) for a, b in pairs]
    untied = sum(abs(x) for x, _ in signs), sum(abs(y) for _, y in signs)
    if not all(untied):
        return None
    return sum(x * y for x, y in signs) / math.sqrt(untied[0] * untied[1])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def over_pairs(values: Mapping[tuple[str, str], float | None]) -> Mean:
    """Return the mean over pairs with Student's t interval (Student 1908).

    mean ± t · s / √n with n - 1 degrees of freedom: pairs are few, and the normal quantile covers
    the true mean in 70 % of samples of two pairs instead of 95 %.
    """
    known = [value for value in values.values() if value is not None]
    if not known:
        return Mean(None, None, 0, "no pair has a value")
    mean = sum(known) / len(known)
    if len(known) == 1:
        return Mean(mean, None, 1, "one pair has no interval; validate more pairs")
    error = stdev(known) / math.sqrt(len(known))
    reach = float(t.ppf((1 + LEVEL) / 2, len(known) - 1)) * error
    return Mean(mean, Interval(mean - reach, mean + reach, error), len(known))


def share(values: Sequence[bool | None]) -> Share:
    """Count how often something was right among the times it was said."""
    said = [value for value in values if value is not None]
    return Share(sum(said), len(said))
