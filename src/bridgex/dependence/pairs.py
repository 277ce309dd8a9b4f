"""Inner products of the centred Gram matrices of all pairs of neurons, from low-rank factors.

With centred factors g_p (the column of prompt p) of K and h_p of L, and C = Σ_p g_p h_pᵀ:
⟨HKH, HLH⟩ = ‖C‖², and row p of that inner product is d_p = g_pᵀ C h_p. The diagonals of the
centred matrices are c_p = |g_p|² and e_p = |h_p|²; the U-centred matrices differ from them by c and
e alone, so their inner products follow from ‖C‖², d, c, e and the products (HKH) e, (HLH) c.
"""

from functools import cached_property

import torch
from torch import Tensor

from bridgex.dependence.factors import RESIDUAL

CROSS_BYTES = 64 << 20


class FactoredKernels:
    """Centred factors of the kernels of some neurons, with what is read from them often.

    Args:
        factors: (neurons, rank, prompts) float64, mean zero over prompts.
    """

    def __init__(self, factors: Tensor) -> None:
        self.factors = factors
        self.neurons, self.rank, self.n = factors.shape

    @cached_property
    def diagonal(self) -> Tensor:
        """Diagonals of the centred matrices, (neurons, prompts)."""
        return self.factors.square().sum(1)

    @property
    def trace(self) -> Tensor:
        """Traces of the centred matrices, (neurons,)."""
        return self.diagonal.sum(-1)

    def among(self, neurons: Tensor) -> "FactoredKernels":
        """Return the kernels of some of the neurons, int64 (k,)."""
        return FactoredKernels(self.factors[neurons])

    def rounding(self) -> Tensor:
        """Return what the inner product of a constant kernel with itself can reach: (neurons,)."""
        eps = torch.finfo(self.factors.dtype).eps
        return (16 * RESIDUAL * self.trace) ** 2 + 64 * eps * own_inner(self, unbiased=False)


def cross_inner(K: FactoredKernels, L: FactoredKernels, *, unbiased: bool) -> Tensor:  # noqa: N803
    """Return the inner product of the centred matrices of each pair: (neurons, neurons)."""
    parts = []
    at_once = max(1, CROSS_BYTES // (8 * K.neurons * K.rank * L.rank))
    for some in L.factors.split(at_once):
        squares = (K.factors.flatten(0, 1) @ some.flatten(0, 1).T).square_()
        parts.append(squares.view(K.neurons, K.rank, len(some), L.rank).sum((1, 3)))
    inner = torch.cat(parts, 1)
    if not unbiased:
        return inner
    diagonals = K.diagonal @ L.diagonal.T
    return _u_inner(inner, diagonals, K.trace[:, None] * L.trace, K.n)


def own_inner(K: FactoredKernels, *, unbiased: bool) -> Tensor:  # noqa: N803
    """Return the inner product of each neuron's centred matrix with itself: (neurons,)."""
    inner = (K.factors @ K.factors.mT).square().sum((1, 2))
    if not unbiased:
        return inner
    return _u_inner(inner, K.diagonal.square().sum(-1), K.trace**2, K.n)


def cross_rows(K: FactoredKernels, L: FactoredKernels, prompts: slice, *, unbiased: bool) -> Tensor:  # noqa: N803
    """Return rows of the inner product of each pair's centred matrices.

    Args:
        K: a neurons.
        L: b neurons.
        prompts: which rows.
        unbiased: of the U-centred matrices.

    Returns:
        (a, b, prompts).
    """
    stacked = L.factors.flatten(0, 1)
    at_prompts = stacked[:, prompts].T.contiguous()
    rows = []
    for factors in K.factors:
        half = factors[:, prompts].T @ (factors @ stacked.T)
        rows.append(half.mul_(at_prompts).view(-1, L.neurons, L.rank).sum(-1).T)
    inner = torch.stack(rows)
    if not unbiased:
        return inner
    applied_k = K.factors[:, :, prompts].mT @ (K.factors @ L.diagonal.T)
    applied_l = L.factors[:, :, prompts].mT @ (L.factors @ K.diagonal.T)
    return _u_rows(
        inner,
        (K.diagonal[:, None, prompts], L.diagonal[None, :, prompts]),
        applied_k.mT + applied_l.permute(2, 0, 1),
        (K.diagonal @ L.diagonal.T)[..., None],
        (K.trace[:, None, None], L.trace[None, :, None]),
        K.n,
    )


def own_rows(K: FactoredKernels, *, unbiased: bool) -> Tensor:  # noqa: N803
    """Return the rows of each neuron's own inner product: (neurons, prompts)."""
    rows = ((K.factors @ K.factors.mT @ K.factors) * K.factors).sum(1)
    if not unbiased:
        return rows
    moments = K.factors @ K.diagonal[..., None]
    applied = (K.factors.mT @ moments).squeeze(-1)
    squares = K.diagonal.square().sum(-1, keepdim=True)
    trace = K.trace[:, None]
    return _u_rows(rows, (K.diagonal, K.diagonal), 2 * applied, squares, (trace, trace), K.n)


def _u_inner(inner: Tensor, diagonals: Tensor, traces: Tensor, n: int) -> Tensor:
    return inner - diagonals * (n / (n - 2)) + traces / ((n - 1) * (n - 2))


def _u_rows(
    rows: Tensor,
    diagonals: tuple[Tensor, Tensor],
    applied: Tensor,
    diagonal_product: Tensor,
    traces: tuple[Tensor, Tensor],
    n: int,
) -> Tensor:
    """Return Σ_q A_pq B_pq of U-centred A, B from quantities of the centred kernels.

    Args:
        rows: d_p.
        diagonals: c_p and e_p.
        applied: ((HKH) e)_p + ((HLH) c)_p.
        diagonal_product: Σ_q c_q e_q.
        traces: Σ c and Σ e.
        n: prompts.
    """
    c, e = diagonals
    a = 1 / (n - 2)
    shift = e * a - traces[1] / ((n - 1) * (n - 2))
    corner = c * e
    off_diagonal = rows - corner - shift * c
    return (
        off_diagonal
        + a * (applied - 2 * corner)
        + a * shift * (traces[0] - c)
        + a * a * (diagonal_product - corner)
    )
