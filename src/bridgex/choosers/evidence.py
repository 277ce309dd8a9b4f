"""Whether a detour helps on development items: a paired, one-sided test. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

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
