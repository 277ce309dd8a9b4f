"""Standardised neurons, and the Gram matrices of neurons and of sets of neurons over prompts."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bridgex.errors import DependenceUndefinedError

NAMED = 8
PAIRS_AT_ONCE = 1 << 20  # stays in the cache of a processor core


def name_rows(broken: Tensor) -> str:
    """Return ``"neurons 3, 17"`` for the true entries of the mask ``broken`` (neurons,)."""
    rows = broken.nonzero().flatten().tolist()
    shown = ", ".join(str(row) for row in rows[:NAMED])
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"neuron{'s' if len(rows) > 1 else ''} {shown}{more}"


def centred_and_scaled(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return each row minus its mean, divided by its largest absolute value, and which are flat.

    The division first keeps the squares of very large or very small values within the dtype.

    Args:
        x: (neurons, prompts).

    Returns:
        (neurons, prompts) with values in [-1, 1], and (neurons,) bool, true where constant.
    """
    shifted = x - x.mean(-1, keepdim=True)
    largest = shifted.abs().amax(-1, keepdim=True)
    flat = (x.amax(-1) == x.amin(-1)) | (largest.squeeze(-1) == 0)
    return shifted / torch.where(flat[:, None], 1.0, largest), flat


def check_activations(x: Tensor) -> None:
    """Refuse what is not a finite float32 or float64 matrix of a neuron and two prompts or more.

    Raises:
        DependenceUndefinedError: naming the neurons that hold NaN or infinity.
    """
    if x.ndim != 2 or x.dtype not in {torch.float32, torch.float64}:
        raise DependenceUndefinedError(
            f"activations must be float32 or float64 of shape (neurons, prompts), "
            f"not {x.dtype} of shape {tuple(x.shape)}; convert them first"
        )
    if x.shape[0] == 0:
        raise DependenceUndefinedError("a set without neurons depends on nothing; leave it out")
    if x.shape[1] < 2:
        raise DependenceUndefinedError(
            f"nothing varies over {x.shape[1]} prompts; give at least two prompts"
        )
    broken = ~x.isfinite().all(-1)
    if broken.any():
        raise DependenceUndefinedError(
            f"NaN or infinite activations in {name_rows(broken)}; leave them out or capture the "
            f"probe again in float32"
        )


def standardise(x: Tensor) -> Tensor:
    """Return each neuron minus its mean over prompts, divided by its unbiased standard deviation.

    Args:
        x: activations (neurons, prompts), float32 or float64.

    Returns:
        (neurons, prompts) of the same dtype.

    Raises:
        DependenceUndefinedError: fewer than two prompts, NaN or infinity, or constant neurons.
    """
    check_activations(x)
    scaled, flat = centred_and_scaled(x)
    if flat.any():
        raise DependenceUndefinedError(
            f"no variance in {name_rows(flat)}: the same activation on every prompt; leave them out"
        )
    return scaled / scaled.std(-1, keepdim=True)


def median_bandwidth(x: Tensor) -> Tensor:
    """Return per neuron the median over i < j of |x_i - x_j| (Gretton et al. 2005, "median").

    Args:
        x: (neurons, prompts), at least two prompts.

    Returns:
        (neurons,) in the units of ``x``.

    Raises:
        DependenceUndefinedError: a median is zero, so the Gaussian kernel has no bandwidth.
    """
    medians = pair_medians(x)
    zero = medians == 0
    if zero.any():
        raise DependenceUndefinedError(
            f"the median bandwidth is zero in {name_rows(zero)}: the same activation on most "
            f"prompts; leave them out or fix a bandwidth"
        )
    return medians


def pair_medians(x: Tensor) -> Tensor:
    """Return per neuron the median over i < j of |x_i - x_j|, zero included: (neurons,)."""
    at_once = max(1, PAIRS_AT_ONCE // x.shape[-1] ** 2)
    medians = []
    for rows in x.split(at_once):
        gaps = pair_entries(rows[:, :, None] - rows[:, None, :]).abs_()
        lower, upper = middle_values_(gaps.cpu().numpy())
        medians.append((lower + upper) / 2)
    return torch.from_numpy(np.concatenate(medians)).to(x.device)


def pair_entries(matrices: Tensor) -> Tensor:
    """Return the entry ij or ji of each pair of prompts, in an order of its own.

    Rows of length n + 1 through the flat matrix start on its diagonal. Their first n/2 entries
    beyond it hold the pairs up to n/2 apart and, run over into the next row of the matrix, those
    further apart; with an odd n, pairs (n + 1)/2 apart are missing and come from their diagonal.

    Args:
        matrices: (sets, n, n), contiguous.

    Returns:
        (sets, n(n - 1)/2), a copy.
    """
    sets, n, _ = matrices.shape
    half = n // 2
    first = matrices.storage_offset() + 1
    rows = matrices.as_strided((sets, n - 1, half), (n * n, n + 1, 1), first)
    if n % 2 == 0:
        return rows.flatten(1).clone()
    return torch.cat([rows.flatten(1), matrices.diagonal(half + 1, 1, 2)], 1)


def middle_values_(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two middle values of each row, one and the same where the number is odd.

    In numpy, whose selection is several times faster than torch's.

    Args:
        values: (rows, count), put into another order.

    Returns:
        (rows,) twice, the lower first.
    """
    middle = values.shape[1] // 2
    values.partition(middle, axis=1)
    upper = values[:, middle].copy()
    return (values[:, :middle].max(axis=1) if values.shape[1] % 2 == 0 else upper), upper


def squared_distances(x: Tensor) -> Tensor:
    """Return squared Euclidean distances between prompts in the space of a set's neurons.

    From inner products; rows that are near zero for most prompts lose the fewest digits.

    Args:
        x: (..., neurons, prompts).

    Returns:
        (..., prompts, prompts), symmetric, zero on the diagonal.
    """
    distances = x.mT @ (x * -2)
    norms = distances.diagonal(dim1=-2, dim2=-1) * -0.5
    distances.add_(norms[..., :, None]).add_(norms[..., None, :]).clamp_(min=0)
    distances.diagonal(dim1=-2, dim2=-1).zero_()
    return distances


def joint_median_bandwidth(x: Tensor) -> Tensor:
    """Return per set the median over i < j of the distance between prompts i and j.

    Args:
        x: (sets, neurons, prompts), at least two prompts.

    Returns:
        (sets,) in the units of ``x``.

    Raises:
        DependenceUndefinedError: a median is zero, so the Gaussian kernel has no bandwidth.
    """
    return median_of_distances(squared_distances(around_median(x)))


def median_of_distances(squared: Tensor) -> Tensor:
    """Return the median distance of each matrix of squared distances (sets, prompts, prompts).

    Raises:
        DependenceUndefinedError: a median is zero.
    """
    lower, upper = middle_values_(pair_entries(squared).cpu().numpy())
    medians = torch.from_numpy((np.sqrt(lower) + np.sqrt(upper)) / 2).to(squared.device)
    if (medians == 0).any():
        raise DependenceUndefinedError(
            "a set of neurons has the same activations on most prompts, so its median bandwidth "
            "is zero; leave those neurons out or fix a bandwidth"
        )
    return medians


def gaussian_gram(x: Tensor, bandwidth: Tensor | float) -> Tensor:
    """Return the Gaussian kernel exp(-d_ij² / 2σ²) of the distances between prompts.

    Args:
        x: (..., neurons, prompts); a single neuron is a set of one.
        bandwidth: σ > 0 in the units of ``x``, one number or one per set (...).

    Returns:
        (..., prompts, prompts).
    """
    return gaussian_of_distances_(squared_distances(around_median(x)), bandwidth)


def gaussian_of_distances_(squared: Tensor, bandwidth: Tensor | float) -> Tensor:
    """Turn squared distances (..., prompts, prompts) into the Gaussian kernel, in place."""
    sigma = torch.as_tensor(bandwidth, dtype=squared.dtype, device=squared.device)
    return squared.mul_((-0.5 / sigma**2)[..., None, None]).exp_()


def linear_gram(x: Tensor) -> Tensor:
    """Return the linear kernel xᵀx: inner products between prompts.

    Args:
        x: (..., neurons, prompts).

    Returns:
        (..., prompts, prompts).
    """
    return x.mT @ x


def around_median(x: Tensor) -> Tensor:
    """Return (..., neurons, prompts) minus each neuron's median, which changes no distance.

    Where most prompts are alike, their distances then come out as exactly zero.
    """
    return x - x.median(-1, keepdim=True).values
