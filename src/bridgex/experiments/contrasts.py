"""What a silenced set changes, against its controls: means, intervals, tests. Pure functions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import torch
from scipy.stats import t, ttest_1samp
from torch import Tensor

from bridgex.dependence import holm
from bridgex.evaluation.ablation import ANCHOR, RANDOM
from bridgex.evaluation.significance import LEVEL, Bounds
from bridgex.experiments.ablated import Control, SilencedSet


def student(values: Sequence[float]) -> tuple[Bounds | None, float | None]:
    """Return interval and two-sided p-value of a mean (Student 1908).

    None for both with fewer than two values; a mean that no value differs from has no spread, its
    interval is that mean, and p is 1 where it is 0, else 0.
    """
    if len(values) < 2:
        return None, None
    if np.ptp(values) == 0:
        return Bounds(values[0], values[0]), float(values[0] == 0)
    tested = ttest_1samp(values, 0.0)
    low, high = tested.confidence_interval(LEVEL)
    return Bounds(float(low), float(high)), float(tested.pvalue)


def control_of(
    mine: Mapping[str, float], theirs: Sequence[Mapping[str, float]], size: float, rate: float
) -> Control:
    """Compare a set's changes with those of its matched sets.

    Args:
        mine: item → change by the set.
        theirs: the same by each matched set.
        size: mean number of neurons of these.
        rate: their mean activation rate.
    """
    draws = torch.tensor([fmean(each.values()) for each in theirs], dtype=torch.float64)
    value = fmean(mine.values())
    paired = [mine[item] - fmean(each[item] for each in theirs) for item in mine]
    interval, p_value = student(paired)
    beyond = further_draw(value, draws)
    return Control(
        len(theirs),
        size,
        rate,
        float(draws.mean()),
        float(draws.quantile(0.05)),
        float(draws.quantile(0.95)),
        fmean(paired),
        interval,
        p_value,
        (1 + int((draws <= value).sum())) / (len(draws) + 1),
        beyond,
        beyond,
    )


def further_draw(value: float, draws: Tensor) -> float:
    """Return the one-sided p-value that a further draw is as low as a value.

    (value - mean) / (s · √(1 + 1/n)) follows Student's t with n - 1 degrees of freedom where draws
    are normal: the prediction interval of one more observation. The share of draws that are as low
    cannot be below 1/(n + 1), which no correction for several bridges survives; it is what is left
    with fewer than two draws, or draws that are all the same.

    Args:
        value: of the set.
        draws: of random sets, (draws,).
    """
    n = len(draws)
    spread = float(draws.std()) if n > 1 else 0.0
    if spread == 0:
        return (1 + int((draws <= value).sum())) / (n + 1)
    return float(t.cdf((value - float(draws.mean())) / (spread * math.sqrt(1 + 1 / n)), n - 1))


def corrected(found: Sequence[SilencedSet]) -> list[SilencedSet]:
    """Correct the comparison with random neurons for the number of bridges, chain by chain."""
    mended = list(found)
    for how in dict.fromkeys(each.how for each in found):
        own = {
            at: change
            for at, each in enumerate(found)
            if each.how == how
            and each.name != ANCHOR
            and (change := each.change(each.name)) is not None
            and RANDOM in change.controls
        }
        if not own:
            continue
        p_values = torch.tensor(
            [change.controls[RANDOM].p_set for change in own.values()], dtype=torch.float64
        )
        for (at, change), p in zip(own.items(), holm(p_values).tolist(), strict=True):
            random = replace(change.controls[RANDOM], p_corrected=p)
            new = replace(change, controls={**change.controls, RANDOM: random})
            each = mended[at]
            mended[at] = replace(
                each, changes=tuple(new if one is change else one for one in each.changes)
            )
    return mended
