"""Slow and obvious versions of everything, straight from the definitions, in float64."""

import itertools

import torch
from torch import Tensor

from bridgex.dependence import Estimator


def standardised(x: Tensor) -> Tensor:
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True)


def distance(rows: Tensor, i: int, j: int) -> float:
    return float((rows[:, i] - rows[:, j]).square().sum().sqrt())


def median_distance(rows: Tensor) -> float:
    pairs = itertools.combinations(range(rows.shape[1]), 2)
    ordered = sorted(distance(rows, i, j) for i, j in pairs)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def gram(rows: Tensor, estimator: Estimator) -> Tensor:
    n = rows.shape[1]
    if estimator.kernel == "linear":
        return torch.stack([(rows * rows[:, [i]]).sum(0) for i in range(n)])
    sigma = estimator.bandwidth or median_distance(rows)
    squared = (rows[:, :, None] - rows[:, None, :]).square().sum(0)
    return torch.exp(-squared / (2 * sigma**2))


def hsic(K: Tensor, L: Tensor, *, unbiased: bool) -> Tensor:  # noqa: N803
    n = len(K)
    if not unbiased:
        H = torch.eye(n, dtype=K.dtype) - 1 / n
        return torch.trace(K @ H @ L @ H) / (n - 1) ** 2
    ones = torch.ones(n, dtype=K.dtype)
    A, B = K - torch.diag(K.diag()), L - torch.diag(L.diag())
    parts = (
        torch.trace(A @ B)
        + (ones @ A @ ones) * (ones @ B @ ones) / ((n - 1) * (n - 2))
        - 2 / (n - 2) * (ones @ A @ B @ ones)
    )
    return parts / (n * (n - 3))


def measure(K: Tensor, L: Tensor, name: str) -> Tensor:  # noqa: N803
    unbiased = name in {"hsic_unbiased", "cka_debiased"}
    cross = hsic(K, L, unbiased=unbiased)
    if name.startswith("hsic"):
        return cross
    return cross / (hsic(K, K, unbiased=unbiased) * hsic(L, L, unbiased=unbiased)).sqrt()


def deleted(matrix: Tensor, prompt: int | None) -> Tensor:
    if prompt is None:
        return matrix
    keep = [i for i in range(len(matrix)) if i != prompt]
    return matrix[keep][:, keep]


def grams(anchor: Tensor, others: Tensor, estimator: Estimator) -> list[list[Tensor]]:
    """Of both sides: one of the whole set, or one of each neuron where pairs are matched."""
    sides = [standardised(side.double()) for side in (anchor, others)]
    if estimator.aggregation == "joint":
        return [[gram(side, estimator)] for side in sides]
    return [[gram(row[None], estimator) for row in side] for side in sides]


def best_match(sides: list[list[Tensor]], name: str, prompt: int | None) -> float:
    first, second = ([deleted(matrix, prompt) for matrix in side] for side in sides)
    pairs = torch.tensor([[measure(K, L, name) for L in second] for K in first])
    return float((pairs.amax(1).mean() + pairs.amax(0).mean()) / 2)


def dependence(anchor: Tensor, others: Tensor, estimator: Estimator) -> float:
    """Of a whole set on a whole set."""
    return best_match(grams(anchor, others, estimator), estimator.measure, None)


def leave_one_out(anchor: Tensor, others: Tensor, estimator: Estimator) -> list[float]:
    """The same with each prompt in turn deleted after the kernels are made."""
    sides = grams(anchor, others, estimator)
    return [best_match(sides, estimator.measure, prompt) for prompt in range(anchor.shape[1])]
