"""From what a chooser found of each candidate to a ranking: order, intervals, verdict."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from bridgex import __version__
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.bridges.verdict import pair_label
from bridgex.choosers.base import Chooser, ChooserInput, Cost, stated
from bridgex.dependence import Interval, interval

LEVEL = 0.9
"""Of the intervals, as of the bridge score's."""

FEWEST_ITEMS = 8
"""Fewer items say nothing about a difference."""


def by_value(
    chooser: Chooser,
    question: ChooserInput,
    values: Mapping[str, float],
    *,
    why: str,
    cost: Cost | None = None,
    sizes: Mapping[str, int] | None = None,
    **evidence: Any,
) -> BridgeRanking:
    """Rank candidates by one number each, which has no interval.

    ``tie`` where several have the highest, else ``clear``: how sure the first place is cannot be
    said, and the verdict says so.

    Args:
        chooser: whose ranking it is.
        question: what it answers.
        values: candidate → score.
        why: what the number is, for the verdict: ``"shares most neurons with the pair"``.
        cost: what it asked of the model.
        sizes: candidate → number of neurons behind its score.
        evidence: what it was computed from.
    """
    order = sorted(values, key=lambda code: -values[code])
    first = [code for code in order if values[code] == values[order[0]]]
    if len(first) > 1:
        verdict = Verdict(
            "tie", tuple(first), f"{', '.join(first)} share the first place: each {why}."
        )
    else:
        verdict = Verdict("clear", (first[0],), f"{first[0]} {why}; that number has no interval.")
    scores = {code: Score(values[code], sizes={0: sizes[code]} if sizes else {}) for code in order}
    return _ranking(chooser, question, scores, {}, verdict, cost or Cost(), evidence)


def by_items(
    chooser: Chooser,
    question: ChooserInput,
    items: Mapping[str, Sequence[float | None]],
    *,
    what: str,
    cost: Cost,
    layers: Sequence[int] = (),
    per_layer: Mapping[str, Mapping[int, float]] | None = None,
    notes: Sequence[str] = (),
    **evidence: Any,
) -> BridgeRanking:
    """Rank candidates by a mean over items, the same items for all of them.

    Intervals of means and of their differences leave out one item at a time, the latter at a level
    corrected for their number, as those of the bridge score.

    Args:
        chooser: whose ranking it is.
        question: what it answers.
        items: candidate → its value on each item; None where it has none.
        what: what the items are: ``"development words"``.
        cost: what it asked of the model.
        layers: the layers averaged over, if any.
        per_layer: candidate → layer → its mean there.
        notes: what a reader should know.
        evidence: what it was computed from.
    """
    means = {code: _mean(each) for code, each in items.items()}
    counted = {code: sum(value is not None for value in each) for code, each in items.items()}
    order = sorted(means, key=lambda code: -(means[code] or 0.0) if counted[code] else math.inf)
    without = {code: _without(each) for code, each in items.items() if counted[code] > 1}
    scores = {
        code: Score(
            value=(mean := means[code]),
            interval=interval(mean, without[code], LEVEL)
            if mean is not None and code in without
            else None,
            per_layer=per_layer[code] if per_layer and counted[code] else {},
        )
        for code in order
    }
    pairs = [pair for pair in combinations(order, 2) if all(code in without for code in pair)]
    level = 1 - (1 - LEVEL) / max(1, len(pairs))
    differences = {
        pair_label(a, b): interval(
            (means[a] or 0.0) - (means[b] or 0.0), without[a] - without[b], level
        )
        for a, b in pairs
    }
    return _ranking(
        chooser,
        question,
        scores,
        differences,
        _verdict(order, counted, differences, what),
        cost,
        {"items": counted, **evidence},
        layers,
        notes,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _without(values: Sequence[float | None]) -> Tensor:
    """Return the mean without each item, (items,) float64; unchanged by one that has no value."""
    known = torch.tensor([value is not None for value in values])
    filled = torch.tensor([value or 0.0 for value in values], dtype=torch.float64)
    total, count = filled.sum(), known.sum()
    return (total - filled) / (count - known.long())


def _verdict(
    order: Sequence[str],
    counted: Mapping[str, int],
    differences: Mapping[str, Interval],
    what: str,
) -> Verdict:
    first = order[0]
    if counted[first] < FEWEST_ITEMS:
        return Verdict(
            "undetermined",
            tuple(order),
            f"There are {counted[first]} {what} and {FEWEST_ITEMS} are needed; give a larger "
            "dictionary or more development items.",
        )
    missing = [code for code in order if counted[code] < FEWEST_ITEMS]
    said = f" ({', '.join(missing)} had too few.)" if missing else ""
    rivals = [
        code
        for code in order[1:]
        if code not in missing and differences[pair_label(first, code)].low <= 0
    ]
    if rivals:
        reason = f"{first} is highest on {what} but cannot be told apart from {', '.join(rivals)}."
        return Verdict("tie", (first, *rivals), reason + said)
    return Verdict("clear", (first,), f"{first} is above every other candidate on {what}.{said}")


def _ranking(
    chooser: Chooser,
    question: ChooserInput,
    scores: Mapping[str, Score],
    differences: Mapping[str, Interval],
    verdict: Verdict,
    cost: Cost,
    evidence: Mapping[str, Any],
    layers: Sequence[int] = (),
    notes: Sequence[str] = (),
) -> BridgeRanking:
    source, target = question.pair
    return BridgeRanking(
        pair=(source.code, target.code),
        scores=scores,
        layers=tuple(layers),
        skipped={},
        anchor={},
        anchor_removed=0,
        matched={},
        differences=differences,
        verdict=verdict,
        notes=tuple(notes),
        evidence=stated(chooser, cost, **evidence, bridgex=__version__),
        signature=" · ".join(
            [
                chooser.name,
                f"{source.code}-{target.code}",
                f"{question.stages.model.identity} {question.stages.model.identity.dtype}",
                f"bridgex {__version__}",
            ]
        ),
    )
