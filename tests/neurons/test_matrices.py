"""Languages two by two against loops over sets of places."""

from statistics import correlation, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bridgex.neurons import (
    ActivationStats,
    Matrices,
    Selection,
    matrices,
    overlap,
    select,
    similarity,
)
from tests.neurons.build import CODES, many_ties, neuron_set, places, stats_of

Stats = dict[str, ActivationStats]


def slow_similarity(stats: Stats, first: str, second: str, shared: Any) -> float | None:
    p = {code: each.probability() for code, each in stats.items()}
    mean = {at: sum(float(p[code][at[0]][at[1]]) for code in CODES) / 3 for at in shared}
    rows = [[float(p[code][at[0]][at[1]]) - mean[at] for at in shared] for code in (first, second)]
    if len(shared) < 3 or min(map(pstdev, rows)) < 1e-9:
        return None
    return correlation(*rows)


@given(many_ties(), st.integers(1, 3), st.sampled_from([None, [0], [1]]))
def test_matrices_equal_loops(stats: Stats, count: int, layers: list[int] | None) -> None:
    neurons = select(stats, Selection(count=count))
    found = matrices(stats, neurons, layers)
    within = [0, 1] if layers is None else layers
    sets = {
        code: {place for place in places(each) if place[0] in within}
        for code, each in neurons.items()
    }
    assert found.languages == CODES
    assert found.sizes == tuple(len(sets[code]) for code in CODES)
    assert found.universal == len(set.intersection(*sets.values()))
    for i, a in enumerate(CODES):
        for j, b in enumerate(CODES):
            both, either = sets[a] & sets[b], sets[a] | sets[b]
            missing = not sets[a] or not sets[b]
            assert found.shared[i][j] == (None if missing else len(both))
            assert found.jaccard[i][j] == (None if missing else len(both) / len(either))
            slow = slow_similarity(stats, a, b, both)
            assert found.similarity[i][j] == (
                None if slow is None else pytest.approx(slow, abs=1e-6)
            )
            if missing or i == j:
                assert found.chance[i][j] is found.jaccard_chance[i][j] is None
                continue
            chance = sum(
                sum(place[0] == layer for place in sets[a])
                * sum(place[0] == layer for place in sets[b])
                / stats[a].widths[layer]
                for layer in within
            )
            assert found.chance[i][j] == pytest.approx(chance)
            sizes = len(sets[a]) + len(sets[b])
            assert found.jaccard_chance[i][j] == pytest.approx(chance / (sizes - chance))


@given(many_ties(), st.integers(1, 3))
def test_the_whole_model_is_the_sum_of_its_layers(stats: Stats, count: int) -> None:
    neurons = select(stats, Selection(count=count))
    whole = matrices(stats, neurons)
    parts = [matrices(stats, neurons, [layer]) for layer in (0, 1)]
    for i in range(3):
        assert whole.sizes[i] == sum(part.sizes[i] for part in parts)
        for j in range(3):
            assert whole.shared[i][j] == sum(part.shared[i][j] or 0 for part in parts)


def test_a_pair_is_what_overlap_and_similarity_say() -> None:
    counts = [[9, 8, 7, 1, 0, 6], [9, 5, 7, 2, 8, 1], [9, 8, 1, 0, 3, 5]]
    stats = stats_of(counts, [10, 10, 10], 4)
    sets = {
        code: neuron_set(code, [0, 1, 2, 3][at:], [0, 1], width=4) for at, code in enumerate(CODES)
    }
    narrow = {
        code: type(each)((code,), (each.mask[0], each.mask[1][:2]), "by hand")
        for code, each in sets.items()
    }
    found = matrices(stats, narrow)
    pair = overlap(narrow["en"], narrow["id"])
    assert (found.shared[0][2], found.jaccard[0][2]) == (pair.shared, pair.jaccard)
    assert found.chance[0][2] == pytest.approx(pair.chance)
    alike = similarity(stats, "en", "id", narrow["en"] & narrow["id"])
    assert found.similarity[0][2] == pytest.approx(alike, abs=1e-6)


def test_a_language_without_neurons_is_a_gap() -> None:
    stats = stats_of([[1, 2, 3], [3, 2, 1], [0, 1, 2]], [4, 4, 4], 1)
    sets = select(stats, Selection(count=1))
    sets["he"] = sets["he"] - sets["he"]
    found = matrices(stats, sets)
    assert found.sizes[1] == 0
    for matrix in (found.shared, found.chance, found.jaccard, found.jaccard_chance):
        assert [row[1] for row in matrix] == list(matrix[1]) == [None] * 3


def test_a_file_has_each_pair_once_and_what_follows_from_it_not_at_all() -> None:
    counts = [[9, 8, 7, 1, 0, 6], [9, 5, 7, 2, 8, 1], [9, 8, 1, 0, 3, 5]]
    stats = stats_of(counts, [10, 10, 10], 4)
    found = matrices(stats, select(stats, Selection(count=3)))
    adapter = TypeAdapter(Matrices)
    values = adapter.dump_python(found, mode="json")
    assert [len(row) for row in values["shared_below"]] == [1, 2, 3]
    assert all(isinstance(count, int) for row in values["shared_below"] for count in row)
    assert not {"jaccard", "chance", "sizes"} & values.keys()
    again = adapter.validate_python(values)
    assert again == found
    for name in ("sizes", "shared", "chance", "jaccard", "jaccard_chance", "similarity"):
        assert getattr(again, name) == getattr(found, name)
    for name in ("shared_below", "similarity_below", "layer_sizes"):
        with pytest.raises(ValidationError, match=r"no triangle of 3|not of its layers"):
            adapter.validate_python({**values, name: values[name][:-1]})
    for name, no_count in (("widths", [0, 4]), ("universal", 2**70), ("shared_below", [[-1]])):
        with pytest.raises(ValidationError, match=r"greater than or equal|less than"):
            adapter.validate_python({**values, name: no_count})
