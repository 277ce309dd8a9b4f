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
        self._anchor = self._kernels(anchor)
        self._others = self._kernels(others)
        self._inner = cross_inner(self._anchor, self._others, unbiased=estimator.unbiased)
        self._pairs = self._pair_values(self._inner, self._others)

    def value(self, subsets: Tensor) -> Tensor:
        """See `LayerDependence.value`."""
        check_subsets(subsets, self._others.neurons)
        backward = self._pairs.amax(0)[subsets].mean(-1)
        at_once = max(1, BYTES_AT_ONCE // (8 * self._anchor.neurons * subsets.shape[1]))
        forward = [self._pairs[:, some].amax(-1).mean(0) for some in subsets.split(at_once)]
        return (torch.cat(forward) + backward) / 2

    def leave_one_out(self, subsets: Tensor) -> Tensor:
        """See `LayerDependence.leave_one_out`; best partners are chosen again every time."""
        require_prompts(self._n, unbiased=self._estimator.unbiased, deleted=1)
        check_subsets(subsets, self._others.neurons)
        used, columns = subsets.unique(return_inverse=True)
        others = self._others.among(used)
        owns = self._own_without(self._anchor), self._own_without(others)
        widest = max(len(used) * max(self._anchor.neurons, others.rank), subsets.numel())
        at_once = max(1, BYTES_AT_ONCE // (8 * widest))
        parts = []
        for start in range(0, self._n, at_once):
            prompts = slice(start, start + at_once)
            pairs = self._pairs_without(others, self._inner[:, used], owns, prompts)
            backward = pairs.amax(0)[columns].mean(1)
            forward = [pairs.index_select(1, some).amax(1).mean(0) for some in columns]
            parts.append((torch.stack(forward) + backward) / 2)
        return torch.cat(parts, 1)

    def permuted(self, subset: Tensor, orders: Tensor) -> Tensor:
        """See `LayerDependence.permuted`."""
        check_subsets(subset[None], self._others.neurons)
        others = self._others.among(subset)
        values = []
        for order in orders:
            anchor = FactoredKernels(self._anchor.factors[:, :, order])
            inner = cross_inner(anchor, others, unbiased=self._estimator.unbiased)
            pairs = self._pair_values(inner, others)
            values.append((pairs.amax(0).mean() + pairs.amax(1).mean()) / 2)
        return torch.stack(values)

    def _kernels(self, x: Tensor) -> FactoredKernels:
        if self._estimator.kernel == "linear":
            return FactoredKernels(centred_linear_factors(x.double()))
        bandwidth = self._estimator.bandwidth
        if bandwidth is None:
            sigma = median_bandwidth(x).double()
        else:
            sigma = x.new_full((len(x),), bandwidth, dtype=torch.float64)
        return FactoredKernels(centred_gaussian_factors(x.double(), sigma))

    def _hsic(self, inner: Tensor) -> Tensor:
        return normalised_inner(inner, self._n, unbiased=self._estimator.unbiased)

    def _pair_values(self, inner: Tensor, others: FactoredKernels) -> Tensor:
        cross = self._hsic(inner)
        if not self._estimator.aligned:
            return cross
        unbiased = self._estimator.unbiased
        owns = [self._hsic(own_inner(k, unbiased=unbiased)) for k in (self._anchor, others)]
        floors = [self._hsic(k.rounding()) for k in (self._anchor, others)]
        return alignment(cross, owns[0][:, None], owns[1], (floors[0][:, None], floors[1]))

    def _own_without(self, kernels: FactoredKernels) -> Tensor:
        """Return HSIC(K, K) of each neuron with each prompt deleted: (neurons, prompts)."""
        unbiased = self._estimator.unbiased
        return normalised_inner_without(
            own_inner(kernels, unbiased=unbiased),
            own_rows(kernels, unbiased=unbiased),
            None if unbiased else kernels.diagonal.square(),
            self._n,
            unbiased=unbiased,
        )

    def _pairs_without(
        self, others: FactoredKernels, inner: Tensor, owns: tuple[Tensor, Tensor], prompts: slice
    ) -> Tensor:
        """Return the measure of all pairs with some prompts deleted in turn: (a, b, prompts)."""
        unbiased = self._estimator.unbiased
        diagonals = self._anchor.diagonal[:, None, prompts], others.diagonal[None, :, prompts]
        cross = normalised_inner_without(
            inner,
            cross_rows(self._anchor, others, prompts, unbiased=unbiased),
            None if unbiased else diagonals[0] * diagonals[1],
            self._n,
            unbiased=unbiased,
        )
        if not self._estimator.aligned:
            return cross
        floors = [self._hsic(kernels.rounding()) for kernels in (self._anchor, others)]
        return alignment(
            cross,
            owns[0][:, None, prompts],
            owns[1][None, :, prompts],
            (floors[0][:, None, None], floors[1][None, :, None]),
        )
