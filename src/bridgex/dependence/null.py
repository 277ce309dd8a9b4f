"""What a score must beat: random neurons of the same layer and number, and permuted prompts."""

import math

import torch
from torch import Tensor

from bridgex.dependence.estimator import Estimator
from bridgex.dependence.layer import prepare
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


def holm(p_values: Tensor) -> Tensor:
    """Return p-values corrected for having tested several candidates (Holm 1979).

    Args:
        p_values: (candidates,), each in [0, 1].

    Returns:
        (candidates,) float64, to be compared with the level for all candidates together.

    Raises:
        DependenceUndefinedError: values that are no probabilities.
    """
    p = p_values.double()
    if p.ndim != 1 or not bool(((p >= 0) & (p <= 1)).all()):
        raise DependenceUndefinedError("Holm's correction needs a vector of values in [0, 1]")
    ordered, order = p.sort(stable=True)
    remaining = torch.arange(len(p), 0, -1, device=p.device)
    corrected = torch.empty_like(p)
    corrected[order] = (ordered * remaining).cummax(0).values.clamp(max=1)
    return corrected


def prompt_permutation(
    anchor: Tensor, others: Tensor, estimator: Estimator, permutations: int, seed: int
) -> float:
    """Return the p-value of the whole set ``others`` against anchors with permuted prompts.

    A sanity check, not part of a verdict: prompts share a template and differ in length and
    frequency, so that nearly any neurons of a real model depend on each other by this test.

    Args:
        anchor: activations (a, prompts).
        others: activations (b, prompts).
        estimator: what to compute.
        permutations: number of permuted anchors.
        seed: of the random generator.

    Raises:
        RequestError: no permutations.
        DependenceUndefinedError: as for `prepare`.
    """
    if permutations < 1:
        raise RequestError("at least one permutation is needed")
    generator = torch.Generator().manual_seed(seed)
    whole = torch.arange(len(others), device=others.device)[None]

    def dependence(x: Tensor) -> float:
        return float(prepare(x, others, estimator).value(whole))

    n = anchor.shape[-1]
    orders = [torch.randperm(n, generator=generator) for _ in range(permutations)]
    permuted = [dependence(anchor[:, order.to(anchor.device)]) for order in orders]
    return p_value(dependence(anchor), torch.tensor(permuted, dtype=torch.float64))
