"""From what a chooser found of each candidate to a ranking: order, intervals, verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import NormalDist
from typing import Any

import torch
from torch import Tensor

from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.bridges.verdict import pair_label
from bridgex.choosers.base import ChooserInput
from bridgex.choosers.evidence import Estimate
from bridgex.dependence import Interval, interval
from bridgex.version import __version__

LEVEL = 0.9
"""Of the intervals, as of the bridge score's."""

FEWEST_ITEMS = 8
"""Fewer items say nothing about a difference."""

LayerValues = tuple[Sequence[int], Mapping[str, Sequence[tuple[float, ...] | None]]]
"""Layers, and candidate → item → its values in these layers; None where it has none."""


def by_value(
    chooser: str,
    inputs: ChooserInput,
    values: Mapping[str, float],
    *,
    why: str,
    neurons: Mapping[str, int] | None = None,
    items: Mapping[str, int] | None = None,
    notes: Sequence[str] = (),
    **provenance: Any,
) -> BridgeRanking:
    """Rank candidates by one number each, which has no interval.

    ``tie`` where several have the highest, else ``untested``: how sure the first place is cannot be
    said.

    Args:
        chooser: name of whose ranking it is.
        inputs: what it answers.
        values: candidate → score.
        why: what the number is, for the verdict: ``"shares most neurons with the pair"``.
        neurons: candidate → number of neurons behind its score.
        items: candidate → number of items behind its score.
        notes: what a reader should know.
        provenance: what it was computed from.
    """
    order = sorted(values, key=lambda code: -values[code])
    first = [code for code in order if values[code] == values[order[0]]]
    if len(first) > 1:
        verdict = Verdict(
            "tie", tuple(first), f"{', '.join(first)} share the first place: each {why}."
        )
    else:
        verdict = Verdict(
            "untested", (first[0],), f"{first[0]} {why}; that number has no interval."
        )
    scores = {
        code: Score(
            values[code],
            neurons=neurons[code] if neurons else None,
            items=items[code] if items else None,
        )
        for code in order
    }
    return _ranking(chooser, inputs, scores, {}, verdict, provenance, notes=notes)


def by_estimate(
    chooser: str,
    inputs: ChooserInput,
    estimates: Mapping[str, Estimate],
    *,
    items: int | None = None,
    notes: Sequence[str] = (),
    **provenance: Any,
) -> BridgeRanking:
    """Rank candidates by their expected gain over going directly.

    Intervals are normal, those of differences at a level corrected for their number, as if the
    estimates were independent. They share what the direct prompt scored, so that differences are
    surer than the intervals say.

    Args:
        chooser: name of whose ranking it is.
        inputs: what it answers.
        estimates: candidate → its gain.
        items: number of the pair's own items behind each estimate, if they are means over items.
        notes: what a reader should know.
        provenance: what it was computed from.
    """
    order = sorted(estimates, key=lambda code: -estimates[code].value)
    pairs = list(combinations(order, 2))
    level = 1 - (1 - LEVEL) / max(1, len(pairs))
    scores = {
        code: Score(estimates[code].value, _normal(estimates[code], LEVEL), items=items)
        for code in order
    }
    differences = {
        pair_label(a, b): _normal(
            Estimate(
                estimates[a].value - estimates[b].value,
                estimates[a].variance + estimates[b].variance,
            ),
            level,
        )
        for a, b in pairs
    }
    first = order[0]
    rivals = [code for code in order[1:] if differences[pair_label(first, code)].low <= 0]
    told = f" but cannot be told apart from {', '.join(rivals)}" if rivals else ""
    none = "" if estimates[first].value > 0 else " No bridge is expected to gain."
    verdict = Verdict(
        "tie" if rivals else "clear",
        (first, *rivals),
        f"{first} has the highest expected gain over direct{told}.{none}",
    )
    ranking = _ranking(chooser, inputs, scores, differences, verdict, provenance, notes=notes)
    return replace(ranking, difference_level=level if differences else None)


def _normal(estimate: Estimate, level: float) -> Interval:
    error = math.sqrt(estimate.variance)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Interval(estimate.value - reach, estimate.value + reach, error)


def by_items(
    chooser: str,
    inputs: ChooserInput,
    items: Mapping[str, Sequence[float | None]],
    *,
    what: str,
    per_layer: LayerValues | None = None,
    notes: Sequence[str] = (),
    **provenance: Any,
) -> BridgeRanking:
    """Rank candidates by a mean over items, the same items for all of them.

    A candidate with values on fewer than 8 items is left out of the order, so that it does not
    decide which items the others are compared on. Intervals of means and of their differences
    leave out one item at a time, the latter at a level corrected for their number, as those of
    the bridge score.

    Args:
        chooser: name of whose ranking it is.
        inputs: what it answers.
        items: candidate → its value on each item; None where it has none.
        what: what the items are: ``"development words"``.
        per_layer: the values in each layer, where an item's value is a mean over layers.
        notes: what a reader should know.
        provenance: what it was computed from.
    """
    counts = {code: sum(value is not None for value in row) for code, row in items.items()}
    enough = [code for code, count in counts.items() if count >= FEWEST_ITEMS]
    compared = enough or [code for code, count in counts.items() if count == max(counts.values())]
    rows = zip(*(items[code] for code in compared), strict=True)
    shared = [at for at, row in enumerate(rows) if None not in row]
    kept = {
        code: [value for at in shared if (value := items[code][at]) is not None]
        for code in compared
    }
    means = {code: sum(row) / len(row) for code, row in kept.items() if row}
    layers = per_layer[0] if per_layer else ()
    return by_leaving_out(
        chooser,
        inputs,
        {code: means.get(code) for code in items},
        {code: _without(row) for code, row in kept.items() if len(row) > 1},
        what=what,
        items={code: len(shared) if code in means else counts[code] for code in items},
        per_layer=(
            layers,
            {code: _layer_means(per_layer, code, shared) for code in means},
        ),
        notes=notes,
        **provenance,
    )


def by_leaving_out(
    chooser: str,
    inputs: ChooserInput,
    values: Mapping[str, float | None],
    without: Mapping[str, Tensor],
    *,
    what: str,
    items: Mapping[str, int],
    per_layer: tuple[Sequence[int], Mapping[str, Mapping[int, float]]] = ((), {}),
    notes: Sequence[str] = (),
    **provenance: Any,
) -> BridgeRanking:
    """Rank candidates by a number each that comes from the same items, with jackknife intervals.

    Args:
        chooser: name of whose ranking it is.
        inputs: what it answers.
        values: candidate → score; None where it has none.
        without: candidate → its score without each item, (items,) float64.
        what: what the items are: ``"sentences"``.
        items: candidate → number of items behind its score.
        per_layer: layers, and candidate → layer → score.
        notes: what a reader should know.
        provenance: what it was computed from.
    """
    means = {code: value for code, value in values.items() if value is not None}
    order = sorted(means, key=lambda code: -means[code])
    order += [code for code in values if code not in means]
    scores = {
        code: Score(
            value=means.get(code),
            interval=interval(means[code], without[code], LEVEL) if code in without else None,
            per_layer=per_layer[1].get(code, {}),
            items=items[code],
        )
        for code in order
    }
    pairs = list(combinations([code for code in order if code in without], 2))
    level = 1 - (1 - LEVEL) / max(1, len(pairs))
    differences = {
        pair_label(a, b): interval(means[a] - means[b], without[a] - without[b], level)
        for a, b in pairs
    }
    excluded = [code for code in order if code not in means]
    shared = min((items[code] for code in means), default=0)
    verdict = _verdict(order, shared, excluded, differences, what)
    ranking = _ranking(
        chooser, inputs, scores, differences, verdict, provenance, layers=per_layer[0], notes=notes
    )
    return replace(ranking, difference_level=level if differences else None)


def _without(values: Sequence[float]) -> Tensor:
    """Return the mean without each item, (items,) float64."""
    each = torch.tensor(values, dtype=torch.float64)
    return (each.sum() - each) / (len(each) - 1)


def _layer_means(
    per_layer: LayerValues | None, code: str, shared: Sequence[int]
) -> dict[int, float]:
    if per_layer is None:
        return {}
    layers, values = per_layer
    rows = [row for at in shared if (row := values[code][at]) is not None]
    return {layer: sum(row[at] for row in rows) / len(rows) for at, layer in enumerate(layers)}


def _verdict(
    order: Sequence[str],
    items: int,
    excluded: Sequence[str],
    differences: Mapping[str, Interval],
    what: str,
) -> Verdict:
    first = order[0]
    if items < FEWEST_ITEMS:
        return Verdict(
            "undetermined",
            tuple(order),
            f"There are {items} {what} that all candidates have and {FEWEST_ITEMS} are needed; "
            "give a larger dictionary or more development items.",
        )
    missing = f" ({', '.join(excluded)} had too few.)" if excluded else ""
    rivals = [
        code
        for code in order[1:]
        if code not in excluded and differences[pair_label(first, code)].low <= 0
    ]
    if rivals:
        reason = f"{first} is highest on {what} but cannot be told apart from {', '.join(rivals)}."
        return Verdict("tie", (first, *rivals), reason + missing)
    reason = f"{first} is above every other candidate on {what}."
    return Verdict("clear", (first,), reason + missing)


def _ranking(
    chooser: str,
    inputs: ChooserInput,
    scores: Mapping[str, Score],
    differences: Mapping[str, Interval],
    verdict: Verdict,
    provenance: Mapping[str, Any],
    *,
    layers: Sequence[int] = (),
    notes: Sequence[str] = (),
) -> BridgeRanking:
    source, target = inputs.pair
    identity = inputs.session.model.identity
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
        level=LEVEL,
        notes=tuple(notes),
        provenance={"chooser": chooser, **provenance, "bridgex": __version__},
        signature=" · ".join(
            [
                chooser,
                f"{source.code}-{target.code}",
                f"{identity} {identity.dtype}",
                f"bridgex {__version__}",
            ]
        ),
    )
