"""Low-rank factors of the kernels of single neurons, by pivoted Cholesky decomposition."""

import torch
from torch import Tensor

from bridgex.dependence.kernels import name_rows
from bridgex.errors import DependenceUndefinedError, RequestError

RESIDUAL = 1e-7
ROUNDING = 1e-14
RANK_STEP = 8
FACTOR_BYTES = 2 << 30


def centred_gaussian_factors(x: Tensor, bandwidth: Tensor) -> Tensor:
    """Return G_i with H K_i H = G_iᵀ G_i up to a small residual, for each neuron's Gaussian kernel.

    Incomplete Cholesky with the largest remaining diagonal entry as pivot (Fine and Scheinberg
    2001; Bach and Jordan 2002), all neurons in step. It stops once tr(K_i - K̂_i) is at most
    `RESIDUAL` · tr(H K̂_i H) for every neuron, where tr(H K̂_i H) is tr(K̂_i) less the part common to
    all prompts. The residual is positive semi-definite, so with
    t = tr(H K H) biased HSIC is off by at most 2 · `RESIDUAL` · t_K t_L / (n - 1)², which is below
    2 · `RESIDUAL` (n / (n - 1))², and unbiased HSIC by 2 · `RESIDUAL` · n / (n - 3).

    Args:
        x: (neurons, prompts), float64.
        bandwidth: σ of each neuron, (neurons,).

    Returns:
        (neurons, rank, prompts) float64, each row with mean zero over prompts; the rank is that of
        the neuron that needs most, the others are filled with zeros.

    Raises:
        DependenceUndefinedError: a bandwidth so large that the kernel is constant up to rounding.
        RequestError: a bandwidth so small that the factors do not fit in memory.
    """
    neurons, n = x.shape
    z = x / bandwidth[:, None]
    every = torch.arange(neurons, device=x.device)
    factors = x.new_empty(neurons, 0, n)
    residual = torch.ones_like(x)
    remaining = residual.sum(-1)
    common = torch.zeros_like(remaining)
    rank = 0
    while (unfinished := remaining > RESIDUAL * (n - remaining - common)).any():
        if rank == factors.shape[1]:
            factors = _with_room(factors, min(n, rank + RANK_STEP))
        pivot = residual.argmax(-1)
        height = residual[every, pivot]
        if (flat := unfinished & (remaining <= ROUNDING * n)).any():
            raise DependenceUndefinedError(
                f"the kernel is constant up to rounding in {name_rows(flat)}: too little variation "
                f"for the bandwidth {float(bandwidth.max())}; take a smaller bandwidth"
            )
        column = (z - z[every, pivot, None]).square_().mul_(-0.5).exp_()
        known = factors[:, :rank]
        column -= (known[every, :, pivot][:, None, :] @ known)[:, 0]
        column *= torch.where(unfinished, height.rsqrt(), 0)[:, None]
        residual.addcmul_(column, column, value=-1).clamp_(min=0)
        residual[every, pivot] = torch.where(unfinished, 0, residual[every, pivot])
        remaining = residual.sum(-1)
        common += column.sum(-1).square_() / n
        factors[:, rank] = column
        rank += 1
    return factors[:, :rank].sub_(factors[:, :rank].mean(-1, keepdim=True))


def _with_room(factors: Tensor, rank: int) -> Tensor:
    neurons, filled, n = factors.shape
    if neurons * rank * n * factors.element_size() > FACTOR_BYTES:
        raise RequestError(
            f"kernels of {neurons} neurons over {n} prompts need rank {rank} or more at this "
            f"bandwidth and do not fit in memory; take a larger bandwidth, fewer neurons or "
            f"fewer prompts"
        )
    grown = factors.new_empty(neurons, rank, n)
    grown[:, :filled] = factors
    return grown


def centred_linear_factors(x: Tensor) -> Tensor:
    """Return the factors of linear kernels: the centred neurons, (neurons, 1, prompts)."""
    return (x - x.mean(-1, keepdim=True))[:, None]
