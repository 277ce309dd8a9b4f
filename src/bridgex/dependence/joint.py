"""One kernel per set of neurons: the anchor's against that of each subset of the others."""

from collections.abc import Callable

import torch
from torch import Tensor

from bridgex.dependence.estimator import Estimator
from bridgex.dependence.hsic import (
    alignment,
    centred_,
    hsic_of_centred_without,
    normalised_inner,
    require_prompts,
    rounding_floor,
    rounding_floor_without,
)
from bridgex.dependence.kernels import (
    around_median,
    gaussian_of_distances_,
    linear_gram,
    median_of_distances,
    squared_distances,
)
from bridgex.dependence.subsets import check_subsets

GRAM_BYTES_AT_ONCE = 4 << 20  # stays in the cache of a processor core


class JointDependence:
    """`LayerDependence` with one kernel per set, on standardised neurons.

    The Gaussian kernel takes the sum of squared distances over the set's neurons, and the median
    distance between prompts as bandwidth. Linear kernel, `cka`: Kornblith et al. 2019. Gram
    matrices are made a few draws at a time, so that memory does not grow with the draws.
    """

    def __init__(self, anchor: Tensor, others: Tensor, estimator: Estimator) -> None:
        self._estimator = estimator
        self._others = around_median(others)
        self._n = anchor.shape[-1]
        gram = self._grams(around_median(anchor)[None])
        self._anchor_floor = rounding_floor(gram, unbiased=estimator.unbiased)
        self._anchor = centred_(gram, unbiased=estimator.unbiased)
        self._anchor_own = self._own(self._anchor)

    def value(self, subsets: Tensor) -> Tensor:
        """See `LayerDependence.value`."""
        return self._over_draws(subsets, self._values)

    def leave_one_out(self, subsets: Tensor) -> Tensor:
        """See `LayerDependence.leave_one_out`."""
        require_prompts(self._n, unbiased=self._estimator.unbiased, deleted=1)
        return self._over_draws(subsets, self._values_without)

    def permuted(self, subset: Tensor, orders: Tensor) -> Tensor:
        """See `LayerDependence.permuted`; a kernel's norm does not depend on the order."""
        check_subsets(subset[None], len(self._others))
        grams = self._grams(self._others[subset][None])
        floors = self._floors(grams)
        centred = centred_(grams, unbiased=self._estimator.unbiased)
        anchor = self._anchor[0]
        cross = [self._cross(anchor[order][:, order], centred) for order in orders]
        return self._measure(torch.cat(cross), centred, floors).double()

    def _over_draws(self, subsets: Tensor, measure: Callable[[Tensor], Tensor]) -> Tensor:
        check_subsets(subsets, len(self._others))
        gram_bytes = self._n**2 * self._others.element_size()
        at_once = max(1, GRAM_BYTES_AT_ONCE // gram_bytes)
        parts = [measure(self._grams(self._others[some])) for some in subsets.split(at_once)]
        return torch.cat(parts).double()

    def _grams(self, sets: Tensor) -> Tensor:
        if self._estimator.kernel == "linear":
            return linear_gram(sets)
        squared = squared_distances(sets)
        bandwidth = self._estimator.bandwidth
        if bandwidth is None:
            return gaussian_of_distances_(squared, median_of_distances(squared))
        return gaussian_of_distances_(squared, bandwidth)

    def _cross(self, anchor: Tensor, centred: Tensor) -> Tensor:
        inner = centred.flatten(1) @ anchor.flatten()
        return normalised_inner(inner, self._n, unbiased=self._estimator.unbiased)

    def _own(self, centred: Tensor) -> Tensor:
        inner = torch.linalg.vector_norm(centred, dim=(-2, -1)).square()
        return normalised_inner(inner, self._n, unbiased=self._estimator.unbiased)

    def _values(self, grams: Tensor) -> Tensor:
        floors = self._floors(grams)
        centred = centred_(grams, unbiased=self._estimator.unbiased)
        return self._measure(self._cross(self._anchor[0], centred), centred, floors)

    def _floors(self, grams: Tensor) -> tuple[Tensor, Tensor]:
        return self._anchor_floor, rounding_floor(grams, unbiased=self._estimator.unbiased)

    def _measure(self, cross: Tensor, centred: Tensor, floors: tuple[Tensor, Tensor]) -> Tensor:
        if not self._estimator.aligned:
            return cross
        return alignment(cross, self._anchor_own, self._own(centred), floors)

    def _values_without(self, grams: Tensor) -> Tensor:
        unbiased = self._estimator.unbiased
        centred = centred_(grams, unbiased=unbiased)
        cross = hsic_of_centred_without(self._anchor, centred, unbiased=unbiased)
        if not self._estimator.aligned:
            return cross
        own = self._own(centred)[:, None]
        floors = rounding_floor_without(self._anchor_own), rounding_floor_without(own)
        return alignment(
            cross,
            hsic_of_centred_without(self._anchor, self._anchor, unbiased=unbiased),
            hsic_of_centred_without(centred, centred, unbiased=unbiased),
            floors,
        )
