import json
from pathlib import Path
from typing import Any

import pytest
import torch
from benchmarks.reproduction import formula as published_module
from benchmarks.reproduction.formula import (
    published_bandwidth,
    published_score,
    published_standardise,
    renumbered_layers,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor

from bridgex.dependence import (
    Estimator,
    gaussian_gram,
    hsic_biased,
    hsic_unbiased,
    prepare,
)
from bridgex.errors import DependenceUndefinedError
from tests.reproduction import slow

CASES = range(7)
OWN = {
    "bandwidth": 2.810599436,
    "published": 0.252001269,
    "published at 1": 3.196895353,
    "best match of the biased estimator at 1": 0.077925549,
}
"""Of the two small sets in `tests.reproduction.slow`."""


def test_our_own_numbers_are_those_of_plain_loops() -> None:
    x, y = slow.standardised(slow.X), slow.standardised(slow.Y)
    sigma = slow.bandwidth(x, y)
    values = [
        sigma,
        slow.best_match(x, y, sigma, slow.published),
        slow.best_match(x, y, 1.0, slow.published),
        slow.best_match(x, y, 1.0, slow.biased),
    ]
    assert values == pytest.approx(list(OWN.values()), abs=1e-9)


def test_our_own_numbers_are_reached() -> None:
    x, y = (torch.tensor(side, dtype=torch.float32) for side in (slow.X, slow.Y))
    layer = prepare(x, y, Estimator("hsic_biased", "best_match", bandwidth=1.0))
    values = [
        published_bandwidth(published_standardise(x), published_standardise(y)),
        published_score(x, y),
        published_score(x, y, 1.0),
        float(layer.value(torch.arange(len(y))[None])),
    ]
    assert values == pytest.approx(list(OWN.values()), rel=1e-4)


@pytest.fixture(scope="module")
def golden(shared: Path) -> tuple[list[dict[str, Any]], dict[str, Tensor]]:
    folder = shared / "golden"
    cases: list[dict[str, Any]] = json.loads((folder / "hsic_cases.json").read_text())
    assert [case["case"] for case in cases] == list(CASES)
    return cases, load_file(folder / "hsic_cases.safetensors")


Golden = tuple[list[dict[str, Any]], dict[str, Tensor]]


def sides(golden: Golden, case: int) -> tuple[Tensor, Tensor]:
    return golden[1][f"case{case}.x"], golden[1][f"case{case}.y"]


def largest_error(ours: Tensor, theirs: Tensor) -> float:
    return float((ours.double() - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("case", CASES)
def test_the_published_numbers_are_reached(golden: Golden, case: int) -> None:
    x, y = sides(golden, case)
    expected = golden[0][case]
    bandwidth = published_bandwidth(published_standardise(x), published_standardise(y))
    assert bandwidth == pytest.approx(expected["published_sigma_value"], rel=1e-6)
    assert published_score(x, y) == pytest.approx(expected["published_default_sigma"], rel=1e-4)
    assert published_score(x, y, 1.0) == pytest.approx(expected["published_sigma1"], rel=1e-4)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_textbook_values_are_reached(
    golden: Golden, case: int, dtype: torch.dtype, tolerance: float
) -> None:
    K, L = (
        gaussian_gram(published_standardise(side).to(dtype)[:, None], 1.0)
        for side in sides(golden, case)
    )
    for name, measure in (("hsic_biased", hsic_biased), ("hsic_unbiased", hsic_unbiased)):
        expected = golden[1][f"case{case}.{name}_sigma1"]
        assert largest_error(measure(K[:, None], L[None]), expected) < tolerance


@pytest.mark.parametrize("case", CASES)
def test_best_match_of_the_biased_estimator_is_reached(golden: Golden, case: int) -> None:
    x, y = sides(golden, case)
    layer = prepare(x, y, Estimator("hsic_biased", "best_match", bandwidth=1.0))
    value = float(layer.value(torch.arange(len(y))[None]))
    assert value == pytest.approx(golden[0][case]["bestmatch_of_biased_sigma1"], rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 5), st.integers(1, 5), st.integers(1, 9))
def test_the_published_score_does_not_depend_on_the_size_of_a_chunk(
    seed: int, a: int, b: int, neurons: int
) -> None:
    n = 12
    x, y = torch.randn(a + b, n, generator=torch.Generator().manual_seed(seed)).split([a, b])
    whole = published_score(x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published_module, "BYTES_AT_ONCE", 4 * n * n * neurons)
        assert published_score(x, y) == pytest.approx(whole, rel=1e-5, abs=1e-6)


def test_one_neuron_a_side_scores_n_minus_one_whatever_the_data() -> None:
    x = torch.randn(2, 1, 30, generator=torch.Generator().manual_seed(3))
    assert published_score(x[0], x[1]) == pytest.approx(29, rel=1e-4)


def test_the_published_score_may_be_negative() -> None:
    x, y = torch.zeros(2, 1, 10)
    x[0, 0] = y[0, 1] = 1
    assert published_score(x, y, 1.0) == pytest.approx(-0.592, abs=1e-3)


def test_a_missing_layer_moves_later_ones_up_and_ends_in_zero() -> None:
    assert renumbered_layers([1.0, None, 3.0, None, 5.0]) == [1.0, 3.0, 5.0, 0.0, 0.0]
    assert renumbered_layers([None, None]) == [0.0, 0.0]
    assert renumbered_layers([2.0, 1.0]) == [2.0, 1.0]


def test_bad_input_is_refused() -> None:
    x = torch.randn(3, 10, generator=torch.Generator().manual_seed(0))
    with pytest.raises(DependenceUndefinedError, match="same prompts on both sides"):
        published_score(x, x[:, :9])
    with pytest.raises(DependenceUndefinedError, match="nothing varies over 1 prompts"):
        published_score(x[:, :1], x[:, :1])
    with pytest.raises(DependenceUndefinedError, match="NaN"):
        published_score(x, x / 0)
