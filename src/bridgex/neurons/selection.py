"""Language neurons: which neurons stand for a language, from activation statistics alone."""

from collections.abc import Mapping
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from bridgex.errors import RequestError
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats


class Selection(BaseModel):
    """How language neurons are selected.

    Attributes:
        method: ``top``: the highest activation probability over all layers (Xu et al., 2025).
        rate: share of all neurons selected per language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["top"] = "top"
    rate: float = Field(default=0.01, gt=0, le=0.5)

    def __str__(self) -> str:
        return f"{self.method} {self.rate * 100:g} %"


def select(
    stats: Mapping[str, ActivationStats], selection: Selection | None = None
) -> dict[str, NeuronSet]:
    """Select each language's neurons.

    Exactly round(rate · all neurons) neurons are taken per language: the highest activation
    probability first, among equals the lowest mean probability on the other languages, then the
    lowest layer and index.

    Args:
        stats: statistics of each language, on one model.
        selection: the method and its rate.

    Raises:
        RequestError: the statistics are of different models, or fewer than two languages.
    """
    chosen = selection or Selection()
    if len(stats) < 2:
        raise RequestError("Language neurons are told apart from at least two languages; add one.")
    if len({each.model for each in stats.values()}) != 1:
        raise RequestError(
            "The statistics are of different models; collect all languages on one model."
        )
    codes = list(stats)
    counts = torch.stack([torch.cat(stats[code].positive) for code in codes])
    tokens = torch.tensor([stats[code].tokens for code in codes])
    probability = counts.double() / tokens[:, None]
    others = ((probability.sum(0) - probability) / (len(codes) - 1)).round(decimals=12)
    size = max(1, round(chosen.rate * counts.shape[1]))
    widths = stats[codes[0]].widths
    sets = {}
    for row, code in enumerate(codes):
        by_others = torch.sort(others[row], stable=True).indices
        by_count = torch.sort(counts[row][by_others], descending=True, stable=True).indices
        order = by_others[by_count]
        mask = torch.zeros(counts.shape[1], dtype=torch.bool)
        mask[order[:size]] = True
        at_edge = counts[row] == counts[row][order[size - 1]]
        tied = int((at_edge & mask).sum()) if (at_edge & ~mask).any() else 0
        sets[code] = NeuronSet((code,), mask.split(list(widths)), str(chosen), tied)
    return sets
