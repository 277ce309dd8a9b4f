"""Counts add up exactly."""

import itertools

import pytest
import torch

from bridgex.errors import RequestError
from bridgex.neurons import ActivationStats


def test_adding_is_exact_in_any_order() -> None:
    parts = [
        ActivationStats("m", "en", n, (torch.randint(0, 9, (5,)), torch.randint(0, 9, (3,))))
        for n in (9, 10, 11)
    ]
    sums = [a + b + c for a, b, c in itertools.permutations(parts)]
    for each in sums:
        assert each.tokens == 30
        assert all(map(torch.equal, each.positive, sums[0].positive))
    with pytest.raises(RequestError, match="cannot be added"):
        parts[0] + ActivationStats("m", "he", 9, parts[0].positive)
