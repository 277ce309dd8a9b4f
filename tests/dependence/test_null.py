import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgex.dependence import (
    DEFAULT,
    PAPER,
    Estimator,
    holm,
    p_text,
    p_value,
    prepare,
    prompt_orders,
)
from bridgex.dependence import random_subsets as draw
from bridgex.dependence.estimator import Aggregation, Measure
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
    orders = prompt_orders(40, 39, seed=0)
    assert torch.equal(orders, prompt_orders(40, 39, seed=0))
    assert orders[0].equal(torch.arange(40))
    assert not orders[1].equal(orders[0])
    assert orders.sort().values.equal(orders[:1].expand_as(orders))

    def p(others: torch.Tensor) -> float:
        values = prepare(x, others, estimator).permuted(torch.arange(3), orders)
        return p_value(float(values[0]), values[1:])

    assert p(y + 2 * x) == 1 / 40
    assert p(y) > 1 / 40


@pytest.mark.parametrize("aggregation", ["joint", "best_match"])
@pytest.mark.parametrize("measure", ["hsic_biased", "hsic_unbiased", "cka", "cka_debiased"])
def test_permuted_is_the_value_on_permuted_prompts(
    aggregation: Aggregation, measure: Measure
) -> None:
    estimator = Estimator(measure, aggregation)
    x, y = torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    orders, subset = prompt_orders(30, 3, seed=5), torch.tensor([3, 1])
    found = prepare(x, y, estimator).permuted(subset, orders)
    for value, order in zip(found, orders, strict=True):
        expected = prepare(x[:, order], y, estimator).value(subset[None])[0]
        torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("p", "at_floor", "text"),
    [
        (6 / 1001, True, "≤ 0.006"),
        (1 / 10_000, True, "≤ 0.0001"),
        (1 / 1001, True, "≤ 0.001"),
        (1.0, True, "≤ 1"),
        (0.0121, True, "≤ 0.013"),
        (6 / 1001, False, "0.006"),
        (0.663, False, "0.66"),
        (1.0, False, "1"),
    ],
)
def test_a_p_value_at_its_floor_is_a_bound(p: float, at_floor: bool, text: str) -> None:
    assert p_text(p, at_floor=at_floor) == text
    if at_floor:
        assert float(text.removeprefix("≤ ")) >= p
