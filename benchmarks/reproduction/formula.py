"""The number the authors' released script prints, for comparison only. It is no HSIC.

Xu et al. 2025 describe HSIC; their script centres the product on one side only, divides by nothing
and takes as bandwidth a distance between neurons. See `published_score` and `renumbered_layers`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from bridgex.dependence.kernels import check_activations
from bridgex.errors import DependenceUndefinedError

SCRIPT_EPSILON = 1e-6
BYTES_AT_ONCE = 128 << 20


def published_standardise(x: Tensor) -> Tensor:
    """Return rows minus their mean over their unbiased standard deviation plus 1e-6, in float32."""
    x = x.float()
    return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + SCRIPT_EPSILON)


def published_bandwidth(x: Tensor, y: Tensor) -> float:
    """Return the script's bandwidth for two sets of standardised neurons.

    It is the median over all entries, zero diagonals included, of the Euclidean distances between
    the neurons of x and between those of y, plus 1e-6: the distances between neurons (about
    √(2n)), where a kernel over prompts would need those between prompts (about 1).

    Args:
        x: (a, prompts).
        y: (b, prompts).
    """
    within = torch.cat([torch.cdist(side, side).flatten() for side in (x, y)])
    return float(within.median()) + SCRIPT_EPSILON


def published_score(
    x: Tensor, y: Tensor, bandwidth: float | tuple[Tensor, Tensor] | None = None
) -> float:
    """Return the score of one layer as the released script computes it.

    The mean over the neurons of each side of the largest tr((K H)(H L)) with the other, averaged
    both ways, in float32. As H H = H it centres one side only: it may be negative, grows with n,
    and follows single prompts that differ from the rest. All pairs come from one matrix product.

    Args:
        x: activations (a, prompts).
        y: activations (b, prompts).
        bandwidth: σ for all neurons, or for those of each side, (a,) and (b,), in units of their
            standard deviation; none takes `published_bandwidth`.

    Raises:
        DependenceUndefinedError: NaN or infinity, no neurons, fewer than two prompts, or another
            number of prompts on each side.
    """
    check_activations(x)
    check_activations(y)
    n = x.shape[1]
    if y.shape[1] != n:
        raise DependenceUndefinedError(
            f"the published score needs the same prompts on both sides, not {n} and {y.shape[1]}"
        )
    x, y = published_standardise(x), published_standardise(y)
    if bandwidth is None:
        bandwidth = published_bandwidth(x, y)
    if isinstance(bandwidth, float | int):
        bandwidth = x.new_full((len(x),), bandwidth), x.new_full((len(y),), bandwidth)
    H = torch.eye(n, device=x.device) - 1 / n
    at_once = max(1, BYTES_AT_ONCE // (4 * n * n))
    pairs = torch.empty(len(x), len(y))
    for rows in torch.arange(len(y)).split(at_once):
        right = (H @ _grams(y[rows], bandwidth[1][rows])).mT.flatten(1)
        for columns in torch.arange(len(x)).split(at_once):
            left = (_grams(x[columns], bandwidth[0][columns]) @ H).flatten(1)
            pairs[columns[:, None], rows] = (left @ right.T).cpu()
    return float((pairs.amax(1).mean() + pairs.amax(0).mean()) / 2)


def renumbered_layers(scores: Sequence[float | None]) -> list[float]:
    """Return layer scores as the released script numbers them.

    A layer missing from either set is dropped, later ones move up by one, and the tail is filled
    with 0.0, which the script then averages in.

    Args:
        scores: one score per layer of the model, none where either set has no neuron.

    Returns:
        As many scores, with layer l no longer at position l.
    """
    present = [score for score in scores if score is not None]
    return present + [0.0] * (len(scores) - len(present))


def _grams(x: Tensor, sigma: Tensor) -> Tensor:
    """Return the kernel of each neuron, (neurons, prompts, prompts)."""
    differences = x[:, :, None] - x[:, None, :]
    return torch.exp(-(differences**2) / (2 * sigma.float()[:, None, None] ** 2))
