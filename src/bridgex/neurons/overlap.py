"""How much the neurons of two languages overlap, and how much of that chance would give."""

from dataclasses import dataclass

import torch

from bridgex.errors import RequestError
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats

LEAST_SHARED = 3
"""Neurons that a similarity needs: a correlation over two is ±1 whatever they are."""

STILL = 1e-12
"""Values whose standard deviation is below this do not vary; the difference is rounding."""


@dataclass(frozen=True)
class Overlap:
    """The intersection of two neuron sets.

    Attributes:
        shared: number of neurons in both.
        jaccard: shared / number in either.
        chance: expected number shared if each set were drawn at random within each layer
            (mean of the hypergeometric distribution, summed over layers).
    """

    shared: int
    jaccard: float
    chance: float


def overlap(first: NeuronSet, second: NeuronSet) -> Overlap:
    """Intersect two neuron sets of one model.

    Raises:
        RequestError: both sets are empty.
    """
    shared, either = len(first & second), len(first | second)
    if not either:
        raise RequestError("Two empty neuron sets have no overlap; select at a higher rate.")
    chance = sum(
        mine * theirs / len(layer)
        for mine, theirs, layer in zip(first.per_layer, second.per_layer, first.mask, strict=True)
    )
    return Overlap(shared, shared / either, chance)


def similarity(
    stats: dict[str, ActivationStats], first: str, second: str, shared: NeuronSet
) -> float:
    """Correlate two languages' activation probabilities over the neurons they share.

    Each neuron's mean over all languages is subtracted first: without that, neurons that are
    nearly always on make every pair alike (a plain cosine is 1.000 for all of them).

    Args:
        stats: statistics of every language, on one model.
        first: code of one language.
        second: code of the other.
        shared: the neurons to correlate over.

    Returns:
        Pearson's r, in [-1, 1].

    Raises:
        RequestError: fewer than three shared neurons, or no variation among them.
    """
    mask = torch.cat(shared.mask)
    rows = {code: torch.cat(counted.probability())[mask] for code, counted in stats.items()}
    if int(mask.sum()) < LEAST_SHARED:
        raise RequestError("A similarity needs at least 3 shared neurons; select at a higher rate.")
    mean = torch.stack(list(rows.values())).mean(0)
    value = correlation(rows[first] - mean, rows[second] - mean)
    if value is None:
        raise RequestError("The shared neurons do not vary, so they have no similarity; add text.")
    return value


def correlation(first: torch.Tensor, second: torch.Tensor) -> float | None:
    """Return the Pearson correlation of two vectors, or None where one of them does not vary."""
    pair = torch.stack([first, second])
    if bool((pair.std(1, correction=0) < STILL).any()):
        return None
    return float(torch.corrcoef(pair)[0, 1])
