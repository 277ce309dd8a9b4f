"""Counting and pooling against the obvious formulas."""

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgex.lm.activations import (
    DenseActivation,
    LayerActivation,
    RoutedActivation,
    positive_counts,
)

DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64]
EDGES = [
    0.0,
    -0.0,
    1e-45,
    -1e-45,
    6e-8,
    -6e-8,
    1e-38,
    65504.0,
    -65504.0,
    float("inf"),
    -float("inf"),
]


@st.composite
def activations(draw: st.DrawFn, nan: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    tokens, width = draw(st.integers(0, 9)), draw(st.integers(1, 9))
    edges = [*EDGES, float("nan")] if nan else EDGES
    value = st.one_of(st.sampled_from(edges), st.floats(width=32, allow_nan=False))
    flat = draw(st.lists(value, min_size=tokens * width, max_size=tokens * width))
    counted = draw(st.lists(st.booleans(), min_size=tokens, max_size=tokens))
    dtype = draw(st.sampled_from(DTYPES))
    with numpy.errstate(over="ignore"):
        values = torch.tensor(flat, dtype=torch.float64).reshape(tokens, width).to(dtype)
    return values, torch.tensor(counted, dtype=torch.bool)


def left_out(counted: torch.Tensor) -> torch.Tensor:
    return (~counted).flatten().nonzero().squeeze(1)


@given(activations())
@settings(max_examples=300, deadline=None)
def test_positive_counts_is_greater_than_zero_summed(
    drawn: tuple[torch.Tensor, torch.Tensor],
) -> None:
    values, counted = drawn
    assert torch.equal(positive_counts(values, left_out(counted)), (values[counted] > 0).sum(0))


@given(activations(nan=True))
@settings(max_examples=100, deadline=None)
def test_values_that_are_not_a_number_are_told_where_counted_and_harmless_elsewhere(
    drawn: tuple[torch.Tensor, torch.Tensor],
) -> None:
    values, counted = drawn
    broken = bool(DenseActivation(values).broken(counted))
    assert broken == bool(values[counted].isnan().any())
    if not broken:
        assert torch.equal(positive_counts(values, left_out(counted)), (values[counted] > 0).sum(0))


@pytest.mark.parametrize("dtype", DTYPES)
def test_counts_do_not_overflow_their_lane(dtype: torch.dtype) -> None:
    values = torch.ones(70_001, 8, dtype=dtype)
    values[:, 3] = -1
    counts = positive_counts(values, torch.zeros(0, dtype=torch.int64))
    assert counts.tolist() == [70_001] * 3 + [0] + [70_001] * 4


def test_counts_of_a_view_that_is_not_contiguous() -> None:
    values = torch.randn(8, 12, generator=torch.Generator().manual_seed(1)).T
    counted = torch.ones(12, dtype=torch.bool)
    assert not values.is_contiguous()
    assert torch.equal(positive_counts(values, left_out(counted)), (values > 0).sum(0))


def routed(
    seed: int, tokens: int, experts: int, width: int
) -> tuple[RoutedActivation, torch.Tensor]:
    """A mixture's activations, and the same with zeros where a token is not routed."""
    generator = torch.Generator().manual_seed(seed)
    routes = torch.rand(tokens, experts, generator=generator).argsort(1)[:, :2]
    values = torch.randn(tokens * 2, width, generator=generator)
    token, expert = torch.arange(tokens).repeat_interleave(2), routes.flatten()
    dense = torch.zeros(tokens, experts, width)
    dense[token, expert] = values
    order = torch.randperm(tokens * 2, generator=generator)
    part = RoutedActivation(values[order], expert[order], token[order], experts)
    return part, dense.flatten(1)


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_a_mixture_beside_a_dense_network_is_read_as_one_layer(
    seed: int, texts: int, tokens: int
) -> None:
    part, dense = routed(seed, texts * tokens, experts=3, width=4)
    generator = torch.Generator().manual_seed(seed + 1)
    keep_source = torch.randn(texts * tokens, 5, generator=generator)
    layer = LayerActivation([part, DenseActivation(keep_source)])
    whole = torch.cat([dense, keep_source], 1)
    counted = torch.rand(texts, tokens, generator=generator) < 0.7
    counts = layer.positive_counts(counted, left_out(counted))
    assert torch.equal(counts, (whole[counted.flatten()] > 0).sum(0))
    index = (torch.rand(whole.shape[1], generator=generator) < 0.5).nonzero().squeeze(1)
    weights = torch.rand(texts, tokens, generator=generator) * counted
    expected = torch.einsum("bt,btk->bk", weights, whole.view(texts, tokens, -1)[:, :, index])
    torch.testing.assert_close(layer.pooled(index, weights), expected)


def test_a_token_of_weight_zero_is_left_out_even_where_it_is_not_a_number() -> None:
    values = torch.tensor([[1.0, -2.0], [torch.nan, 3.0], [5.0, 0.5]])
    weights = torch.tensor([[0.5, 0.0, 0.5]])
    dense = DenseActivation(values)
    assert dense.pooled(torch.tensor([0, 1]), weights).tolist() == [[3.0, -0.75]]
    mixture = RoutedActivation(values, torch.tensor([0, 1, 1]), torch.tensor([0, 1, 2]), 2)
    pooled = mixture.pooled(torch.tensor([0, 1, 2, 3]), weights)
    assert pooled.tolist() == [[0.5, -1.0, 2.5, 0.25]]
    assert not mixture.broken(torch.tensor([True, False, True]))
    assert mixture.broken(torch.tensor([True, True, True]))
