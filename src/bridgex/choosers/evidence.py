"""How much a detour gains, on these items and on other pairs. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from scipy.stats import binom, permutation_test

ALPHA = 0.05
"""How often a detour that helps nothing may be advised."""

DRAWS = 9_999
"""Of the test of scores that are not right or wrong."""

ROUNDING = 1e-12
"""Means this close to the observed one, relative to the largest difference, equal it."""


@dataclass(frozen=True)
class Gain:
    """A way through a bridge against going directly, on the same items.

    Attributes:
        items: their number.
        value: mean score through the bridge minus mean score directly.
        shrunk: the same drawn towards 0, value · m / (m + 2), where m items differ: what is to be
            expected if two more items had differed, one gained and one lost (for right and wrong
            answers the posterior mean under a uniform prior of the share gained).
        gained: items that score higher through the bridge.
        lost: items that score lower.
        p_value: one-sided, corrected for the number of bridges that the best was taken of.
        odds: of the bridge being the better way against its being the worse, to 1, uncorrected: for
            right and wrong answers those of the posterior under that prior, which are
            (1 - mid-p) / mid-p.
    """

    items: int
    value: float
    shrunk: float
    gained: int
    lost: int
    p_value: float
    odds: float

    @property
    def beyond_chance(self) -> bool:
        """Whether the detour is worth it at the level `ALPHA`."""
        return self.p_value <= ALPHA


@dataclass(frozen=True)
class Estimate:
    """An estimated mean.

    Attributes:
        value: it.
        variance: of the estimate.
    """

    value: float
    variance: float


@dataclass(frozen=True)
class MeasuredPair:
    """What was measured of a pair of languages.

    Attributes:
        model: identity of the model with its dtype, in one line.
        task: name of the task.
        pair: codes of source and target language.
        gains: candidate → mean score through it minus mean score directly.
        signals: chooser → candidate → its score.
        shots: solved examples before each prompt; None where a result does not say.
        chat: whether prompts were in the model's chat template; None likewise.
    """

    model: str
    task: str
    pair: tuple[str, str]
    gains: Mapping[str, Estimate]
    signals: Mapping[str, Mapping[str, float]]
    shots: int | None = None
    chat: bool | None = None


@dataclass(frozen=True)
class Prior:
    """What a detour gains on other pairs.

    Attributes:
        means: candidate → mean over the pairs where it was measured.
        mean: over all pairs and candidates, for those measured nowhere.
        variance: of a candidate's gain between pairs.
        pairs: number of pairs.
    """

    means: Mapping[str, float]
    mean: float
    variance: float
    pairs: int

    def updated(self, code: str, seen: Estimate | None) -> Estimate:
        """Return the posterior of a candidate's gain, given what its own pair shows of it.

        With w = τ² / (τ² + s²): w · δ̂ + (1 - w) · m, whose variance is w · s²; the prior itself
        where nothing was seen.
        """
        prior = Estimate(self.means.get(code, self.mean), self.variance)
        if seen is None:
            return prior
        total = prior.variance + seen.variance
        weight = prior.variance / total if total else 0.5
        value = weight * seen.value + (1 - weight) * prior.value
        return Estimate(value, weight * seen.variance)


FEWEST_PAIRS = 2
"""Other pairs, without which nothing is known of the variance between pairs."""


def prior_of(pairs: Sequence[MeasuredPair]) -> Prior | None:
    """Return what candidates gain on pairs; None where none was measured on two of them.

    The variance between pairs is that of a candidate's measured gains around their mean, pooled
    over candidates: few pairs say little of each one's own. The noise of the measured gains is left
    in it, since the means of the prior have that noise, too; without it the prior is trusted too
    much (`benchmarks.chooser_priors`).
    """
    gains: dict[str, list[float]] = {}
    for pair in pairs:
        for code, measured in pair.gains.items():
            gains.setdefault(code, []).append(measured.value)
    several = [values for values in gains.values() if len(values) >= FEWEST_PAIRS]
    if not several:
        return None
    freedom = sum(len(values) - 1 for values in several)
    return Prior(
        {code: fmean(values) for code, values in gains.items()},
        fmean(value for values in gains.values() for value in values),
        sum(variance(values) * (len(values) - 1) for values in several) / freedom,
        len(pairs),
    )


def difference(through: Sequence[float], direct: Sequence[float]) -> Estimate:
    """Return the mean difference of two ways on the same items, with its variance.

    The variance is that of the mean, as if two more items had differed, one gained and one lost by
    the largest difference seen (1 where none was): where few items differ, the observed variance
    is too small, and 0 where none does.

    Args:
        through: score of each item through the bridge; at least one.
        direct: the same items, directly.
    """
    differences = [a - b for a, b in zip(through, direct, strict=True)]
    most = max(map(abs, differences)) or 1.0
    items = len(differences)
    spread = variance([*differences, most, -most])
    return Estimate(fmean(differences), spread / items)


def gain(through: Sequence[float], direct: Sequence[float], *, taken_of: int = 1) -> Gain:
    """Test whether a way scores higher than another on the same items.

    Where the signs of the differences were drawn at random, how often is their sum at least as
    high (Fisher's randomisation test)? Right and wrong answers give the exact one-sided test of
    McNemar (1947), other scores 9,999 draws, or all sign changes where they are fewer.

    Args:
        through: score of each item through the bridge.
        direct: the same items, directly.
        taken_of: number of bridges of which this is the best on these items (Bonferroni).
    """
    differences = [a - b for a, b in zip(through, direct, strict=True)]
    gained, lost = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    some = [each for each in differences if each]
    at_least, more = _tails(some, gained)
    middle = (at_least + more) / 2
    value = fmean(differences)
    return Gain(
        len(differences),
        value,
        value * len(some) / (len(some) + 2),
        gained,
        lost,
        min(1.0, at_least * taken_of),
        (1 - middle) / middle,
    )


def _tails(differences: Sequence[float], gained: int) -> tuple[float, float]:
    """Return how often random signs give a sum at least as high, and a higher one."""
    if len(set(map(abs, differences))) <= 1:
        signs = binom(len(differences), 0.5)
        return float(signs.sf(gained - 1)), float(signs.sf(gained))
    found = permutation_test(
        (differences,),
        lambda drawn, axis: drawn.mean(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=DRAWS,
        alternative="greater",
        rng=0,
    )
    higher = found.null_distribution > found.statistic + ROUNDING * max(map(abs, differences))
    return float(found.pvalue), float(higher.mean())
