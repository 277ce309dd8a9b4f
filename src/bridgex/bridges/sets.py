"""The anchor of a pair, the bridge neurons of each candidate, and the pool of the null."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import torch

from bridgex.bridges.settings import BridgeSettings
from bridgex.neurons import NeuronSet

POOL_PER_LAYER = 512
"""Neurons per layer that random sets are drawn from; enough that two draws rarely share many."""


@dataclass(frozen=True, eq=False)
class BridgeSets:
    """The neurons that a ranking is computed from, within the band of layers.

    Attributes:
        pair: codes of source and target language.
        anchor: neurons of source and target both.
        bridges: per candidate, its bridge neurons.
        pool: neurons of none of these languages, for the null; a seeded sample per layer.
        band: the layers that can count.
    """

    pair: tuple[str, str]
    anchor: NeuronSet
    bridges: Mapping[str, NeuronSet]
    pool: NeuronSet
    band: tuple[int, ...]

    @property
    def needed(self) -> NeuronSet:
        """Every neuron whose activations a ranking needs."""
        return self.scored | self.pool

    @property
    def scored(self) -> NeuronSet:
        """The anchor and every candidate's bridge neurons."""
        return _union([self.anchor, *self.bridges.values()])


def bridge_sets(
    languages: Mapping[str, NeuronSet],
    pair: tuple[str, str],
    candidates: Iterable[str],
    settings: BridgeSettings,
) -> BridgeSets:
    """Form the anchor Tₛ ∩ Tₜ, each candidate's bridge set, and the pool of the null.

    Args:
        languages: language neurons of source, target and every candidate.
        pair: codes of source and target language.
        candidates: codes of the candidates.
        settings: which bridge sets, which layers, and the seed of the pool.
    """
    source, target = (languages[code] for code in pair)
    names = tuple(candidates)
    depth = len(source.mask)
    band = settings.layers(depth)
    anchor = source & target
    excluded_by_kind = {"specific": anchor, "exclusive": source | target, "all": None}
    excluded = excluded_by_kind[settings.bridge_set]
    bridges = {
        code: _within(languages[code] if excluded is None else languages[code] - excluded, band)
        for code in names
    }
    of_languages = _union([source, target, *(languages[code] for code in names)])
    pool = NeuronSet(
        (),
        tuple(_sample(~mask, settings.seed, at) for at, mask in enumerate(of_languages.mask)),
        f"{POOL_PER_LAYER} a layer outside every language's neurons",
    )
    return BridgeSets(pair, _within(anchor, band), bridges, _within(pool, band), band)


def _union(sets: Iterable[NeuronSet]) -> NeuronSet:
    return reduce(lambda first, second: first | second, sets)


def _within(neurons: NeuronSet, band: tuple[int, ...]) -> NeuronSet:
    mask = tuple(
        layer if at in band else torch.zeros_like(layer) for at, layer in enumerate(neurons.mask)
    )
    return NeuronSet(neurons.languages, mask, neurons.selection)


def _sample(mask: torch.Tensor, seed: int, layer: int) -> torch.Tensor:
    free = mask.nonzero().squeeze(1)
    generator = torch.Generator().manual_seed(seed * 1_000_003 + layer)
    drawn = free[torch.randperm(len(free), generator=generator)[:POOL_PER_LAYER]]
    sample = torch.zeros_like(mask)
    sample[drawn] = True
    return sample
