import math

import pytest

from bridgex.dependence import DEFAULT, PAPER, Estimator
from bridgex.errors import RequestError


def test_presets_are_those_of_the_paper_and_the_default() -> None:
    assert (PAPER.measure, PAPER.aggregation, PAPER.bandwidth) == (
        "hsic_biased",
        "best_match",
        None,
    )
    assert (DEFAULT.measure, DEFAULT.aggregation, DEFAULT.kernel) == (
        "cka_debiased",
        "joint",
        "gaussian",
    )


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, math.nan, math.inf])
def test_a_bandwidth_must_be_positive(bandwidth: float) -> None:
    with pytest.raises(RequestError, match="must be a positive number"):
        Estimator("cka", "joint", bandwidth=bandwidth)


def test_the_linear_kernel_takes_no_bandwidth() -> None:
    with pytest.raises(RequestError, match="leave the bandwidth out"):
        Estimator("cka", "joint", kernel="linear", bandwidth=1.0)


@pytest.mark.parametrize(
    ("measure", "unbiased", "aligned"),
    [
        ("hsic_biased", False, False),
        ("hsic_unbiased", True, False),
        ("cka", False, True),
        ("cka_debiased", True, True),
    ],
)
def test_measures_know_their_parts(measure: str, unbiased: bool, aligned: bool) -> None:
    estimator = Estimator(measure, "joint")  # type: ignore[arg-type]
    assert (estimator.unbiased, estimator.aligned) == (unbiased, aligned)
