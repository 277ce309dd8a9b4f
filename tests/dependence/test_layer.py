from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bridgex.dependence import (
    DEFAULT,
    PAPER,
    Estimator,
    defined_neurons,
    prepare,
    prompt_orders,
    random_subsets,
)
from bridgex.dependence import best_match as best_match_module
from bridgex.dependence import joint as joint_module
from bridgex.dependence import kernels as kernels_module
from bridgex.dependence import pairs as pairs_module
from bridgex.dependence.estimator import Aggregation, Kernel, Measure
from bridgex.errors import DependenceUndefinedError, RequestError
from tests.dependence import naive

ESTIMATORS = [
    Estimator(measure, aggregation, kernel, bandwidth)
    for measure in get_args(Measure)
    for aggregation in get_args(Aggregation)
    for kernel in get_args(Kernel)
    for bandwidth in ((None, 0.8) if kernel == "gaussian" else (None,))
]
every_estimator = pytest.mark.parametrize(
    "estimator", ESTIMATORS, ids=lambda e: f"{e.measure}-{e.aggregation}-{e.kernel}-{e.bandwidth}"
)


def layer(
    seed: int, a: int = 3, b: int = 5, n: int = 12, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    """Neurons that share a template, some of them skewed, as gates are."""
    generator = torch.Generator().manual_seed(seed)
    template = torch.randn(n, generator=generator, dtype=torch.float64)
    x = torch.randn(a, n, generator=generator, dtype=torch.float64) + template
    y = torch.randn(b, n, generator=generator, dtype=torch.float64) + template
    y[::2] = y[::2].exp()
    return x.to(dtype), y.to(dtype)


def whole(others: Tensor) -> Tensor:
    return torch.arange(len(others))[None]


def value(x: Tensor, y: Tensor, estimator: Estimator) -> Tensor:
    return prepare(x, y, estimator).value(whole(y))


@every_estimator
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 4), st.integers(1, 5), st.integers(6, 25))
def test_values_equal_the_naive_loop(
    estimator: Estimator, seed: int, a: int, b: int, n: int
) -> None:
    x, y = layer(seed, a, b, n)
    expected = torch.tensor([naive.dependence(x, y, estimator)], dtype=torch.float64)
    torch.testing.assert_close(value(x, y, estimator), expected, rtol=1e-5, atol=1e-8)


@every_estimator
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 3), st.integers(1, 4), st.integers(6, 12))
def test_leave_one_out_equals_deletion(
    estimator: Estimator, seed: int, a: int, b: int, n: int
) -> None:
    x, y = layer(seed, a, b, n)
    expected = naive.leave_one_out(x, y, estimator)
    torch.testing.assert_close(
        prepare(x, y, estimator).leave_one_out(whole(y)),
        torch.tensor([expected], dtype=torch.float64),
        rtol=1e-5,
        atol=1e-7,
    )


@every_estimator
def test_subsets_equal_sets_prepared_alone(estimator: Estimator) -> None:
    x, y = layer(1, 4, 7, 20)
    subsets = torch.tensor([[0, 3, 5], [6, 1, 2], [4, 5, 0]])
    prepared = prepare(x, y, estimator)
    alone = [prepare(x, y[subset], estimator) for subset in subsets]
    everything = torch.arange(3)[None]
    torch.testing.assert_close(
        prepared.value(subsets), torch.cat([one.value(everything) for one in alone])
    )
    torch.testing.assert_close(
        prepared.leave_one_out(subsets),
        torch.cat([one.leave_one_out(everything) for one in alone]),
    )


@every_estimator
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 9999))
def test_symmetric_and_blind_to_order_shift_and_scale(estimator: Estimator, seed: int) -> None:
    x, y = layer(seed, 3, 4, 15)
    generator = torch.Generator().manual_seed(seed)
    expected = value(x, y, estimator)

    def same(other: Tensor) -> None:
        torch.testing.assert_close(other, expected, rtol=1e-6, atol=1e-9)

    same(value(y, x, estimator))
    prompts = torch.randperm(15, generator=generator)
    same(value(x[:, prompts], y[:, prompts], estimator))
    same(value(x, y[torch.randperm(4, generator=generator)], estimator))
    scale = torch.randn(4, 1, generator=generator, dtype=torch.float64) * 10
    same(value(x, y * scale + 100 * scale, estimator))


@pytest.mark.parametrize("measure", get_args(Measure))
@pytest.mark.parametrize("kernel", get_args(Kernel))
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 9999))
def test_best_match_and_median_joint_alignment_do_not_notice_a_duplicated_set(
    measure: Measure, kernel: Kernel, seed: int
) -> None:
    x, y = layer(seed)
    twice = torch.cat([y, y])
    gaussian_or_normalised = kernel == "gaussian" or measure in {"cka", "cka_debiased"}
    if gaussian_or_normalised:
        joint = Estimator(measure, "joint", kernel)
        torch.testing.assert_close(value(x, twice, joint), value(x, y, joint))
    best = Estimator(measure, "best_match", kernel)
    torch.testing.assert_close(value(x, twice, best), value(x, y, best))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9999), st.integers(3, 20), st.sampled_from(get_args(Aggregation)))
def test_biased_measures_are_not_negative(seed: int, n: int, aggregation: Aggregation) -> None:
    x, y = layer(seed, n=n)
    assert float(value(x, y, Estimator("hsic_biased", aggregation))) >= 0
    assert 0 <= float(value(x, y, Estimator("cka", aggregation))) <= 1


def drawn(seed: int, b: int, draws: int) -> Tensor:
    """Subsets of half of ``b`` neurons."""
    return random_subsets(b, max(1, b // 2), draws, seed)


@every_estimator
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 6), st.integers(2, 9), st.integers(20, 60))
def test_float32_is_close_to_float64_and_answers_in_float64(
    estimator: Estimator, seed: int, a: int, b: int, n: int
) -> None:
    x, y = layer(seed, a, b, n, torch.float32)
    wide, narrow = prepare(x.double(), y.double(), estimator), prepare(x, y, estimator)
    subsets = drawn(seed, b, 2)
    for exact, close in (
        (wide.value(subsets), narrow.value(subsets)),
        (wide.leave_one_out(subsets), narrow.leave_one_out(subsets)),
    ):
        assert close.dtype == torch.float64
        torch.testing.assert_close(close, exact, rtol=1e-4, atol=1e-5)


@every_estimator
@settings(max_examples=4, deadline=None)
@given(
    st.integers(0, 9999), st.integers(1, 6), st.integers(2, 9), st.sampled_from([1, 3_000, 20_000])
)
def test_chunks_change_nothing(
    estimator: Estimator, seed: int, a: int, b: int, at_once: int
) -> None:
    x, y = layer(seed, a, b, 30)
    subsets, orders = drawn(seed, b, 7), prompt_orders(30, 2, seed)
    whole = prepare(x, y, estimator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(joint_module, "GRAM_BYTES_AT_ONCE", at_once)
        patch.setattr(best_match_module, "BYTES_AT_ONCE", at_once)
        patch.setattr(pairs_module, "CROSS_BYTES", at_once)
        patch.setattr(kernels_module, "PAIRS_AT_ONCE", at_once)
        chunked = prepare(x, y, estimator)
        values, without = chunked.value(subsets), chunked.leave_one_out(subsets)
        permuted = chunked.permuted(subsets[0], orders)
    torch.testing.assert_close(values, whole.value(subsets), rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(without, whole.leave_one_out(subsets), rtol=1e-10, atol=1e-13)
    expected = whole.permuted(subsets[0], orders)
    torch.testing.assert_close(permuted, expected, rtol=1e-12, atol=1e-15)


@every_estimator
@pytest.mark.parametrize(("a", "b"), [(1, 1), (1, 4), (4, 1)])
def test_one_neuron_a_side_is_enough(estimator: Estimator, a: int, b: int) -> None:
    x, y = layer(4, a, b, 20)
    prepared = prepare(x, y, estimator)
    assert prepared.value(whole(y)).isfinite().all()
    assert prepared.leave_one_out(whole(y)).isfinite().all()


@every_estimator
def test_undefined_input_is_refused(estimator: Estimator) -> None:
    x, y = layer(5, n=10)
    flat = y.clone()
    flat[3] = 1.5
    with pytest.raises(DependenceUndefinedError, match="no variance in neuron 3: the same"):
        prepare(x, flat, estimator)
    with pytest.raises(DependenceUndefinedError, match="no variance in neuron 3: the same"):
        prepare(flat, y, estimator)
    with pytest.raises(DependenceUndefinedError, match="capture both on the same prompts"):
        prepare(x, y[:, :9], estimator)
    for bad in (float("nan"), float("inf")):
        flat[3, 1] = bad
        with pytest.raises(
            DependenceUndefinedError, match="NaN or infinite activations in neuron 3;"
        ):
            prepare(x, flat, estimator)


@every_estimator
def test_too_few_prompts_are_refused(estimator: Estimator) -> None:
    least = 4 if estimator.unbiased else 3
    for n in range(1, least):
        x, y = layer(6, n=n)
        with pytest.raises(DependenceUndefinedError, match=f"needs at least {least} prompts"):
            prepare(x, y, estimator)
    x, y = layer(6, n=least)
    with pytest.raises(DependenceUndefinedError, match=f"needs at least {least + 1} prompts to de"):
        prepare(x, y, estimator).leave_one_out(whole(y))
    for n in (0, 1):
        with pytest.raises(DependenceUndefinedError, match=f"varies over {n} prompts"):
            defined_neurons(x[:, :n], estimator)


@pytest.mark.parametrize("estimator", [DEFAULT, PAPER])
@pytest.mark.parametrize(
    "subsets",
    [
        torch.tensor([0, 1]),
        torch.tensor([[0.0, 1.0]]),
        torch.zeros(0, 2, dtype=torch.int64),
        torch.zeros(2, 0, dtype=torch.int64),
        torch.tensor([[0, 5]]),
        torch.tensor([[-1, 2]]),
    ],
)
def test_subsets_that_name_nothing_are_refused(estimator: Estimator, subsets: Tensor) -> None:
    prepared = prepare(*layer(7), estimator)
    for ask in (prepared.value, prepared.leave_one_out):
        with pytest.raises(DependenceUndefinedError, match="subsets"):
            ask(subsets)


def test_a_neuron_that_is_alike_on_most_prompts() -> None:
    x, y = layer(8, n=20)
    y[2, :17] = -0.1
    with pytest.raises(DependenceUndefinedError, match="median bandwidth is zero in neuron 2:"):
        prepare(x, y, PAPER)
    joint = prepare(x, y, DEFAULT)
    assert joint.value(torch.tensor([[1, 2]])).isfinite().all()
    with pytest.raises(DependenceUndefinedError, match="its median bandwidth is zero"):
        joint.value(torch.tensor([[0], [2]]))
    assert value(x, y, Estimator("hsic_biased", "best_match", bandwidth=1.0)).isfinite()


def test_defined_neurons_are_those_prepare_accepts() -> None:
    x, y = layer(9, b=6, n=20)
    y[1] = 0
    y[4, :17] = -0.1
    assert defined_neurons(y, DEFAULT).tolist() == [True, False, True, True, True, True]
    assert defined_neurons(y, PAPER).tolist() == [True, False, True, True, False, True]
    for estimator in (DEFAULT, PAPER):
        kept = y[defined_neurons(y, estimator)]
        assert value(x, kept, estimator).isfinite()
    y[5, 0] = float("nan")
    with pytest.raises(DependenceUndefinedError, match="NaN or infinite activations in neuron 5;"):
        defined_neurons(y, DEFAULT)


@pytest.mark.parametrize("aggregation", get_args(Aggregation))
@pytest.mark.parametrize("measure", ["cka", "cka_debiased"])
def test_a_bandwidth_too_large_for_the_digits_is_refused(
    aggregation: Aggregation, measure: Measure
) -> None:
    with pytest.raises(DependenceUndefinedError, match=r"does not differ|constant up to rounding"):
        value(*layer(10), Estimator(measure, aggregation, bandwidth=1e9))


@pytest.mark.parametrize("aggregation", get_args(Aggregation))
def test_a_bandwidth_too_small_to_join_prompts_is_refused(aggregation: Aggregation) -> None:
    with pytest.raises(DependenceUndefinedError, match="does not differ between prompts"):
        value(*layer(10), Estimator("cka_debiased", aggregation, bandwidth=1e-6))


def test_factors_that_would_not_fit_in_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.dependence.factors.FACTOR_BYTES", 10_000)
    with pytest.raises(RequestError, match="do not fit in memory"):
        value(*layer(11, n=40), Estimator("cka", "best_match", bandwidth=0.001))
