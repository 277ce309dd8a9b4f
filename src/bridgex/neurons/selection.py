"""Language neurons: which neurons stand for a language, from activation statistics alone."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bridgex.errors import RequestError, nearest
from bridgex.neurons.lape import lape
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats
from bridgex.neurons.ties import first

Method = Literal["top", "lape", "lift"]
METHODS = get_args(Method)
PUBLISHED_RATE = 0.01
"""Of `top` (Xu et al., 2025) and of `lape` (Tang et al., 2024) alike."""

DECIMALS = 12
"""Differences of probabilities that agree to so many decimals are ties."""


class Selection(BaseModel):
    """How language neurons are selected.

    Attributes:
        method: ``top``: the highest activation probability over all layers (Xu et al., 2025);
            ``lape``: the lowest entropy over languages (Tang et al., 2024); ``lift``: the highest
            probability minus its mean over the other languages.
        rate: share of all neurons selected, per language for `top` and `lift`, over all languages
            together for `lape`; 0.01 where neither rate nor count is given.
        count: their number, instead of the rate.
        without_universal: whether neurons selected for every language are left out.
        kept_above: only for `lape`: a neuron is dropped unless it exceeds this percentile of all
            probabilities on some language (published: 0.95).
        active_above: only for `lape`: a neuron belongs to the languages on which it exceeds this
            percentile of all probabilities (published: 0.95).

    Raises:
        RequestError: rate and count are both given, or there is no such method.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method = "top"
    rate: float | None = Field(default=None, gt=0, le=0.5)
    count: int | None = Field(default=None, ge=1)
    without_universal: bool = False
    kept_above: float = Field(default=0.95, gt=0, lt=1)
    active_above: float = Field(default=0.95, gt=0, lt=1)

    @model_validator(mode="before")
    @classmethod
    def _one_size(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        method = values.get("method", "top")
        if method not in METHODS:
            raise RequestError(
                f"There is no selection method '{method}'.{nearest(str(method), METHODS)} "
                f"Use {', '.join(METHODS[:-1])} or {METHODS[-1]}."
            )
        rate, count = values.get("rate"), values.get("count")
        if rate is not None and count is not None:
            raise RequestError(
                "A rate and a count both say how many neurons are selected; give one of them."
            )
        return {**values, "rate": PUBLISHED_RATE} if rate is None and count is None else values

    def size(self, neurons: int) -> int:
        """Return how many of a model's neurons are taken: round(rate · neurons), at least one.

        Raises:
            RequestError: the count is more than half of them.
        """
        if self.count is None:
            return max(1, round((self.rate or PUBLISHED_RATE) * neurons))
        if self.count > neurons // 2:
            raise RequestError(
                f"{self.count:,} neurons are asked for and the model has {neurons:,}; ask for at "
                "most half of them."
            )
        return self.count

    def __str__(self) -> str:
        size = f"{(self.rate or 0) * 100:g} %" if self.count is None else f"{self.count} neurons"
        percentiles = f" above {self.kept_above * 100:g}/{self.active_above * 100:g} %"
        thresholds = percentiles if self.method == "lape" else ""
        universal = ", universal left out" if self.without_universal else ""
        return f"{self.method} {size}{thresholds}{universal}"


def select(
    stats: Mapping[str, ActivationStats], selection: Selection | None = None
) -> dict[str, NeuronSet]:
    """Select each language's neurons.

    `top` and `lift` take exactly as many neurons per language as asked for: the highest activation
    probability (or probability minus its mean over the other languages) first, among equals the
    lowest mean probability on the other languages, then the lowest layer and index. `lape` takes
    as many over all languages together; see `bridgex.neurons.lape`. A language may then have none.
    Universal neurons are left out last, so sets may be smaller than asked for.

    Args:
        stats: statistics of each language, on one model.
        selection: the method, how many, and what is left out.

    Returns:
        Code → its neurons, per layer a mask (width,) bool.

    Raises:
        RequestError: the statistics are of different models, or fewer than two languages; more
            neurons are asked for than there are.
    """
    chosen = selection or Selection()
    if len(stats) < 2:
        raise RequestError(
            "Language neurons are selected by comparing at least two languages; add one."
        )
    if len({counted.model for counted in stats.values()}) != 1:
        raise RequestError(
            "The statistics are of different models; collect all languages on one model."
        )
    counts = torch.stack([torch.cat(counted.positive) for counted in stats.values()])
    tokens = torch.tensor([counted.tokens for counted in stats.values()])
    taken, tied = _taken(counts, tokens, chosen)
    universal = taken.all(0) & chosen.without_universal
    widths = list(next(iter(stats.values())).widths)
    return {
        code: NeuronSet(
            (code,),
            (mask & ~universal).split(widths),
            str(chosen),
            int((at_edge & ~universal).sum()),
            int(universal.sum()),
        )
        for code, mask, at_edge in zip(stats, taken, tied, strict=True)
    }


def _taken(
    counts: torch.Tensor, tokens: torch.Tensor, chosen: Selection
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return masks of the neurons taken, and of those taken by the tie-breaking rule alone.

    Both are (languages, neurons) bool.
    """
    probability = counts.double() / tokens[:, None]
    size = chosen.size(counts.shape[1])
    if chosen.method == "lape":
        return lape(probability, size, chosen.kept_above, chosen.active_above)
    others = (probability.sum(0) - probability) / (len(counts) - 1)
    lift = (probability - others).round(decimals=DECIMALS)
    others = others.round(decimals=DECIMALS)
    score = counts if chosen.method == "top" else lift
    pairs = [first(mine, theirs, size) for mine, theirs in zip(score, others, strict=True)]
    return torch.stack([taken for taken, _ in pairs]), torch.stack([tied for _, tied in pairs])
