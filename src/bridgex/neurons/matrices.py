"""Pairwise comparison of languages: in a whole model, or in some of its layers."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Annotated, TypeVar

import torch
from pydantic import Field

from bridgex.neurons.overlap import LEAST_SHARED, STILL
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats

Value = TypeVar("Value")
Matrix = tuple[tuple[float | None, ...], ...]
"""(languages, languages), symmetric; None where there is no value."""
Triangle = tuple[tuple[Value, ...], ...]
"""The same without what stands above the diagonal: row ``i`` has ``i + 1`` values."""

Count = Annotated[int, Field(ge=0, lt=2**53)]
"""Of neurons; the bound is that of whole numbers a float holds."""

DECIMALS = 6
"""Of a similarity: a hundredth of one is noise, and the digits beyond are most of a file."""


@dataclass(frozen=True)
class Matrices:
    """Languages against languages.

    A language without neurons has no value against any other, nor against itself. What follows
    from the numbers of neurons is computed when it is first asked for.

    Attributes:
        languages: codes, in the order of rows and columns.
        widths: number of neurons of each layer that is compared.
        layer_sizes: (layers, languages) number of neurons of each language there.
        universal: number of neurons of every language.
        shared_below: number of neurons of both; on the diagonal, of the language.
        similarity_below: correlation of the two languages' activation probabilities over the
            neurons they share, each neuron's mean over all languages subtracted, to six decimals;
            nothing where they share fewer than 3 or these do not vary.
    """

    languages: tuple[str, ...]
    widths: tuple[Annotated[Count, Field(ge=1)], ...]
    layer_sizes: tuple[tuple[Count, ...], ...]
    universal: Count
    shared_below: Triangle[Count]
    similarity_below: Triangle[float | None]

    def __post_init__(self) -> None:
        """Refuse what is no comparison of these languages.

        Raises:
            ValueError: rows are missing, or too long or too short.
        """
        count = len(self.languages)
        for rows in (self.shared_below, self.similarity_below):
            if [len(row) for row in rows] != list(range(1, count + 1)):
                raise ValueError(f"its rows are no triangle of {count} languages")
        if [len(row) for row in self.layer_sizes] != [count] * len(self.widths):
            raise ValueError("its layer_sizes are not of its layers and languages")

    @functools.cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of neurons of each language."""
        return tuple(map(sum, zip(*self.layer_sizes, strict=True)))

    @functools.cached_property
    def shared(self) -> Matrix:
        """Number of neurons of both; on the diagonal, of the language."""
        return _plain(_square(self.shared_below, torch.int64), self._empty)

    @functools.cached_property
    def chance(self) -> Matrix:
        """What `shared` would be if each set were drawn at random within each layer.

        It is the mean of the hypergeometric distribution, summed over layers; nothing on the
        diagonal.
        """
        return _plain(self._chance, self._empty | self._diagonal)

    @functools.cached_property
    def jaccard(self) -> Matrix:
        """`shared` / number of neurons of either."""
        return _plain(self.jaccard_values, self._empty)

    @functools.cached_property
    def jaccard_chance(self) -> Matrix:
        """The Jaccard index of two sets of these sizes that share `chance` neurons."""
        values = self._chance / (self._total - self._chance)
        return _plain(values, self._empty | self._diagonal)

    @functools.cached_property
    def similarity(self) -> Matrix:
        """`similarity_below` as a square."""
        rows = self.similarity_below
        square = _square([[nan if value is None else value for value in row] for row in rows])
        return _plain(square, square.isnan())

    @property
    def jaccard_values(self) -> torch.Tensor:
        """`jaccard`, (languages, languages) float64; no value means anything for no neurons."""
        shared = _square(self.shared_below)
        return shared / (self._total - shared)

    @property
    def _chance(self) -> torch.Tensor:
        sizes = torch.tensor(self.layer_sizes, dtype=torch.float64)
        widths = torch.tensor(self.widths, dtype=torch.float64)
        return (sizes / widths[:, None]).T @ sizes

    @property
    def _total(self) -> torch.Tensor:
        sizes = torch.tensor(self.sizes)
        return sizes[:, None] + sizes[None, :]

    @property
    def _empty(self) -> torch.Tensor:
        none = torch.tensor(self.sizes) == 0
        return none[:, None] | none[None, :]

    @property
    def _diagonal(self) -> torch.Tensor:
        return torch.eye(len(self.languages), dtype=torch.bool)


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
    shared = (mask.double() @ mask.double().T).round().long().tolist()
    return Matrices(
        codes,
        tuple(layer.shape[1] for layer in by_layer),
        tuple(tuple(layer.sum(1).tolist()) for layer in by_layer),
        int(mask.all(0).sum()),
        tuple(tuple(row[: at + 1]) for at, row in enumerate(shared)),
        _similarity([stats[code] for code in codes], mask, used_layers),
    )


def _similarity(
    stats: Sequence[ActivationStats], mask: torch.Tensor, layers: Sequence[int]
) -> Triangle[float | None]:
    used = mask.any(0)
    counts = [torch.cat([counted.positive[layer] for layer in layers])[used] for counted in stats]
    tokens = torch.tensor([counted.tokens for counted in stats])
    probability = torch.stack(counts).double() / tokens[:, None]
    deviation = probability - probability.mean(0)
    mask = mask[:, used]
    return tuple(
        _correlations(deviation[: at + 1, own], mask[: at + 1, own]) for at, own in enumerate(mask)
    )


def _correlations(values: torch.Tensor, mask: torch.Tensor) -> tuple[float | None, ...]:
    """Correlate the last row with every row, over the columns where that row's mask is set."""
    count = mask.sum(1)
    shared = mask.double()

    def centred(rows: torch.Tensor) -> torch.Tensor:
        mean = (rows * shared).sum(1) / count
        return (rows - mean[:, None]) * shared

    one, other = centred(values[-1:].expand_as(values)), centred(values)
    spread = [(rows**2).sum(1) / count for rows in (one, other)]
    found = (one * other).sum(1) / count / (spread[0] * spread[1]).sqrt()
    varied = torch.stack(spread).sqrt().amin(0) >= STILL  # never true of no neurons: 0 / 0
    usable = (count >= LEAST_SHARED) & varied
    return tuple(
        round(min(max(value, -1.0), 1.0), DECIMALS) + 0.0 if fit else None
        for value, fit in zip(found.tolist(), usable.tolist(), strict=True)
    )


def _square(below: Sequence[Sequence[float]], dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return a triangle as a symmetric (languages, languages) matrix."""
    values = torch.tensor([value for row in below for value in row], dtype=dtype)
    square = torch.zeros(len(below), len(below), dtype=dtype)
    row, column = torch.tril_indices(len(below), len(below))
    square[row, column] = square[column, row] = values
    return square


def _plain(values: torch.Tensor, gaps: torch.Tensor) -> Matrix:
    return tuple(
        tuple(None if gap else value for value, gap in zip(row, holes, strict=True))
        for row, holes in zip(values.tolist(), gaps.tolist(), strict=True)
    )
