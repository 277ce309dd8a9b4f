"""Mean dependence of each neuron on its best partner in the other set, averaged both ways."""

import torch
from torch import Tensor

from bridgex.dependence.estimator import Estimator
from bridgex.dependence.factors import centred_gaussian_factors, centred_linear_factors
from bridgex.dependence.hsic import (
    alignment,
    normalised_inner,
    normalised_inner_without,
    require_prompts,
    rounding_floor_without,
)
from bridgex.dependence.kernels import median_bandwidth
from bridgex.dependence.pairs import (
    FactoredKernels,
    cross_inner,
    cross_rows,
    own_inner,
    own_rows,
)
from bridgex.dependence.subsets import check_subsets

BYTES_AT_ONCE = 64 << 20


class BestMatchDependence:
    """`LayerDependence` by best partners (Xu et al. 2025), from one kernel per neuron.

    The measure of all pairs is computed once, from low-rank factors of the kernels (see
    `centred_gaussian_factors` for the error bound); a subset is then a choice of columns and two
    maxima. The value estimates no fixed population quantity: the best of more partners is higher.
    """

    def __init__(self, anchor: Tensor, others: Tensor, estimator: Estimator) -> None:
        self._estimator = estimator
        self._n = anchor.shape[-1]
        self._anchor = FactoredKernels(self._factors(anchor))
        self._others = FactoredKernels(self._factors(others))
        unbiased = estimator.unbiased
        cross = cross_inner(self._anchor, self._others, unbiased=unbiased)
        self._pairs = self._measure(
            normalised_inner(cross, self._n, unbiased=unbiased),
            normalised_inner(own_inner(self._anchor, unbiased=unbiased), self._n, unbiased=unbiased)
            if estimator.aligned
            else None,
        )

    def value(self, subsets: Tensor) -> Tensor:
        """See `LayerDependence.value`."""
        check_subsets(subsets, self._others.neurons)
        backward = self._pairs.amax(0)[subsets].mean(-1)
        at_once = max(1, BYTES_AT_ONCE // (8 * self._anchor.neurons * subsets.shape[1]))
        forward = [self._pairs[:, some].amax(-1).mean(0) for some in subsets.split(at_once)]
        return (torch.cat(forward) + backward) / 2
