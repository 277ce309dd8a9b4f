"""Languages, sets and activations made by hand, for the tests of this room."""

import torch

from bridgex.bridges import BridgeSettings, bridge_sets
from bridgex.bridges.sets import BridgeSets
from bridgex.neurons import NeuronSet, ProbeActivations

DEPTH, WIDTH, PROMPTS = 10, 30, 24
BAND = (4, 5, 6)
PAIR = ("id", "he")
CANDIDATES = ("en", "de")
RANGES = {"id": (0, 12), "he": (4, 16), "en": (6, 24), "de": (10, 20)}
"""First neuron of each language, and the one after its last, in every layer."""


def language_neurons() -> dict[str, NeuronSet]:
    """Return the neurons of the four languages."""
    sets = {}
    for code, (first, last) in RANGES.items():
        mask = torch.zeros(WIDTH, dtype=torch.bool)
        mask[first:last] = True
        sets[code] = NeuronSet((code,), (mask,) * DEPTH, "by hand")
    return sets


def sets_of(settings: BridgeSettings | None = None) -> BridgeSets:
    """Return anchor 4–11, English 12–23, German 12–19 and pool 24–29 unless settings differ."""
    return bridge_sets(language_neurons(), PAIR, CANDIDATES, settings or BridgeSettings())


def activations(sets: BridgeSets, seed: int = 0) -> ProbeActivations:
    """Return positive activations of what is needed, half of them common to all neurons."""
    generator = torch.Generator().manual_seed(seed)
    common = torch.rand(1, PROMPTS, generator=generator)
    values = tuple(
        0.5 + common + torch.rand(size, PROMPTS, generator=generator)
        for size in sets.needed.per_layer
    )
    return ProbeActivations(PAIR, sets.needed, values)


def rows(sets: BridgeSets, layer: int) -> torch.Tensor:
    """Return which neuron each row of the activations of a layer is."""
    return torch.arange(WIDTH)[sets.needed.mask[layer]]
