"""The bridge score: dependence of each candidate's neurons on the anchor, layer by layer.

Everything here works on stored activations; the model is not run again.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean

import torch
from torch import Tensor

from bridgex.bridges.defined import require_defined
from bridgex.bridges.ranking import BridgeRanking, Null, Score
from bridgex.bridges.sets import POOL_PER_LAYER, BridgeSets
from bridgex.bridges.settings import BridgeSettings
from bridgex.bridges.sizes import unequal_sizes
from bridgex.bridges.verdict import FEWEST_NEURONS, Usable, pair_label, verdict
from bridgex.dependence import (
    Interval,
    defined_neurons,
    holm,
    interval,
    p_value,
    prepare,
    random_subsets,
)
from bridgex.errors import DependenceUndefinedError
from bridgex.neurons import NeuronSet, ProbeActivations


@dataclass(frozen=True, eq=False)
class _Layer:
    """The activations of one layer after full activation, (neurons, prompts) each."""

    anchor: Tensor
    bridges: Mapping[str, Tensor]
    pool: Tensor
    removed: Mapping[str, int]
    anchor_removed: int

    def too_few(self) -> str | None:
        """Say which sets have fewer than two neurons here, if any."""
        sizes = {"the anchor": len(self.anchor)} | {k: len(x) for k, x in self.bridges.items()}
        few = [f"{name} {size}" for name, size in sizes.items() if size < FEWEST_NEURONS]
        return f"fewer than {FEWEST_NEURONS} neurons: {', '.join(few)}" if few else None


@dataclass(frozen=True, eq=False)
class _Scored:
    """The scores of one layer.

    Attributes:
        value: candidate → score.
        without: candidate → score without each prompt, (prompts,).
        null: candidate → scores of random sets of its size, (draws,).
        matched: size that every candidate was drawn down to; None if sizes are not matched.
    """

    value: Mapping[str, float]
    without: Mapping[str, Tensor]
    null: Mapping[str, Tensor]
    matched: int | None


def score(
    sets: BridgeSets,
    activations: ProbeActivations,
    settings: BridgeSettings,
    progress: Callable[[int], None] | None = None,
) -> BridgeRanking:
    """Rank the candidates of a pair.

    A candidate's score is the mean over the layers used of the dependence between the anchor and
    its bridge neurons (Xu et al. 2025, section 3), with sets drawn down to one size unless the
    settings turn that off.

    Args:
        sets: anchor, bridge sets and pool of the null.
        activations: of at least ``sets.needed``, on the probe's prompts.
        settings: how to score.
        progress: called with 1 after each layer.

    Raises:
        DependenceUndefinedError: too few prompts, or activations that are NaN or infinite.
    """
    require_defined(activations, sets.band, settings.estimator, deleted=1)
    layers = {at: _layer(sets, activations, at, settings) for at in sets.band}
    too_few = {at: why for at, layer in layers.items() if (why := layer.too_few())}
    undefined: dict[int, str] = {}
    scored: dict[int, _Scored] = {}
    for at, layer in layers.items():
        if at not in too_few:
            try:
                scored[at] = _score_layer(layer, at, settings)
            except DependenceUndefinedError as problem:
                undefined[at] = str(problem)
        if progress:
            progress(1)
    unordered = {code: _mean_score(code, layers, scored, settings) for code in sets.bridges}
    order = sorted(unordered, key=lambda code: -(unordered[code].value or 0.0))
    scores = _corrected({code: unordered[code] for code in order})
    pairs = list(combinations(order, 2))
    level = 1 - (1 - settings.level) / max(1, len(pairs))
    differences = _differences(pairs, scored, level)
    return BridgeRanking(
        pair=sets.pair,
        scores=scores,
        layers=tuple(scored),
        skipped=dict(sorted((too_few | undefined).items())),
        anchor={at: len(layer.anchor) for at, layer in layers.items()},
        anchor_removed=sum(layer.anchor_removed for layer in layers.values()),
        matched={at: layer.matched for at, layer in scored.items() if layer.matched is not None},
        differences=differences,
        difference_level=level if differences else None,
        level=settings.level,
        verdict=verdict(order, scores, differences, Usable(len(scored), too_few, undefined)),
        notes=(
            *(_null_gaps(scores, scored) if settings.null_draws else ()),
            *unequal_sizes({code: score.sizes for code, score in scores.items()}, scored, settings),
        ),
    )


def _layer(
    sets: BridgeSets, activations: ProbeActivations, at: int, settings: BridgeSettings
) -> _Layer:
    estimator = settings.estimator

    def active(neurons: NeuronSet, share: float) -> tuple[Tensor, int]:
        rows = activations.of(neurons, at)
        keep = (rows > 0).double().mean(1) >= share
        if len(rows):
            keep &= defined_neurons(rows, estimator)
        return rows[keep], int((~keep).sum())

    anchor, anchor_removed = active(sets.anchor, settings.full_activation)
    bridges = {
        code: active(neurons, settings.full_activation) for code, neurons in sets.bridges.items()
    }
    pool, _ = active(sets.pool, 0.0)
    return _Layer(
        anchor,
        {code: rows for code, (rows, _) in bridges.items()},
        pool,
        {code: removed for code, (_, removed) in bridges.items()},
        anchor_removed,
    )


def _score_layer(layer: _Layer, at: int, settings: BridgeSettings) -> _Scored:
    sizes = {code: len(rows) for code, rows in layer.bridges.items()}
    matched = min(sizes.values()) if settings.size_matched else None
    dependence = prepare(
        layer.anchor, torch.cat([*layer.bridges.values(), layer.pool]), settings.estimator
    )
    value: dict[str, float] = {}
    without: dict[str, Tensor] = {}
    first = 0
    for code, size in sizes.items():
        wanted = matched or size
        if wanted < size:
            seed = draw_seed(settings.seed, "match", at, code)
            drawn = random_subsets(size, wanted, settings.matching_draws, seed)
        else:
            drawn = torch.arange(size)[None]
        subsets = first + drawn
        value[code] = float(dependence.value(subsets).mean())
        without[code] = dependence.leave_one_out(subsets).mean(0)
        first += size
    null: dict[int, Tensor] = {}
    if settings.null_draws:
        for wanted in {matched or size for size in sizes.values()}:
            if wanted <= len(layer.pool):
                seed = draw_seed(settings.seed, "null", at, str(wanted))
                draw = random_subsets(len(layer.pool), wanted, settings.null_draws, seed)
                null[wanted] = dependence.value(first + draw)
    by_candidate = {
        code: null[matched or size] for code, size in sizes.items() if (matched or size) in null
    }
    return _Scored(value, without, by_candidate, matched)


def _mean_score(
    code: str,
    layers: Mapping[int, _Layer],
    scored: Mapping[int, _Scored],
    settings: BridgeSettings,
) -> Score:
    sizes = {at: len(layer.bridges[code]) for at, layer in layers.items()}
    removed = sum(layer.removed[code] for layer in layers.values())
    if not scored:
        return Score(None, sizes=sizes, removed=removed)
    per_layer = {at: layer.value[code] for at, layer in scored.items()}
    value = fmean(per_layer.values())
    without = _mean(layer.without[code] for layer in scored.values())
    null = None
    if all(code in layer.null for layer in scored.values()):
        draws = _mean(layer.null[code] for layer in scored.values())
        p = p_value(value, draws)
        reached = bool((draws >= value).any())
        null = Null(float(draws.mean()), float(draws.quantile(0.95)), p, p, not reached)
    bounds = interval(value, without, settings.level)
    return Score(value, bounds, null, per_layer, sizes, removed)


def _corrected(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Correct the p-values for the number of candidates."""
    nulls = {code: score.null for code, score in scores.items() if score.null}
    if not nulls:
        return dict(scores)
    corrected = holm(torch.tensor([null.p_value for null in nulls.values()], dtype=torch.float64))
    result = dict(scores)
    for (code, null), p in zip(nulls.items(), corrected.tolist(), strict=True):
        result[code] = replace(scores[code], null=replace(null, p_corrected=p))
    return result


def _null_gaps(scores: Mapping[str, Score], scored: Mapping[int, _Scored]) -> tuple[str, ...]:
    """Say for which candidates, and because of which layers, there is no null."""
    missing: dict[tuple[int, ...], list[str]] = {}
    for code in scores:
        if small := tuple(at for at, layer in scored.items() if code not in layer.null):
            missing.setdefault(small, []).append(code)
    return tuple(
        f"No null for {', '.join(codes)}: in layer{'s' * (len(small) > 1)} "
        f"{', '.join(map(str, small))} the pool of random neurons (outside every language's set, "
        f"at most {POOL_PER_LAYER}) is smaller than what is scored; a lower selection rate helps."
        for small, codes in missing.items()
    )


def _differences(
    pairs: Iterable[tuple[str, str]], scored: Mapping[int, _Scored], level: float
) -> dict[str, Interval]:
    """Intervals of all differences, at a level corrected for their number (Bonferroni)."""
    differences = {}
    for first, second in pairs if scored else ():
        value = fmean(layer.value[first] - layer.value[second] for layer in scored.values())
        without = _mean(layer.without[first] - layer.without[second] for layer in scored.values())
        differences[pair_label(first, second)] = interval(value, without, level)
    return differences


def _mean(tensors: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(tensors)).mean(0)


def draw_seed(seed: int, use: str, layer: int, name: str) -> int:
    """Return the seed of one use of random draws, independent of every other use."""
    label = f"{seed}:{use}:{layer}:{name}".encode()
    return int.from_bytes(hashlib.sha256(label).digest()[:7], "big")
