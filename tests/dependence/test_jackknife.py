import math

import pytest
import torch

from bridgex.dependence import DEFAULT, interval, prepare
from bridgex.errors import DependenceUndefinedError, RequestError


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    x = torch.randn(40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    without = (x.sum() - x) / 39
    result = interval(float(x.mean()), without, 0.9)
    error = float(x.std()) / math.sqrt(40)
    assert result.standard_error == pytest.approx(error, rel=1e-12)
    assert result.low == pytest.approx(float(x.mean()) - 1.6448536 * error)
    assert result.high == pytest.approx(float(x.mean()) + 1.6448536 * error)


def test_a_higher_level_is_wider() -> None:
    without = torch.tensor([0.1, 0.2, 0.4])
    narrow, wide = interval(0.3, without, 0.5), interval(0.3, without, 0.99)
    assert wide.low < narrow.low < 0.3 < narrow.high < wide.high


def test_a_difference_of_equal_candidates_is_exactly_zero() -> None:
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randn(2, 3, 20, generator=generator)
    prepared = prepare(x, y, DEFAULT)
    subsets = torch.tensor([[0, 1, 2], [2, 1, 0]])
    values, without = prepared.value(subsets), prepared.leave_one_out(subsets)
    result = interval(float(values[0] - values[1]), without[0] - without[1], 0.9)
    assert result.standard_error == pytest.approx(0, abs=1e-6)
    assert abs(result.high) < 1e-5


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.5])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(RequestError, match="between 0 and 1"):
        interval(0.0, torch.zeros(5), level)


def test_undefined_input_is_refused() -> None:
    for shape in ((1,), (0,), (2, 5)):
        with pytest.raises(DependenceUndefinedError, match="at least two prompts"):
            interval(0.0, torch.zeros(shape), 0.9)
    with pytest.raises(DependenceUndefinedError, match="not finite"):
        interval(math.nan, torch.zeros(5), 0.9)
    with pytest.raises(DependenceUndefinedError, match="not finite"):
        interval(0.0, torch.tensor([0.0, math.inf, 1.0]), 0.9)
