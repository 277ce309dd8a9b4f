"""Pairwise comparison of languages: in a whole model, or in some of its layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from bridgex.neurons.overlap import LEAST_SHARED, correlation
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats

Matrix = tuple[tuple[float | None, ...], ...]
"""(languages, languages), symmetric; None where there is no value."""


@dataclass(frozen=True)
class Matrices:
    """Languages against languages.

    A language without neurons has no value against any other, nor against itself.

    Attributes:
        languages: codes, in the order of rows and columns.
        sizes: number of neurons of each language.
        universal: number of neurons of every language.
        shared: number of neurons of both; on the diagonal, of the language.
        chance: what `shared` would be if each set were drawn at random within each layer (mean of
            the hypergeometric distribution, summed over layers); nothing on the diagonal.
        jaccard: shared / number of neurons of either.
        jaccard_chance: the Jaccard index of two sets of these sizes that share `chance` neurons.
        similarity: correlation of the two languages' activation probabilities over the neurons
            they share, each neuron's mean over all languages subtracted; nothing where they share
            fewer than 3 or these do not vary.
    """

    languages: tuple[str, ...]
    sizes: tuple[int, ...]
    universal: int
    shared: Matrix
    chance: Matrix
    jaccard: Matrix
    jaccard_chance: Matrix
    similarity: Matrix


def matrices(
    stats: Mapping[str, ActivationStats],
    neurons: Mapping[str, NeuronSet],
    layers: Sequence[int] | None = None,
) -> Matrices:
    """Compare languages pairwise.

    Args:
        stats: statistics of every language, on one model.
        neurons: the language neurons of each.
        layers: the layers compared; all of them by default.

    Returns:
        Matrices of shape (languages, languages), in the order of ``neurons``.
    """
    codes = tuple(neurons)
    depth = range(len(neurons[codes[0]].mask))
    used_layers = depth if layers is None else layers
    by_layer = [torch.stack([neurons[code].mask[layer] for code in codes]) for layer in used_layers]
    mask = torch.cat(by_layer, dim=1)
    sizes = mask.sum(1)
    shared = (mask.double() @ mask.double().T).round()
    layer_sizes = torch.stack([layer.sum(1) for layer in by_layer]).double()
    widths = torch.tensor([layer.shape[1] for layer in by_layer], dtype=torch.float64)
    chance = (layer_sizes / widths[:, None]).T @ layer_sizes
    total = sizes[:, None] + sizes[None, :]
    diagonal = torch.eye(len(codes), dtype=torch.bool)
    empty = (sizes == 0)[:, None] | (sizes == 0)[None, :]
    return Matrices(
        codes,
        tuple(sizes.tolist()),
        int(mask.all(0).sum()),
        _plain(shared, empty),
        _plain(chance, empty | diagonal),
        _plain(shared / (total - shared), empty),
        _plain(chance / (total - chance), empty | diagonal),
        _similarity([stats[code] for code in codes], mask, used_layers),
    )


def _similarity(
    stats: Sequence[ActivationStats], mask: torch.Tensor, layers: Sequence[int]
) -> Matrix:
    used = mask.any(0)
    counts = [torch.cat([counted.positive[layer] for layer in layers])[used] for counted in stats]
    tokens = torch.tensor([counted.tokens for counted in stats])
    probability = torch.stack(counts).double() / tokens[:, None]
    deviation = probability - probability.mean(0)
    mask = mask[:, used]
    values: list[list[float | None]] = [[None] * len(mask) for _ in mask]
    for i in range(len(mask)):
        for j in range(i + 1):
            chosen = mask[i] & mask[j]
            enough = int(chosen.sum()) >= LEAST_SHARED
            value = correlation(deviation[i, chosen], deviation[j, chosen]) if enough else None
            values[i][j] = values[j][i] = value
    return tuple(map(tuple, values))


def _plain(values: torch.Tensor, gaps: torch.Tensor) -> Matrix:
    return tuple(
        tuple(None if gap else value for value, gap in zip(row, holes, strict=True))
        for row, holes in zip(values.tolist(), gaps.tolist(), strict=True)
    )
