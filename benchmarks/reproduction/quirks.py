"""What the authors' released script would say of the same candidates, quirk by quirk.

For comparison only, so that a difference from their table can be told from its cause; the numbers
enter no verdict. The script's quirks are those of `benchmarks.reproduction.formula`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from benchmarks.reproduction.formula import (
    published_score,
    published_standardise,
    renumbered_layers,
)
from bridgex.bridges.defined import require_defined
from bridgex.bridges.sets import BridgeSets
from bridgex.dependence import (
    PAPER,
    defined_neurons,
    median_bandwidth,
    prepare,
)
from bridgex.errors import RequestError
from bridgex.neurons import NeuronSet, ProbeActivations


@dataclass(frozen=True)
class PublishedScore:
    """One candidate's mean over the band, from the definition to the script's number.

    Attributes:
        hsic_biased: best match of biased HSIC as the paper describes it, times (n - 1)², for the
            script divides by nothing.
        one_sided: the same centred on one side only.
        published: the same with the script's bandwidth; layers keep their numbers.
        renumbered: the same with later layers moved up where one is missing, and 0.0 at the end:
            the number the script prints.
        per_layer: layer of the model → the first three; a layer missing from either set is absent.
    """

    hsic_biased: float | None
    one_sided: float | None
    published: float | None
    renumbered: float
    per_layer: Mapping[int, tuple[float, float, float]]


def published(
    sets: BridgeSets, activations: ProbeActivations, band: Iterable[int], full_activation: float
) -> dict[str, PublishedScore]:
    """Score every candidate as the script does.

    Args:
        sets: anchor and bridge sets of all layers of the model, for the script moves layers up.
        activations: of these neurons.
        band: the layers averaged over.
        full_activation: a neuron stays if it is positive on at least this share of the prompts.

    Raises:
        RequestError: the sets leave layers out.
        DependenceUndefinedError: too few prompts, or activations that are NaN or infinite.
    """
    layers = range(len(sets.anchor.mask))
    if tuple(layers) != sets.band:
        raise RequestError("The script's number needs sets of all layers of the model.")
    require_defined(activations, layers, PAPER, deleted=0)
    averaged = tuple(band)
    scores = {}
    for code, bridge in sets.bridges.items():
        found: dict[int, tuple[float, float, float]] = {}
        for layer in layers:
            sides = [
                _active(activations, each, layer, full_activation) for each in (sets.anchor, bridge)
            ]
            if all(map(len, sides)):
                found[layer] = _layer(*sides)
        used = [found[at] for at in averaged if at in found]
        described, one_sided, script = (
            [fmean(step) for step in zip(*used, strict=True)] if used else (None, None, None)
        )
        moved = renumbered_layers([found[at][2] if at in found else None for at in layers])
        renumbered = fmean(moved[at] for at in averaged)
        scores[code] = PublishedScore(described, one_sided, script, renumbered, found)
    return scores


def _active(
    activations: ProbeActivations, neurons: NeuronSet, layer: int, full_activation: float
) -> Tensor:
    rows = activations.of(neurons, layer)
    if not len(rows):
        return rows
    return rows[((rows > 0).double().mean(1) >= full_activation) & defined_neurons(rows, PAPER)]


def _layer(anchor: Tensor, bridge: Tensor) -> tuple[float, float, float]:
    n = anchor.shape[1]
    whole = torch.arange(len(bridge))[None]
    described = float(prepare(anchor, bridge, PAPER).value(whole)) * (n - 1) ** 2
    medians = tuple(median_bandwidth(published_standardise(side)) for side in (anchor, bridge))
    one_sided = published_score(anchor, bridge, (medians[0], medians[1]))
    return described, one_sided, published_score(anchor, bridge)
