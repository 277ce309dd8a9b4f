import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgex.dependence import DEFAULT, PAPER, Estimator, holm, p_value, prompt_permutation
from bridgex.dependence import random_subsets as draw
from bridgex.errors import DependenceUndefinedError, RequestError


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.data())
def test_subsets_are_without_replacement(pool_size: int, data: st.DataObject) -> None:
    m = data.draw(st.integers(1, pool_size))
    subsets = draw(pool_size, m, 5, seed=3)
    assert subsets.shape == (5, m)
    assert all(len(set(subset)) == m for subset in subsets.tolist())
    assert subsets.min() >= 0
    assert subsets.max() < pool_size


def test_subsets_follow_the_seed_and_nothing_else() -> None:
    first = draw(50, 10, 4, seed=1)
    torch.rand(3)
    assert torch.equal(draw(50, 10, 4, seed=1), first)
    assert not torch.equal(draw(50, 10, 4, seed=2), first)


def test_drawing_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    draw(50, 10, 4, seed=1)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_every_neuron_is_drawn_equally_often() -> None:
    counts = draw(10, 3, 20_000, seed=0).flatten().bincount(minlength=10)
    expected, error = 6000, math.sqrt(20_000 * 0.3 * 0.7)
    assert (counts - expected).abs().max() < 4.5 * error


def test_draws_that_cannot_be_are_refused() -> None:
    with pytest.raises(RequestError, match="5 neurons cannot be drawn from 4"):
        draw(4, 5, 1, seed=0)
    for m, draws in ((0, 1), (1, 0)):
        with pytest.raises(RequestError, match="at least one"):
            draw(4, m, draws, seed=0)


def test_p_values_count_ties_and_the_value_itself() -> None:
    null = torch.tensor([0.1, 0.2, 0.2, 0.3])
    assert p_value(0.5, null) == 1 / 5
    assert p_value(float(null[1]), null) == 4 / 5
    assert p_value(0.0, null) == 1


def test_p_values_of_nothing_are_refused() -> None:
    for null in (torch.zeros(0), torch.zeros(2, 2)):
        with pytest.raises(DependenceUndefinedError, match="draw random sets first"):
            p_value(0.0, null)
    for value, null in ((math.nan, torch.zeros(3)), (0.0, torch.tensor([0.0, math.nan]))):
        with pytest.raises(DependenceUndefinedError, match="NaN"):
            p_value(value, null)


def test_holm_on_a_worked_example() -> None:
    p = torch.tensor([0.04, 0.01, 0.03, 0.005], dtype=torch.float64)
    expected = torch.tensor([0.06, 0.03, 0.06, 0.02], dtype=torch.float64)
    torch.testing.assert_close(holm(p), expected)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_the_p_value_and_bonferroni(values: list[float]) -> None:
    p = torch.tensor(values, dtype=torch.float64)
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (corrected <= (p * len(p)).clamp(max=1)).all()
    order = p.argsort(stable=True)
    assert (corrected[order].diff() >= 0).all()


@pytest.mark.parametrize(
    "p",
    [torch.tensor([0.2, 1.2]), torch.tensor([-0.1]), torch.tensor([math.nan]), torch.ones(1, 1)],
)
def test_holm_refuses_what_is_no_probability(p: torch.Tensor) -> None:
    with pytest.raises(DependenceUndefinedError, match=r"values in \[0, 1\]"):
        holm(p)


@pytest.mark.parametrize("estimator", [DEFAULT, PAPER])
def test_permuting_prompts_finds_dependence_and_no_more(estimator: Estimator) -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 3, 40, generator=generator)
    assert prompt_permutation(x, y + 2 * x, estimator, 39, seed=0) == 1 / 40
    independent = prompt_permutation(x, y, estimator, 39, seed=0)
    assert independent > 1 / 40
    assert prompt_permutation(x, y, estimator, 39, seed=0) == independent
    with pytest.raises(RequestError, match="at least one permutation"):
        prompt_permutation(x, y, estimator, 0, seed=0)
