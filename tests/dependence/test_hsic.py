from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bridgex.dependence import (
    cka,
    cka_debiased,
    cka_debiased_leave_one_out,
    cka_leave_one_out,
    gaussian_gram,
    hsic_biased,
    hsic_biased_leave_one_out,
    hsic_unbiased,
    hsic_unbiased_leave_one_out,
    linear_gram,
)
from bridgex.errors import DependenceUndefinedError
from tests.dependence import naive

Measure = Callable[[Tensor, Tensor], Tensor]
WHOLE: dict[str, Measure] = {
    "hsic_biased": hsic_biased,
    "hsic_unbiased": hsic_unbiased,
    "cka": cka,
    "cka_debiased": cka_debiased,
}
WITHOUT: dict[str, Measure] = {
    "hsic_biased": hsic_biased_leave_one_out,
    "hsic_unbiased": hsic_unbiased_leave_one_out,
    "cka": cka_leave_one_out,
    "cka_debiased": cka_debiased_leave_one_out,
}
every_measure = pytest.mark.parametrize("name", list(WHOLE))


def grams(seed: int, n: int, *, linear: bool = False) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.randn(2, 2, n, generator=generator, dtype=torch.float64)
    y = y + 0.7 * x
    if linear:
        return linear_gram(x), linear_gram(y)
    return gaussian_gram(x, 1.1), gaussian_gram(y, 0.8)


@every_measure
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(5, 25), st.booleans())
def test_measures_equal_their_definitions(name: str, seed: int, n: int, linear: bool) -> None:
    K, L = grams(seed, n, linear=linear)
    torch.testing.assert_close(WHOLE[name](K, L), naive.measure(K, L, name))


@every_measure
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(6, 20), st.booleans())
def test_leave_one_out_equals_deletion(name: str, seed: int, n: int, linear: bool) -> None:
    K, L = grams(seed, n, linear=linear)
    expected = torch.stack(
        [naive.measure(naive.deleted(K, p), naive.deleted(L, p), name) for p in range(n)]
    )
    torch.testing.assert_close(WITHOUT[name](K, L), expected)


@every_measure
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(6, 30))
def test_symmetric_and_blind_to_the_order_of_prompts(name: str, seed: int, n: int) -> None:
    K, L = grams(seed, n)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(WHOLE[name](L, K), WHOLE[name](K, L))
    permuted = WHOLE[name](K[order][:, order], L[order][:, order])
    torch.testing.assert_close(permuted, WHOLE[name](K, L))
    without = WITHOUT[name](K[order][:, order], L[order][:, order])
    torch.testing.assert_close(without, WITHOUT[name](K, L)[order])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9999), st.integers(3, 20))
def test_biased_measures_are_not_negative_and_alignment_is_at_most_one(seed: int, n: int) -> None:
    K, L = grams(seed, n)
    assert hsic_biased(K, L) >= 0
    assert 0 <= cka(K, L) <= 1
    torch.testing.assert_close(cka(K, K), torch.ones((), dtype=torch.float64))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9999), st.integers(4, 20))
def test_debiased_alignment_lies_between_minus_one_and_one(seed: int, n: int) -> None:
    K, L = grams(seed, n)
    assert -1 - 1e-12 <= cka_debiased(K, L) <= 1 + 1e-12
    torch.testing.assert_close(cka_debiased(K, K), torch.ones((), dtype=torch.float64))


def test_the_unbiased_estimator_is_unbiased_where_the_biased_one_is_not() -> None:
    generator = torch.Generator().manual_seed(5)
    x, y = torch.randn(2, 4000, 1, 12, generator=generator, dtype=torch.float64)
    K, L = gaussian_gram(x, 1.0), gaussian_gram(y, 1.0)
    unbiased, biased = hsic_unbiased(K, L), hsic_biased(K, L)
    error = float(unbiased.std()) / 4000**0.5
    assert abs(float(unbiased.mean())) < 4 * error
    assert float(biased.mean()) > 40 * error


@every_measure
def test_batches_equal_their_members(name: str) -> None:
    pairs = [grams(seed, 9) for seed in range(3)]
    K, L = (torch.stack(side) for side in zip(*pairs, strict=True))
    for measure in (WHOLE[name], WITHOUT[name]):
        torch.testing.assert_close(measure(K, L), torch.stack([measure(*pair) for pair in pairs]))


@every_measure
def test_inputs_are_left_as_they_were(name: str) -> None:
    K, L = grams(0, 8)
    before = K.clone(), L.clone()
    WHOLE[name](K, L)
    WITHOUT[name](K, L)
    assert torch.equal(K, before[0])
    assert torch.equal(L, before[1])


@pytest.mark.parametrize(
    ("name", "least"),
    [("hsic_biased", 3), ("cka", 3), ("hsic_unbiased", 4), ("cka_debiased", 4)],
)
def test_too_few_prompts_are_refused(name: str, least: int) -> None:
    enough = grams(1, least)
    assert WHOLE[name](*enough).isfinite()
    with pytest.raises(DependenceUndefinedError, match=f"at least {least} prompts and has"):
        WHOLE[name](*grams(1, least - 1))
    assert WITHOUT[name](*grams(1, least + 1)).isfinite().all()
    with pytest.raises(DependenceUndefinedError, match=f"at least {least + 1} prompts to delete"):
        WITHOUT[name](*enough)


@pytest.mark.parametrize("name", ["cka", "cka_debiased"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_kernel_that_is_constant_up_to_rounding_is_refused(name: str, dtype: torch.dtype) -> None:
    K, _ = grams(0, 40)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 40, generator=generator, dtype=dtype)
    with pytest.raises(DependenceUndefinedError, match="does not differ between prompts"):
        WHOLE[name](K.to(dtype), gaussian_gram(x, 1e9))


@pytest.mark.parametrize("name", ["cka", "cka_debiased"])
def test_a_kernel_that_is_constant_once_a_prompt_is_deleted_is_refused(name: str) -> None:
    K, _ = grams(0, 12)
    x = torch.zeros(1, 12, dtype=torch.float64)
    x[0, 4] = 3
    L = gaussian_gram(x, 1.0)
    if name == "cka":
        assert WHOLE[name](K, L).isfinite()
    with pytest.raises(DependenceUndefinedError, match="does not differ between prompts"):
        WITHOUT[name](K, L)
