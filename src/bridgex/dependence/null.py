"""What a score must beat: random neurons of the same layer and number, and permuted prompts."""

import math

import torch
from torch import Tensor

from bridgex.errors import DependenceUndefinedError, RequestError


def random_subsets(pool_size: int, m: int, draws: int, seed: int) -> Tensor:
    """Draw sets of neurons, each without replacement and independent of the other draws.

    Drawn on the CPU, so that a seed means the same sets on every device.

    Args:
        pool_size: number of neurons to draw from.
        m: neurons of a set.
        draws: number of sets.
        seed: of the random generator.

    Returns:
        Row numbers, int64 (draws, m).

    Raises:
        RequestError: no draws, or a set that is empty or larger than the pool.
    """
    if draws < 1 or m < 1:
        raise RequestError(
            f"at least one draw of at least one neuron is needed, not {draws} of {m}"
        )
    if m > pool_size:
        raise RequestError(
            f"{m} neurons cannot be drawn from {pool_size} without replacement; "
            f"enlarge the pool or compare smaller sets"
        )
    generator = torch.Generator().manual_seed(seed)
    subsets = torch.empty(draws, m, dtype=torch.int64)
    for draw in subsets:
        draw.copy_(torch.randperm(pool_size, generator=generator)[:m])
    return subsets


def p_value(value: float, null_values: Tensor) -> float:
    """Return (1 + number of null values at least as large) / (draws + 1).

    Never zero, and valid at any number of draws (Phipson and Smyth 2010).

    Args:
        value: the score.
        null_values: scores of random sets, (draws,).

    Raises:
        DependenceUndefinedError: no null values, or values that are NaN.
    """
    if null_values.ndim != 1 or len(null_values) == 0:
        raise DependenceUndefinedError(
            f"a p-value needs a vector of null values, not a tensor of shape "
            f"{tuple(null_values.shape)}; draw random sets first"
        )
    if math.isnan(value) or bool(null_values.isnan().any()):
        raise DependenceUndefinedError("a p-value of NaN is undefined; find where it comes from")
    return (1 + int((null_values >= value).sum())) / (len(null_values) + 1)


def p_text(p: float, *, at_floor: bool) -> str:
    """Write a p-value; one that no draw reached is a bound: ``≤ 0.006``, rounded up.

    Args:
        p: the p-value.
        at_floor: whether it is the least that its number of draws can give.
    """
    if not at_floor:
        return f"{p:.2g}"
    digits = 1 - math.floor(math.log10(p))
    return f"≤ {math.ceil(round(p * 10**digits, 6)) / 10**digits:.2g}"


def holm(p_values: Tensor) -> Tensor:
    """Return p-values corrected for the number of candidates (Holm 1979, step-down).

    Args:
        p_values: (candidates,), each in [0, 1].

    Returns:
        (candidates,) float64, to be compared with the level for all candidates together.

    Raises:
        DependenceUndefinedError: values outside [0, 1], or not a vector.
    """
    p = p_values.double()
    if p.ndim != 1 or not bool(((p >= 0) & (p <= 1)).all()):
        raise DependenceUndefinedError("Holm's correction needs a vector of values in [0, 1]")
    ordered, order = p.sort(stable=True)
    remaining = torch.arange(len(p), 0, -1, device=p.device)
    corrected = torch.empty_like(p)
    corrected[order] = (ordered * remaining).cummax(0).values.clamp(max=1)
    return corrected


def prompt_orders(prompts: int, permutations: int, seed: int) -> Tensor:
    """Draw orders of the prompts, after the one they have.

    For a sanity check, not for a verdict: prompts share a template and differ in length and
    frequency, so that nearly any neurons of a real model depend on each other by this test.

    Args:
        prompts: their number.
        permutations: number of orders to draw.
        seed: of the random generator.

    Returns:
        int64 (1 + permutations, prompts); the first row is the order as it is.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randperm(prompts, generator=generator) for _ in range(permutations)]
    return torch.stack([torch.arange(prompts), *drawn])
