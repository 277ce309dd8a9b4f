"""Anchor, bridge sets and the pool of the null, neuron by neuron."""

import pytest
import torch

from bridgex.bridges import BridgeSettings, bridge_sets
from bridgex.bridges.sets import POOL_PER_LAYER
from bridgex.neurons import NeuronSet
from tests.bridges.build import BAND, CANDIDATES, DEPTH, PAIR, language_neurons, sets_of


def members(neurons: NeuronSet, layer: int) -> set[int]:
    return set(neurons.mask[layer].nonzero()[:, 0].tolist())


@pytest.mark.parametrize(
    ("which", "english", "german"),
    [
        ("specific", range(12, 24), range(12, 20)),
        ("exclusive", range(16, 24), range(16, 20)),
        ("all", range(6, 24), range(10, 20)),
    ],
)
def test_sets_within_the_band_and_nothing_outside(
    which: str, english: range, german: range
) -> None:
    sets = sets_of(BridgeSettings.model_validate({"bridge_set": which}))
    assert sets.band == BAND
    assert tuple(sets.bridges) == CANDIDATES
    for layer in range(DEPTH):
        expected: tuple[range, ...] = (range(4, 12), english, german, range(24, 30))
        if layer not in BAND:
            expected = (range(0),) * 4
        parts = (sets.anchor, sets.bridges["en"], sets.bridges["de"], sets.pool)
        assert [members(each, layer) for each in parts] == [set(each) for each in expected]
        assert members(sets.needed, layer) == set().union(*expected)


def test_the_pool_has_no_neuron_of_any_language() -> None:
    sets = sets_of(BridgeSettings(bridge_set="all"))
    for neurons in language_neurons().values():
        assert len(sets.pool & neurons) == 0


def test_sets_say_whose_they_are() -> None:
    sets = sets_of()
    assert sets.pair == PAIR
    assert sets.anchor.languages == PAIR
    assert {code: each.languages for code, each in sets.bridges.items()} == {
        "en": ("en",),
        "de": ("de",),
    }
    assert sets.pool.languages == ()


def wide(width: int, seed: int) -> NeuronSet:
    mask = torch.zeros(width, dtype=torch.bool)
    mask[:4] = True
    languages = {code: NeuronSet((code,), (mask,) * 3, "") for code in ("a", "b", "c", "d")}
    settings = BridgeSettings(band=(0, 1), seed=seed)
    return bridge_sets(languages, ("a", "b"), ["c", "d"], settings).pool


def test_a_large_pool_is_a_seeded_sample_of_each_layer() -> None:
    width = POOL_PER_LAYER + 104
    first, again, other = wide(width, 0), wide(width, 0), wide(width, 1)
    assert first.per_layer == (POOL_PER_LAYER,) * 3
    assert all(map(torch.equal, first.mask, again.mask))
    assert not any(map(torch.equal, first.mask, other.mask))
    assert not torch.equal(first.mask[0], first.mask[1])
    assert wide(POOL_PER_LAYER + 4, 0).per_layer == (POOL_PER_LAYER,) * 3
    assert wide(POOL_PER_LAYER + 3, 0).per_layer == (POOL_PER_LAYER - 1,) * 3
