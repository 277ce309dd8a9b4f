"""Hilbert-Schmidt independence criterion and centred kernel alignment of two Gram matrices.

Every function takes symmetric Gram matrices (..., prompts, prompts), broadcast over the leading
dimensions. The ``leave_one_out`` versions return the value with each prompt deleted in turn, all n
of them in O(n²): centring removes whatever is added to whole rows and columns, so deleting prompt p
from centred matrices changes their inner product only through row p.
"""

import torch
from torch import Tensor

from bridgex.errors import DependenceUndefinedError


def hsic_biased(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return tr(K H L H) / (n - 1)² (Gretton et al. 2005, equation 9).

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (...).

    Raises:
        DependenceUndefinedError: fewer than three prompts.
    """
    return _hsic(K, L, unbiased=False)


def hsic_unbiased(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return the unbiased estimator of HSIC (Song et al. 2012, equation 5); may be negative.

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (...).

    Raises:
        DependenceUndefinedError: fewer than four prompts.
    """
    return _hsic(K, L, unbiased=True)


def cka(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return HSIC(K, L) / √(HSIC(K, K) HSIC(L, L)), biased (Kornblith et al. 2019, equation 4).

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (...).

    Raises:
        DependenceUndefinedError: fewer than three prompts, or a kernel that is constant.
    """
    return _cka(K, L, unbiased=False)


def cka_debiased(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return CKA with the unbiased estimator in its three places (Murphy et al. 2024).

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (...).

    Raises:
        DependenceUndefinedError: fewer than four prompts, or a kernel that is constant.
    """
    return _cka(K, L, unbiased=True)


def hsic_biased_leave_one_out(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return `hsic_biased` with each prompt deleted in turn, bandwidths unchanged.

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (..., prompts).

    Raises:
        DependenceUndefinedError: fewer than four prompts.
    """
    return _hsic_leave_one_out(K, L, unbiased=False)


def hsic_unbiased_leave_one_out(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return `hsic_unbiased` with each prompt deleted in turn, bandwidths unchanged.

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (..., prompts).

    Raises:
        DependenceUndefinedError: fewer than five prompts.
    """
    return _hsic_leave_one_out(K, L, unbiased=True)


def cka_leave_one_out(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return `cka` with each prompt deleted in turn, bandwidths unchanged.

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (..., prompts).

    Raises:
        DependenceUndefinedError: fewer than four prompts, or a kernel that is constant without one.
    """
    return _cka_leave_one_out(K, L, unbiased=False)


def cka_debiased_leave_one_out(K: Tensor, L: Tensor) -> Tensor:  # noqa: N803
    """Return `cka_debiased` with each prompt deleted in turn, bandwidths unchanged.

    Args:
        K: Gram matrices, (..., prompts, prompts), symmetric.
        L: the other side, over the same prompts.

    Returns:
        (..., prompts).

    Raises:
        DependenceUndefinedError: fewer than five prompts, or a kernel that is constant without one.
    """
    return _cka_leave_one_out(K, L, unbiased=True)


def require_prompts(n: int, *, unbiased: bool, deleted: int = 0) -> None:
    """Refuse fewer prompts than the estimator needs after ``deleted`` of them are gone.

    With two prompts every pair of kernels is proportional, so the biased measures need three.

    Raises:
        DependenceUndefinedError: naming how many are needed.
    """
    needed = (4 if unbiased else 3) + deleted
    if n < needed:
        purpose = " to delete one in turn" if deleted else ""
        kind = "unbiased" if unbiased else "biased"
        raise DependenceUndefinedError(
            f"the {kind} estimator needs at least {needed} prompts{purpose} and has {n}; "
            f"give more prompts"
        )


def centred_(gram: Tensor, *, unbiased: bool) -> Tensor:
    """Centre Gram matrices in place, so that their rows sum to zero.

    Biased: H K H with H = I - 1/n. Unbiased: the U-centred matrix with zero diagonal (Székely and
    Rizzo 2014, equation 2.2), whose inner product over n(n - 3) is the estimator of Song et al.

    Args:
        gram: (..., prompts, prompts), overwritten.
        unbiased: which of the two.
    """
    n = gram.shape[-1]
    if unbiased:
        gram.diagonal(dim1=-2, dim2=-1).zero_()
    sums = gram.sum(-1)
    total = sums.sum(-1)[..., None, None]
    rows, whole = (n - 2, (n - 1) * (n - 2)) if unbiased else (n, n * n)
    gram.sub_(sums[..., :, None] / rows - total / whole).sub_(sums[..., None, :] / rows)
    if unbiased:
        gram.diagonal(dim1=-2, dim2=-1).zero_()
    return gram


def normalised_inner(inner: Tensor, n: int, *, unbiased: bool) -> Tensor:
    """Return HSIC from the inner product of two centred Gram matrices."""
    return inner / (n * (n - 3) if unbiased else (n - 1) ** 2)


def normalised_inner_without(
    inner: Tensor, rows: Tensor, corners: Tensor | None, n: int, *, unbiased: bool
) -> Tensor:
    """Return HSIC with each prompt deleted, from parts of the inner product of centred matrices.

    With A, B centred, S = Σ A∘B and d_p = Σ_q A_pq B_pq, deleting p and centring again leaves
    S - 2n/(n-1) d_p + (n/(n-1))² A_pp B_pp (biased), S - 2(n-2)/(n-3) d_p (unbiased).

    Args:
        inner: S, (...).
        rows: d, (..., n).
        corners: A_pp B_pp, (..., n); none for the unbiased estimator, whose diagonals are zero.
        n: prompts before deletion.
        unbiased: which estimator.

    Returns:
        (..., n).
    """
    if corners is None:
        remaining = inner[..., None] - rows * (2 * (n - 2) / (n - 3))
    else:
        remaining = inner[..., None] - rows * (2 * n / (n - 1)) + corners * (n / (n - 1)) ** 2
    return normalised_inner(remaining, n - 1, unbiased=unbiased)


def alignment(cross: Tensor, own_k: Tensor, own_l: Tensor, floors: tuple[Tensor, Tensor]) -> Tensor:
    """Return cross / √(own_k · own_l).

    Args:
        cross: HSIC(K, L).
        own_k: HSIC(K, K), broadcast against ``cross``.
        own_l: HSIC(L, L), broadcast against ``cross``.
        floors: below which the two are rounding errors.

    Raises:
        DependenceUndefinedError: a kernel that is the same for all pairs of prompts.
    """
    if (own_k <= floors[0]).any() or (own_l <= floors[1]).any():
        raise DependenceUndefinedError(
            "a kernel does not differ between prompts (perhaps once a prompt is deleted), so its "
            "alignment is 0/0; leave out neurons that vary on one prompt only, or change a fixed "
            "bandwidth"
        )
    return cross / (own_k.sqrt() * own_l.sqrt())


def rounding_floor(gram: Tensor, *, unbiased: bool) -> Tensor:
    """Return what HSIC(K, K) of a constant kernel can reach by rounding alone: (...)."""
    noise = 16 * torch.finfo(gram.dtype).eps
    squares = (torch.linalg.vector_norm(gram, dim=(-2, -1)) * noise).square()
    return normalised_inner(squares, gram.shape[-1], unbiased=unbiased)


def rounding_floor_without(own: Tensor) -> Tensor:
    """Return what HSIC(K, K) can reach by rounding once a prompt is deleted from ``own``."""
    return own * (64 * torch.finfo(own.dtype).eps)


def _hsic(K: Tensor, L: Tensor, *, unbiased: bool) -> Tensor:  # noqa: N803
    n = K.shape[-1]
    require_prompts(n, unbiased=unbiased)
    A, B = (centred_(gram.clone(), unbiased=unbiased) for gram in (K, L))
    return normalised_inner((A * B).sum((-2, -1)), n, unbiased=unbiased)


def _hsic_leave_one_out(K: Tensor, L: Tensor, *, unbiased: bool) -> Tensor:  # noqa: N803
    require_prompts(K.shape[-1], unbiased=unbiased, deleted=1)
    A, B = (centred_(gram.clone(), unbiased=unbiased) for gram in (K, L))
    return hsic_of_centred_without(A, B, unbiased=unbiased)


def hsic_of_centred_without(A: Tensor, B: Tensor, *, unbiased: bool) -> Tensor:  # noqa: N803
    """Return HSIC with each prompt deleted, from two centred Gram matrices: (..., prompts)."""
    rows = torch.einsum("...pq,...pq->...p", A, B)
    diagonals = A.diagonal(dim1=-2, dim2=-1), B.diagonal(dim1=-2, dim2=-1)
    corners = None if unbiased else diagonals[0] * diagonals[1]
    return normalised_inner_without(rows.sum(-1), rows, corners, A.shape[-1], unbiased=unbiased)


def _cka(K: Tensor, L: Tensor, *, unbiased: bool) -> Tensor:  # noqa: N803
    floors = rounding_floor(K, unbiased=unbiased), rounding_floor(L, unbiased=unbiased)
    cross, own_k, own_l = (_hsic(A, B, unbiased=unbiased) for A, B in ((K, L), (K, K), (L, L)))
    return alignment(cross, own_k, own_l, floors)


def _cka_leave_one_out(K: Tensor, L: Tensor, *, unbiased: bool) -> Tensor:  # noqa: N803
    _cka(K, L, unbiased=unbiased)
    cross, own_k, own_l = (
        _hsic_leave_one_out(A, B, unbiased=unbiased) for A, B in ((K, L), (K, K), (L, L))
    )
    floors = (
        rounding_floor_without(_hsic(K, K, unbiased=unbiased)[..., None]),
        rounding_floor_without(_hsic(L, L, unbiased=unbiased)[..., None]),
    )
    return alignment(cross, own_k, own_l, floors)
