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


def dependence(
    anchor: Tensor, others: Tensor, estimator: Estimator, prompt: int | None = None
) -> float:
    """Of a whole set on a whole set, with ``prompt`` deleted after the kernels are made."""
    sides = [standardised(side.double()) for side in (anchor, others)]
    if estimator.aggregation == "joint":
        K, L = (deleted(gram(side, estimator), prompt) for side in sides)
        return float(measure(K, L, estimator.measure))
    grams = [[deleted(gram(row[None], estimator), prompt) for row in side] for side in sides]
    pairs = torch.tensor([[measure(K, L, estimator.measure) for L in grams[1]] for K in grams[0]])
    return float((pairs.amax(1).mean() + pairs.amax(0).mean()) / 2)
