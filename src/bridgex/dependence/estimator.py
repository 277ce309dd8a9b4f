"""Which dependence measure, over which kernel, and how two sets of neurons are compared."""

import math
from dataclasses import dataclass
from typing import Literal

from bridgex.errors import RequestError

Measure = Literal["hsic_biased", "hsic_unbiased", "cka", "cka_debiased"]
Aggregation = Literal["joint", "best_match"]
Kernel = Literal["gaussian", "linear"]


@dataclass(frozen=True)
class Estimator:
    """One way to measure how strongly a set of neurons depends on another.

    Raises:
        RequestError: a bandwidth that is not positive, or one given for the linear kernel.
    """

    measure: Measure
    """HSIC, or HSIC normalised to at most 1 (CKA); biased or not."""
    aggregation: Aggregation
    """One kernel per set, or the mean of each neuron's best partner in the other set."""
    kernel: Kernel = "gaussian"
    """Kernel over prompts, on standardised neurons."""
    bandwidth: float | None = None
    """σ of the Gaussian kernel; none takes the median distance of each neuron or set."""

    def __post_init__(self) -> None:
        if self.bandwidth is None:
            return
        if self.kernel == "linear":
            raise RequestError("the linear kernel has no bandwidth; leave the bandwidth out")
        if not (math.isfinite(self.bandwidth) and self.bandwidth > 0):
            raise RequestError(
                f"the bandwidth must be a positive number, not {self.bandwidth}; "
                f"leave it out for the median"
            )

    @property
    def unbiased(self) -> bool:
        """Whether the measure rests on the unbiased estimator of HSIC."""
        return self.measure in {"hsic_unbiased", "cka_debiased"}

    @property
    def aligned(self) -> bool:
        """Whether the measure is normalised by each side's dependence on itself."""
        return self.measure in {"cka", "cka_debiased"}


PAPER = Estimator("hsic_biased", "best_match")
"""Xu et al. 2025: mean best match of neuron-by-neuron HSIC."""
DEFAULT = Estimator("cka_debiased", "joint")
"""Debiased alignment of one kernel per set."""
