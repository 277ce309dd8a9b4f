"""Dependence between sets of neurons over prompts: tensors in, values out."""

from bridgex.dependence.estimator import DEFAULT, PAPER, Estimator
from bridgex.dependence.hsic import (
    cka,
    cka_debiased,
    cka_debiased_leave_one_out,
    cka_leave_one_out,
    hsic_biased,
    hsic_biased_leave_one_out,
    hsic_unbiased,
    hsic_unbiased_leave_one_out,
)
from bridgex.dependence.jackknife import Interval, interval
from bridgex.dependence.kernels import (
    gaussian_gram,
    joint_median_bandwidth,
    linear_gram,
    median_bandwidth,
    standardise,
)
from bridgex.dependence.layer import LayerDependence, defined_neurons, prepare
from bridgex.dependence.null import holm, p_text, p_value, prompt_orders, random_subsets

__all__ = [
    "DEFAULT",
    "PAPER",
    "Estimator",
    "Interval",
    "LayerDependence",
    "cka",
    "cka_debiased",
    "cka_debiased_leave_one_out",
    "cka_leave_one_out",
    "defined_neurons",
    "gaussian_gram",
    "holm",
    "hsic_biased",
    "hsic_biased_leave_one_out",
    "hsic_unbiased",
    "hsic_unbiased_leave_one_out",
    "interval",
    "joint_median_bandwidth",
    "linear_gram",
    "median_bandwidth",
    "p_text",
    "p_value",
    "prepare",
    "prompt_orders",
    "random_subsets",
    "standardise",
]
