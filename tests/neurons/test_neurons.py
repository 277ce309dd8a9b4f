"""Statistics, selection and overlap against slow versions of their definitions."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import RequestError
from bridgex.neurons import (
    ActivationStats,
    NeuronSet,
    Selection,
    overlap,
    select,
    similarity,
)

CODES = ("en", "he", "id")


def stats_of(counts: list[list[int]], tokens: list[int], cut: int) -> dict[str, ActivationStats]:
    return {
        code: ActivationStats("m", code, n, (torch.tensor(row[:cut]), torch.tensor(row[cut:])))
        for code, row, n in zip(CODES, counts, tokens, strict=True)
    }


@st.composite
def many_ties(draw: st.DrawFn) -> tuple[dict[str, ActivationStats], float]:
    width = draw(st.integers(4, 20))
    tokens = draw(st.lists(st.integers(3, 5), min_size=3, max_size=3))
    counts = [draw(st.lists(st.integers(0, n), min_size=width, max_size=width)) for n in tokens]
    cut = draw(st.integers(1, width - 1))
    return stats_of(counts, tokens, cut), draw(st.floats(0.05, 0.5))


def places(neurons: NeuronSet) -> set[tuple[int, int]]:
    return {
        (layer, int(at)) for layer, mask in enumerate(neurons.mask) for at in mask.nonzero()[:, 0]
    }


@given(many_ties())
def test_top_equals_a_slow_sort(case: tuple[dict[str, ActivationStats], float]) -> None:
    stats, rate = case
    chosen = select(stats, Selection(rate=rate))
    p = {code: each.probability() for code, each in stats.items()}
    everywhere = [(at, n) for at, row in enumerate(p["en"]) for n in range(len(row))]
    for code in CODES:

        def order(place: tuple[int, int], code: str = code) -> tuple[float, float, int, int]:
            at, n = place
            others = sum(float(p[other][at][n]) for other in CODES if other != code)
            return (-float(p[code][at][n]), round(others, 9), at, n)

        size = max(1, round(rate * len(everywhere)))
        ranked = sorted(everywhere, key=order)
        assert places(chosen[code]) == set(ranked[:size])
        edge = order(ranked[size - 1])[0]
        at_edge = [place for place in ranked if order(place)[0] == edge]
        inside = [place for place in ranked[:size] if order(place)[0] == edge]
        assert chosen[code].tied == (len(inside) if len(at_edge) > len(inside) else 0)


def test_selection_needs_one_model_and_two_languages() -> None:
    stats = stats_of([[1, 2, 3], [3, 2, 1], [0, 0, 0]], [4, 4, 4], 1)
    with pytest.raises(RequestError, match="at least two languages"):
        select({"en": stats["en"]})
    other = ActivationStats("other", "he", 4, stats["he"].positive)
    with pytest.raises(RequestError, match="different models"):
        select({"en": stats["en"], "he": other})


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


def neuron_set(code: str, *layers: list[int], width: int = 6) -> NeuronSet:
    masks = []
    for chosen in layers:
        mask = torch.zeros(width, dtype=torch.bool)
        mask[chosen] = True
        masks.append(mask)
    return NeuronSet((code,), tuple(masks), "by hand")


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
