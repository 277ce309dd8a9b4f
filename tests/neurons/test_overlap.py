"""Overlap and similarity of two languages against slow versions of their definitions."""

import itertools

import pytest
import torch

from bridgex.errors import RequestError
from bridgex.neurons import ActivationStats, overlap, similarity
from tests.neurons.build import CODES, neuron_set, places


def test_overlap_beside_chance() -> None:
    first, second = neuron_set("a", [0, 1, 2], [5]), neuron_set("b", [2, 3], [5, 4])
    found = overlap(first, second)
    assert (found.shared, found.jaccard) == (2, 2 / 6)
    draws = list(itertools.product(itertools.combinations(range(6), 3), [{2, 3}]))
    brute = sum(len(set(a) & b) for a, b in draws) / len(draws) + 1 * 2 / 6
    assert found.chance == pytest.approx(brute)
    assert (first & second).languages == ("a", "b")
    assert places(first - second) == {(0, 0), (0, 1)}
    with pytest.raises(RequestError, match="empty"):
        overlap(neuron_set("a", []), neuron_set("b", []))


def test_similarity_takes_each_neuron_s_mean_away() -> None:
    base = torch.tensor([900, 950, 990, 800, 700])
    twist = torch.tensor([10, -5, 3, 8, -9])
    rows = [base + twist, base + twist * 2, base - twist * 3]
    stats = {
        code: ActivationStats("m", code, 1000, (row,))
        for code, row in zip(CODES, rows, strict=True)
    }
    shared = neuron_set("x", [0, 1, 2, 3, 4], width=5)
    assert similarity(stats, "en", "he", shared) == pytest.approx(1)
    assert similarity(stats, "en", "id", shared) == pytest.approx(-1)
    with pytest.raises(RequestError, match="at least 3"):
        similarity(stats, "en", "he", neuron_set("x", [0, 1], width=5))
    same = {code: ActivationStats("m", code, 1000, (base,)) for code in CODES}
    with pytest.raises(RequestError, match="do not vary"):
        similarity(same, "en", "he", shared)
