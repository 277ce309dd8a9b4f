"""The spectrum of a whole model and of its layers, gaps included."""

import json

import pytest
import torch

from bridgex.errors import RequestError, ResultError
from bridgex.neurons import (
    ActivationStats,
    NeuronSet,
    Selection,
    Spectrum,
    agreement,
    average_linkage,
    matrices,
    select,
    spectrum_of,
)

CODES = ("a", "b", "c", "d", "e")
FAMILY = dict(zip(CODES, ("x", "x", "y", "y", ""), strict=True))
BRANCH = dict(zip(CODES, "vwxyz", strict=True))


def stats(seed: int = 0) -> dict[str, ActivationStats]:
    """Five languages on layers of 30, 20 and 10 neurons; the last layer is hardly ever active."""
    generator = torch.Generator().manual_seed(seed)

    def counts(width: int, most: int) -> torch.Tensor:
        return torch.randint(0, most, (width,), generator=generator)

    return {
        code: ActivationStats("m", code, 1000, (counts(30, 999), counts(20, 999), counts(10, 9)))
        for code in CODES
    }


def chosen(found: dict[str, ActivationStats]) -> dict[str, NeuronSet]:
    return select(found, Selection(rate=0.3))


def test_every_part_is_what_the_pure_functions_give() -> None:
    data = stats()
    neurons = chosen(data)
    found = spectrum_of(data, neurons, {"family": FAMILY}, permutations=200, seed=3)
    assert found.languages == CODES
    assert [part.layer for part in found.layers] == [0, 1, 2]
    assert found.tied == {code: each.tied for code, each in neurons.items()}
    for part, layers in zip((found.whole, *found.layers[:2]), (None, [0], [1]), strict=True):
        table = matrices(data, neurons, layers)
        assert part.matrices == table
        distance = 1 - torch.tensor(table.jaccard, dtype=torch.float64)
        assert part.tree == average_linkage(CODES, distance)
        again = agreement(CODES, distance, FAMILY, permutations=200, seed=3)
        assert part.agreement["family"] == again
        assert again.left_out == ("e",)
        assert part.gaps == ()


def test_a_layer_without_neurons_is_a_named_gap() -> None:
    data = stats()
    found = spectrum_of(data, chosen(data), {"family": FAMILY}, permutations=20)
    empty = found.layers[2]
    assert empty.matrices.sizes == (0,) * 5
    assert empty.tree is None
    assert empty.agreement == {}
    assert empty.gaps == ("no neurons: a, b, c, d, e", "no tree: fewer than two languages")
    assert {value for row in empty.matrices.shared for value in row} == {None}


def test_a_language_without_neurons_is_left_out_of_a_layer() -> None:
    data = stats()
    neurons = chosen(data)
    mask = (neurons["b"].mask[0], torch.zeros(20, dtype=torch.bool), neurons["b"].mask[2])
    neurons["b"] = NeuronSet(("b",), mask, "by hand")
    part = spectrum_of(data, neurons, {"family": FAMILY}, permutations=20).layers[1]
    assert part.gaps == ("no neurons: b",)
    assert part.tree is not None
    assert set(part.tree.languages) == {"a", "c", "d", "e"}
    assert part.agreement["family"].languages == ("a", "c", "d")


def test_a_grouping_that_cannot_be_tested_is_a_named_gap() -> None:
    data = stats()
    part = spectrum_of(data, chosen(data), {"branch": BRANCH, "family": FAMILY}).whole
    assert set(part.agreement) == {"family"}
    assert part.gaps[0].startswith("no agreement by branch: 5 languages in 5 groups cannot show")


def test_empty_sets_are_refused() -> None:
    data = stats()
    neurons = chosen(data)
    empty = {code: each - each for code, each in neurons.items()}
    with pytest.raises(RequestError, match="0 of 5 languages have neurons"):
        spectrum_of(data, empty, {})
    with pytest.raises(RequestError, match="1 of 5 languages have neurons"):
        spectrum_of(data, {**empty, "c": neurons["c"]}, {})


def test_identical_languages_have_a_tree_and_no_agreement() -> None:
    one = stats()["a"]
    data = {code: ActivationStats("m", code, one.tokens, one.positive) for code in CODES}
    whole = spectrum_of(data, chosen(data), {"family": FAMILY}).whole
    assert whole.matrices.universal == 18
    assert {value for row in whole.matrices.jaccard for value in row} == {1.0}
    assert whole.gaps[0].startswith("no agreement by family: All languages are equally far")


def test_everything_can_be_written_as_json() -> None:
    data = stats()
    found = spectrum_of(data, chosen(data), {"family": FAMILY}, permutations=20)
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert found.whole.tree is not None
    assert values["derived"]["newick"]["whole"] == found.whole.tree.newick()
    assert found.layers[2].matrices.jaccard[0][0] is None
    assert Spectrum.from_dict(values) == found
    assert values["whole"]["agreement"]["family"]["mantel"]["p_value"] <= 1
    values["languages"].append("f")
    with pytest.raises(ResultError, match="a part compares other languages"):
        Spectrum.from_dict(values)
