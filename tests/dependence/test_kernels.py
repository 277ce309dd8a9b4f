import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgex.dependence import (
    Estimator,
    gaussian_gram,
    joint_median_bandwidth,
    linear_gram,
    median_bandwidth,
    standardise,
)
from bridgex.errors import DependenceUndefinedError
from tests.dependence import naive

LINEAR = Estimator("hsic_biased", "joint", kernel="linear")


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_standardise_gives_mean_zero_and_unbiased_variance_one() -> None:
    x = standardise(5 + 3 * normal(4, 30))
    torch.testing.assert_close(x.mean(1), torch.zeros(4, dtype=torch.float64))
    torch.testing.assert_close(x.square().sum(1) / 29, torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_standardise_keeps_the_dtype(dtype: torch.dtype) -> None:
    assert standardise(normal(2, 9, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_standardise_survives_values_whose_squares_leave_float32(scale: float) -> None:
    x = normal(2, 20, dtype=torch.float32)
    torch.testing.assert_close(standardise(x * scale), standardise(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_standardise_names_neurons_that_are_not_finite(bad: float) -> None:
    x = normal(12, 6)
    x[3, 2] = x[11, 0] = bad
    with pytest.raises(
        DependenceUndefinedError, match="NaN or infinite activations in neurons 3, 11;"
    ):
        standardise(x)


def test_standardise_names_constant_neurons_and_cuts_a_long_list() -> None:
    x = normal(12, 6, dtype=torch.float32)
    x[1] = 0.1
    with pytest.raises(DependenceUndefinedError, match="no variance in neuron 1: the same"):
        standardise(x)
    x[2:] = 7.3
    with pytest.raises(DependenceUndefinedError, match=r"neurons 1, 2, .*, 8 and 3 more: the same"):
        standardise(x)


def test_standardise_refuses_one_prompt_and_no_neurons() -> None:
    with pytest.raises(DependenceUndefinedError, match="at least two prompts"):
        standardise(normal(3, 1))
    with pytest.raises(DependenceUndefinedError, match="without neurons"):
        standardise(normal(0, 8))


@pytest.mark.parametrize("x", [normal(8), normal(2, 8).bfloat16(), torch.ones(2, 8).long()])
def test_standardise_refuses_other_shapes_and_dtypes(x: torch.Tensor) -> None:
    with pytest.raises(DependenceUndefinedError, match="float32 or float64 of shape"):
        standardise(x)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 30, 31])
def test_median_bandwidth_is_the_median_over_pairs(n: int) -> None:
    x = normal(3, n)
    expected = torch.tensor([naive.median_distance(row[None]) for row in x], dtype=torch.float64)
    torch.testing.assert_close(median_bandwidth(x), expected)


@pytest.mark.parametrize(("m", "n"), [(1, 7), (3, 8), (5, 21)])
def test_joint_median_bandwidth_is_the_median_distance_in_the_space_of_the_set(
    m: int, n: int
) -> None:
    sets = normal(2, m, n)
    expected = torch.tensor([naive.median_distance(rows) for rows in sets], dtype=torch.float64)
    torch.testing.assert_close(joint_median_bandwidth(sets), expected)


def test_a_set_of_one_neuron_has_that_neurons_bandwidth() -> None:
    x = normal(4, 25)
    torch.testing.assert_close(joint_median_bandwidth(x[:, None]), median_bandwidth(x))


def test_a_zero_median_is_refused_and_named() -> None:
    x = normal(3, 20, dtype=torch.float32)
    x[1, :16] = 0.3
    with pytest.raises(DependenceUndefinedError, match="median bandwidth is zero in neuron 1:"):
        median_bandwidth(x)
    x[:, :16] = x[:, :1].clone()
    with pytest.raises(DependenceUndefinedError, match="its median bandwidth is zero"):
        joint_median_bandwidth(standardise(x)[None])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4), st.integers(2, 12), st.floats(0.3, 3))
def test_grams_equal_their_definitions(seed: int, m: int, n: int, sigma: float) -> None:
    x = normal(m, n, seed=seed)
    fixed = Estimator("hsic_biased", "joint", bandwidth=sigma)
    torch.testing.assert_close(gaussian_gram(x, sigma), naive.gram(x, fixed))
    torch.testing.assert_close(linear_gram(x), naive.gram(x, LINEAR))


def test_gaussian_gram_takes_one_bandwidth_per_set() -> None:
    sets, sigma = normal(2, 3, 10), torch.tensor([0.5, 2.0], dtype=torch.float64)
    both = gaussian_gram(sets, sigma)
    for i in range(2):
        torch.testing.assert_close(both[i], gaussian_gram(sets[i], float(sigma[i])))
