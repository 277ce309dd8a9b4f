"""Anchor and bridge sets, gaps, seeds and the verdict."""

import pytest
import torch

from bridgex.bridges import BridgeRanking, BridgeSettings, Score, bridge_sets, score
from bridgex.bridges.sets import BridgeSets
from bridgex.bridges.verdict import verdict
from bridgex.dependence import Interval
from bridgex.errors import RequestError
from bridgex.neurons import NeuronSet, ProbeActivations

DEPTH, WIDTH, PROMPTS = 10, 30, 40
BAND = (4, 5, 6)
CANDIDATES = ("en", "de")


def language_neurons() -> dict[str, NeuronSet]:
    ranges = {"id": (0, 12), "he": (4, 16), "en": (6, 24), "de": (10, 20)}
    sets = {}
    for code, (first, last) in ranges.items():
        mask = torch.zeros(WIDTH, dtype=torch.bool)
        mask[first:last] = True
        sets[code] = NeuronSet((code,), (mask,) * DEPTH, "by hand")
    return sets


def sets_of(settings: BridgeSettings) -> BridgeSets:
    return bridge_sets(language_neurons(), ("id", "he"), CANDIDATES, settings)


def activations(sets: BridgeSets, seed: int = 0) -> ProbeActivations:
    generator = torch.Generator().manual_seed(seed)
    common = torch.rand(1, PROMPTS, generator=generator)
    values = tuple(
        0.5 + common + torch.rand(size, PROMPTS, generator=generator)
        for size in sets.needed.per_layer
    )
    return ProbeActivations(("id", "he"), sets.needed, values)


@pytest.mark.parametrize(
    ("which", "english"),
    [
        ("specific", set(range(12, 24))),
        ("exclusive", set(range(16, 24))),
        ("all", set(range(6, 24))),
    ],
)
def test_bridge_sets(which: str, english: set[int]) -> None:
    sets = sets_of(BridgeSettings.model_validate({"bridge_set": which}))
    assert sets.band == BAND
    for layer in range(DEPTH):
        inside = layer in BAND
        assert set(sets.anchor.mask[layer].nonzero()[:, 0].tolist()) == (
            set(range(4, 12)) if inside else set()
        )
        found = set(sets.bridges["en"].mask[layer].nonzero()[:, 0].tolist())
        assert found == (english if inside else set())
        pool = set(sets.pool.mask[layer].nonzero()[:, 0].tolist())
        assert pool == (set(range(24, 30)) if inside else set())


def test_the_paper_s_band() -> None:
    assert BridgeSettings().layers(32) == tuple(range(10, 22))
    assert BridgeSettings().layers(18) == tuple(range(6, 13))


def test_sizes_are_matched_in_each_layer_unless_asked_otherwise() -> None:
    sets = sets_of(BridgeSettings())
    read = activations(sets)
    matched = score(sets, read, BridgeSettings(null_draws=9))
    assert matched.matched == dict.fromkeys(BAND, 8)
    assert matched.scores["en"].sizes == dict.fromkeys(BAND, 12)
    as_they_come = score(sets, read, BridgeSettings(null_draws=0, size_matched=False))
    assert as_they_come.matched == {}
    assert all(each.null is None for each in as_they_come.scores.values())


def test_a_seed_is_honoured_and_changes_nothing_else() -> None:
    sets = sets_of(BridgeSettings())
    read = activations(sets)

    def run(seed: int) -> BridgeRanking:
        return score(sets, read, BridgeSettings(null_draws=5, matching_draws=3, seed=seed))

    first, again, other = run(0), run(0), run(1)
    assert first == again
    drawn, full = "en", "de"
    assert first.scores[drawn].value != other.scores[drawn].value
    assert first.scores[full].value == other.scores[full].value
    assert first.scores[full].interval == other.scores[full].interval
    assert first.layers == other.layers


def test_full_activation_removes_and_counts() -> None:
    sets = sets_of(BridgeSettings())
    read = activations(sets)
    rows = torch.arange(WIDTH)[sets.needed.mask[4]]
    read.values[4][rows == 12, :3] = -1.0
    read.values[4][rows == 4, :2] = -1.0
    ranking = score(sets, read, BridgeSettings(null_draws=0))
    assert (ranking.scores["en"].removed, ranking.anchor_removed) == (1, 0)
    assert ranking.scores["en"].sizes[4] == 11
    strict = score(sets, read, BridgeSettings(null_draws=0, full_activation=1.0))
    assert (strict.scores["en"].removed, strict.anchor_removed) == (1, 1)


def test_a_layer_that_lacks_neurons_is_named_and_left_out_for_all() -> None:
    sets = sets_of(BridgeSettings())
    read = activations(sets)
    rows = torch.arange(WIDTH)[sets.needed.mask[5]]
    read.values[5][(rows >= 12) & (rows < 19)] = -1.0
    ranking = score(sets, read, BridgeSettings(null_draws=0))
    assert ranking.layers == (4, 6)
    assert "de 1" in ranking.skipped[5]
    assert all(set(each.per_layer) == {4, 6} for each in ranking.scores.values())
    assert ranking.verdict.kind == "undetermined"
    assert ranking.best is None


def test_constant_neurons_are_removed_and_nothing_left_has_no_value() -> None:
    sets = sets_of(BridgeSettings())
    read = activations(sets)
    for layer in BAND:
        read.values[layer][:] = 1.0
    ranking = score(sets, read, BridgeSettings(null_draws=0))
    assert ranking.layers == ()
    assert set(ranking.skipped) == set(BAND)
    assert all(each.value is None and each.interval is None for each in ranking.scores.values())
    assert ranking.verdict.kind == "undetermined"
    assert "higher selection rate" in ranking.verdict.reason


def test_a_ranking_survives_json() -> None:
    import json

    sets = sets_of(BridgeSettings())
    ranking = score(sets, activations(sets), BridgeSettings(null_draws=5))
    again = BridgeRanking.from_dict(json.loads(json.dumps(ranking.to_dict())))
    assert again == ranking
    with pytest.raises(RequestError, match="schema 0"):
        BridgeRanking.from_dict({**ranking.to_dict(), "schema": 0})
    with pytest.raises(RequestError, match="not a ranking"):
        BridgeRanking.from_dict({"schema": 1, "pair": 3})


def judged(*lows: float, layers: int = 3) -> tuple[str, tuple[str, ...]]:
    others = ["b", "c"][: len(lows)]
    scores = {code: Score(0.5) for code in ["a", *others]}
    differences = {
        f"a-{other}": Interval(low, low + 1, 0.1) for other, low in zip(others, lows, strict=True)
    }
    found = verdict(list(scores), scores, differences, range(layers))
    return found.kind, found.members


def test_verdicts() -> None:
    assert judged(0.01, 0.2) == ("clear", ("a",))
    assert judged(-0.01, 0.2) == ("tie", ("a", "b"))
    assert judged(0.0, -0.2) == ("tie", ("a", "b", "c"))
    assert judged(0.01, 0.2, layers=2)[0] == "undetermined"
