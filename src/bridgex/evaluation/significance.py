"""Confidence intervals and tests of scores and of differences, over the items of a task."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from bridgex.tasks.outcomes import CorpusStats

LEVEL = 0.95
"""Of all intervals here."""

Z = 1.959963984540054
"""Normal quantile of that level."""

DRAWS = 1000


@dataclass(frozen=True)
class Bounds:
    """A confidence interval of 95 %."""

    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """One strategy against another on the same items.

    Attributes:
        metric: what is compared.
        value: first minus second.
        interval: of 95 %.
        p_value: two-sided.
        gained: items on which the first scores higher.
        lost: items on which it scores lower.
        test: how interval and p-value were computed.
    """

    metric: str
    value: float
    interval: Bounds
    p_value: float
    gained: int
    lost: int
    test: str


def wilson(hits: int, items: int) -> Bounds:
    """Return the 95 % score interval of a share (Wilson 1927)."""
    share, z2 = hits / items, Z * Z / items
    middle = (share + z2 / 2) / (1 + z2)
    half = Z / (1 + z2) * math.sqrt(share * (1 - share) / items + z2 / (4 * items))
    return Bounds(max(0.0, middle - half), min(1.0, middle + half))


def mcnemar(gained: int, lost: int) -> float:
    """Return the exact two-sided p-value of discordant pairs: binomial with p = ½."""
    pairs = gained + lost
    tail = sum(math.comb(pairs, count) for count in range(min(gained, lost) + 1))
    return min(1.0, float(2 * tail / 2**pairs))


def accuracy_difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Compare the accuracy of two strategies on the same items.

    The interval is Wald's for paired shares with half an item added to each of the four cells
    (Agresti & Min 2005), the p-value McNemar's, exact.

    Args:
        first: 1 or 0 per item.
        second: the same items in the same order.
    """
    gained, lost = _discordant(first, second)
    items = len(first) + 2
    plus, minus = gained + 0.5, lost + 0.5
    middle = (plus - minus) / items
    half = Z * math.sqrt((plus + minus) / items - middle**2) / math.sqrt(items)
    interval = Bounds(max(-1.0, middle - half), min(1.0, middle + half))
    value = (gained - lost) / len(first)
    return Difference(
        "accuracy", value, interval, mcnemar(gained, lost), gained, lost, "exact McNemar"
    )


def _discordant(first: Sequence[float], second: Sequence[float]) -> tuple[int, int]:
    pairs = list(zip(first, second, strict=True))
    return sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)


def corpus_interval(stats: CorpusStats, seed: int = 0) -> Bounds:
    """Return the 95 % percentile interval of a metric over all items, items drawn again."""
    return _percentiles(_drawn(stats, _draws(len(stats.counts), seed)))


def corpus_difference(
    metric: str,
    first: CorpusStats,
    second: CorpusStats,
    scores: tuple[Sequence[float], Sequence[float]],
    seed: int = 0,
) -> Difference:
    """Compare a metric over all items by paired bootstrap (Koehn 2004), items drawn again.

    The p-value is the share of draws whose difference is as far from the draws' mean, on either
    side, as the observed one is from 0. (sacreBLEU centres absolute differences and counts one
    side, which gives about half of it.)

    Args:
        metric: its name.
        first: what it is computed from under the first strategy.
        second: under the second, the same items in the same order.
        scores: of each item under both, to count where the first is higher or lower.
        seed: of the draws.
    """
    draws = _draws(len(first.counts), seed)
    differences = _drawn(first, draws) - _drawn(second, draws)
    value = _whole(first) - _whole(second)
    extreme = int(((differences - differences.mean()).abs() >= abs(value)).sum())
    gained, lost = _discordant(*scores)
    return Difference(
        metric,
        value,
        _percentiles(differences),
        (extreme + 1) / (DRAWS + 1),
        gained,
        lost,
        f"paired bootstrap, {DRAWS} draws",
    )


def _draws(items: int, seed: int) -> torch.Tensor:
    """How often each draw has each item, (draws, items) float64."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(items, (DRAWS, items), generator=generator)
    return torch.zeros(DRAWS, items, dtype=torch.float64).scatter_add_(
        1, drawn, torch.ones_like(drawn, dtype=torch.float64)
    )


def _drawn(stats: CorpusStats, draws: torch.Tensor) -> torch.Tensor:
    summed = draws @ torch.tensor(stats.counts, dtype=torch.float64)
    return torch.tensor([stats.value(counts) for counts in summed.tolist()], dtype=torch.float64)


def _whole(stats: CorpusStats) -> float:
    return stats.value([sum(column) for column in zip(*stats.counts, strict=True)])


def _percentiles(values: torch.Tensor) -> Bounds:
    low, high = values.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return Bounds(low, high)
