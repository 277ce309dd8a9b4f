"""Confidence intervals by deleting one prompt at a time."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from torch import Tensor

from bridgex.errors import DependenceUndefinedError, RequestError


@dataclass(frozen=True)
class Interval:
    """A confidence interval and the standard error it rests on.

    Attributes:
        low: lower bound.
        high: upper bound.
        standard_error: delete-one jackknife standard error of the estimate.
    """

    low: float
    high: float
    standard_error: float


def interval(value: float, leave_one_out: Tensor, level: float) -> Interval:
    """Return the normal interval around a value with the delete-one jackknife standard error.

    The variance is (n - 1)/n Σ (θ₋ᵢ - θ̄)² (Tukey 1958; Efron and Stein 1981). The interval of a
    difference takes the difference of the values and of their two vectors, prompt by prompt.

    Args:
        value: the estimate from all prompts.
        leave_one_out: the estimate without each prompt, (prompts,), at least two.
        level: probability that the interval covers the truth, between 0 and 1.

    Raises:
        RequestError: a level outside (0, 1).
        DependenceUndefinedError: fewer than two prompts, or values that are not finite.
    """
    if not 0 < level < 1:
        raise RequestError(f"the level must lie between 0 and 1, not {level}; 0.9 is usual")
    if leave_one_out.ndim != 1 or len(leave_one_out) < 2:
        raise DependenceUndefinedError(
            f"a jackknife needs one value for each of at least two prompts, "
            f"not a tensor of shape {tuple(leave_one_out.shape)}"
        )
    estimates = leave_one_out.double()
    if not (math.isfinite(value) and bool(estimates.isfinite().all())):
        raise DependenceUndefinedError(
            "a jackknife of values that are not finite is undefined; find the layer they come from"
        )
    n = len(estimates)
    squares = float((estimates - estimates.mean()).square().sum())
    error = math.sqrt((n - 1) / n * squares)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Interval(value - reach, value + reach, error)
