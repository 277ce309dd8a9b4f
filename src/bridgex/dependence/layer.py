"""Dependence between the anchor of one layer and any subset of other neurons of that layer."""

from typing import Protocol

from torch import Tensor

from bridgex.dependence.best_match import BestMatchDependence
from bridgex.dependence.estimator import Estimator
from bridgex.dependence.hsic import require_prompts
from bridgex.dependence.joint import JointDependence
from bridgex.dependence.kernels import (
    centred_and_scaled,
    check_activations,
    pair_medians,
    standardise,
)
from bridgex.errors import DependenceUndefinedError


class LayerDependence(Protocol):
    """The anchor and the other neurons of a layer, prepared once and asked many times."""

    def value(self, subsets: Tensor) -> Tensor:
        """Return the dependence of the anchor on each subset of the other neurons.

        Args:
            subsets: row numbers of the other neurons, int64 (draws, m); each draw is one subset.

        Returns:
            (draws,) float64.

        Raises:
            DependenceUndefinedError: a subset without a bandwidth or without variance.
        """

    def leave_one_out(self, subsets: Tensor) -> Tensor:
        """Return the same with each prompt deleted in turn, for the jackknife.

        Standardisation and bandwidths keep their values over all prompts; everything else, the
        choice of best partners included, is computed again without the prompt.

        Args:
            subsets: as for `value`.

        Returns:
            (draws, prompts) float64.

        Raises:
            DependenceUndefinedError: as for `value`, or too few prompts to delete one.
        """

    def permuted(self, subset: Tensor, orders: Tensor) -> Tensor:
        """Return the dependence on one subset with the anchor's prompts put in other orders.

        Args:
            subset: row numbers of the other neurons, int64 (m,).
            orders: permutations of the prompts, int64 (permutations, prompts).

        Returns:
            (permutations,) float64.

        Raises:
            DependenceUndefinedError: as for `value`.
        """


def prepare(anchor: Tensor, others: Tensor, estimator: Estimator) -> LayerDependence:
    """Prepare one layer: compute everything that does not depend on the subset.

    Args:
        anchor: activations of the anchor (a, prompts), float32 or float64.
        others: activations of a candidate's neurons, or of the pool of the null, (b, prompts).
        estimator: what to compute.

    Raises:
        DependenceUndefinedError: too few prompts, NaN or infinity, constant neurons, or (best
            match) neurons whose median bandwidth is zero; `defined_neurons` returns which to keep.
    """
    if anchor.shape[-1] != others.shape[-1]:
        raise DependenceUndefinedError(
            f"the anchor has {anchor.shape[-1]} prompts and the other neurons "
            f"{others.shape[-1]}; capture both on the same prompts"
        )
    require_prompts(anchor.shape[-1], unbiased=estimator.unbiased)
    sides = standardise(anchor), standardise(others)
    if estimator.aggregation == "joint":
        return JointDependence(*sides, estimator)
    return BestMatchDependence(*sides, estimator)


def defined_neurons(x: Tensor, estimator: Estimator) -> Tensor:
    """Return which neurons `prepare` accepts: (neurons,) bool.

    Args:
        x: finite activations (neurons, prompts).
        estimator: constant neurons are undefined for all; for best match over median bandwidths
            also those with the same activation on most prompts.

    Raises:
        DependenceUndefinedError: NaN or infinity, or fewer than two prompts.
    """
    check_activations(x)
    scaled, flat = centred_and_scaled(x)
    median = estimator.kernel == "gaussian" and estimator.bandwidth is None
    if estimator.aggregation == "best_match" and median:
        return ~flat & (pair_medians(scaled) > 0)
    return ~flat
