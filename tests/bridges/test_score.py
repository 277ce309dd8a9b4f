"""Scores of activations made by hand: matching, seeds, gaps, the null and differences."""

import math
from dataclasses import replace
from itertools import combinations
from statistics import NormalDist, fmean

import pytest
import torch

from bridgex.bridges import BridgeRanking, BridgeSettings, bridge_sets, score
from bridgex.bridges.sizes import unequal_sizes
from bridgex.dependence import prepare
from bridgex.errors import DependenceUndefinedError
from bridgex.neurons import NeuronSet, ProbeActivations
from tests.bridges.build import (
    BAND,
    CANDIDATES,
    PAIR,
    PROMPTS,
    WIDTH,
    activations,
    language_neurons,
    rows,
    sets_of,
)

NO_NULL = BridgeSettings(null_draws=0, matching_draws=3)
BIASED = BridgeSettings(null_draws=0, measure="hsic_biased", aggregation="best_match")
EXCLUSIVE = BridgeSettings(bridge_set="exclusive")
"""Gives sets of 8 and 4 neurons, which a pool of 6 suffices for."""


def test_sizes_are_matched_in_each_layer_unless_asked_otherwise() -> None:
    sets = sets_of()
    read = activations(sets)
    read.values[5][rows(sets, 5) == 19] = -1.0
    matched = score(sets, read, NO_NULL)
    assert matched.matched == {4: 8, 5: 7, 6: 8}
    assert matched.scores["en"].sizes == {4: 12, 5: 11, 6: 12}
    assert matched.scores["de"].sizes == {4: 8, 5: 7, 6: 8}
    assert matched.anchor == dict.fromkeys(BAND, 8)
    as_they_come = score(sets, read, BridgeSettings(null_draws=0, size_matched=False))
    assert as_they_come.matched == {}
    assert all(each.null is None for each in as_they_come.scores.values())
    assert as_they_come.scores["en"].value != matched.scores["en"].value


@pytest.mark.parametrize("size_matched", [True, False])
def test_the_smallest_set_is_scored_whole(size_matched: bool) -> None:
    settings = BridgeSettings(null_draws=0, matching_draws=3, size_matched=size_matched)
    sets = sets_of(settings)
    read = activations(sets)
    ranking = score(sets, read, settings)
    codes = CANDIDATES if not size_matched else ("de",)
    for code in codes:
        for layer in BAND:
            anchor = read.of(sets.anchor, layer)
            bridge = read.of(sets.bridges[code], layer)
            whole = prepare(anchor, bridge, settings.estimator).value(
                torch.arange(len(bridge))[None]
            )
            assert ranking.scores[code].per_layer[layer] == pytest.approx(float(whole))
        value = ranking.scores[code].value
        assert value == pytest.approx(fmean(ranking.scores[code].per_layer.values()))


def test_copies_of_a_candidate_score_the_same_however_many_neurons_they_own() -> None:
    """Draws from 12 copies of one neuron are 8 copies: only unmatched sums would differ."""
    sets = sets_of()
    read = activations(sets)
    for layer in BAND:
        at = rows(sets, layer)
        read.values[layer][(at >= 12) & (at < 24)] = read.values[layer][at == 12]
    ranking = score(sets, read, NO_NULL)
    english, german = ranking.scores["en"], ranking.scores["de"]
    assert english.value == pytest.approx(german.value)
    (difference,) = ranking.differences.values()
    assert difference.low <= 0 <= difference.high
    assert ranking.verdict.kind == "undetermined"
    assert "there is no null" in ranking.verdict.reason


def test_a_seed_is_honoured_and_changes_nothing_else() -> None:
    sets = sets_of(EXCLUSIVE)
    read = activations(sets)

    def run(seed: int) -> BridgeRanking:
        return score(sets, read, BridgeSettings(null_draws=5, matching_draws=3, seed=seed))

    first, again, other = run(0), run(0), run(1)
    assert first == again
    drawn, whole = "en", "de"
    assert first.scores[drawn].value != other.scores[drawn].value
    assert first.scores[whole].value == other.scores[whole].value
    assert first.scores[whole].interval == other.scores[whole].interval
    assert first.layers == other.layers
    nulls = [each.scores[whole].null for each in (first, other)]
    assert None not in nulls
    assert nulls[0] != nulls[1]


def test_the_number_of_null_draws_changes_no_score() -> None:
    sets = sets_of(EXCLUSIVE)
    read = activations(sets)
    with_null = score(sets, read, BridgeSettings(null_draws=7, matching_draws=3))
    without = score(sets, read, NO_NULL)
    for code in CANDIDATES:
        assert with_null.scores[code].null is not None
        assert with_null.scores[code].value == without.scores[code].value
        assert with_null.scores[code].interval == without.scores[code].interval
    assert with_null.differences == without.differences


def planted(strength: float) -> tuple[NeuronSet, BridgeRanking]:
    """German neurons follow the anchor; English and the pool do not."""
    languages = language_neurons()
    english = torch.zeros(WIDTH, dtype=torch.bool)
    english[20:24] = True
    languages["en"] = NeuronSet(("en",), (english,) * 10, "by hand")
    settings = BridgeSettings(null_draws=99, matching_draws=3)
    sets = bridge_sets(languages, PAIR, CANDIDATES, settings)
    generator = torch.Generator().manual_seed(3)
    values = tuple(
        5 + torch.randn(size, PROMPTS, generator=generator) for size in sets.needed.per_layer
    )
    for layer in BAND:
        at = rows(sets, layer)
        signal = torch.randn(PROMPTS, generator=generator)
        values[layer][(at >= 4) & (at < 20)] += strength * signal
    return sets.pool, score(sets, ProbeActivations(PAIR, sets.needed, values), settings)


def test_a_planted_bridge_is_found_and_beats_the_null() -> None:
    _, ranking = planted(0.9)
    assert ranking.best == "de"
    assert ranking.verdict.kind == "clear"
    assert ranking.verdict.beats_null is True
    german, english = ranking.scores["de"].null, ranking.scores["en"].null
    assert german is not None
    assert english is not None
    assert german.p_value == 1 / 100
    assert (german.at_floor, english.at_floor) == (True, False)
    assert [row["p_null_at_floor"] for row in ranking.rows()] == [True, False]
    assert english.p_value > 0.05
    assert german.p_corrected == 2 * german.p_value
    assert german.mean < german.high < (ranking.scores["de"].value or 0)


def test_noise_has_no_clear_bridge() -> None:
    _, ranking = planted(0.0)
    assert ranking.verdict.kind == "no_evidence"
    assert ranking.verdict.beats_null is False
    assert ranking.best is None


def test_a_pool_smaller_than_a_set_gives_no_null() -> None:
    sets = sets_of()
    ranking = score(sets, activations(sets), BridgeSettings(null_draws=9, matching_draws=3))
    assert ranking.matched == dict.fromkeys(BAND, 8)
    assert sets.pool.per_layer[4] == 6
    assert all(each.null is None for each in ranking.scores.values())
    assert ranking.verdict.beats_null is None
    (note,) = ranking.notes
    assert note.startswith(f"No null for {', '.join(ranking.scores)}: in layers 4, 5, 6 the pool")
    assert score(sets, activations(sets), NO_NULL).notes == ()


def test_a_candidate_larger_than_the_pool_of_one_layer_alone_has_no_null() -> None:
    settings = BridgeSettings(bridge_set="exclusive", size_matched=False, null_draws=9)
    sets = sets_of(settings)
    read = activations(sets)
    for layer in (4, 6):
        at = rows(sets, layer)
        read.values[layer][(at >= 20) & (at < 24)] = -1.0
    ranking = score(sets, read, settings)
    assert ranking.scores["en"].sizes == {4: 4, 5: 8, 6: 4}
    assert ranking.scores["en"].null is None
    assert ranking.scores["de"].null is not None
    note, sizes = ranking.notes
    assert note.startswith("No null for en: in layer 5 the pool")
    assert "(en 16, de 12 neurons in the layers used)" in sizes or (
        "(de 12, en 16 neurons in the layers used)" in sizes
    )


@pytest.mark.parametrize(
    ("measure", "aggregation", "wins"),
    [
        ("hsic_biased", "best_match", "379 of 400"),
        ("cka_debiased", "joint", "400 of 400"),
        ("cka", "best_match", "55 of 60"),
        ("hsic_biased", "joint", None),
    ],
)
def test_unequal_sets_are_warned_of_where_size_decides(
    measure: str, aggregation: str, wins: str | None
) -> None:
    settings = BridgeSettings.model_validate(
        {"measure": measure, "aggregation": aggregation, "size_matched": False, "null_draws": 0}
    )
    sets = sets_of()
    read = activations(sets)
    notes = score(sets, read, settings).notes
    matched = score(sets, read, settings.model_copy(update={"size_matched": True})).notes
    assert matched == ()
    if wins is None:
        assert notes == ()
        return
    (note,) = notes
    assert "en 36" in note
    assert "de 24" in note
    assert f"(358 and 160 neurons) wins {wins} times" in note
    equal = {code: {4: 8, 5: 8} for code in ("en", "de")}
    assert unequal_sizes(equal, (4, 5), settings) == ()
    assert unequal_sizes({**equal, "de": {4: 8, 5: 7}}, (4,), settings) == ()


def test_full_activation_removes_and_counts() -> None:
    sets = sets_of()
    read = activations(sets)
    at = rows(sets, 4)
    read.values[4][at == 12, : PROMPTS // 4] = -1.0
    read.values[4][at == 4, :1] = 0.0
    ranking = score(sets, read, NO_NULL)
    assert (ranking.scores["en"].removed, ranking.scores["de"].removed) == (1, 1)
    assert ranking.scores["en"].sizes[4] == 11
    assert ranking.anchor_removed == 0
    strict = score(sets, read, BridgeSettings(null_draws=0, matching_draws=3, full_activation=1))
    assert (strict.scores["en"].removed, strict.anchor_removed) == (1, 1)
    at_the_edge = BridgeSettings(
        null_draws=0, matching_draws=3, full_activation=(PROMPTS - 1) / PROMPTS
    )
    assert score(sets, read, at_the_edge).anchor_removed == 0


def test_a_layer_that_lacks_neurons_is_named_and_left_out_for_all() -> None:
    sets = sets_of()
    read = activations(sets)
    at = rows(sets, 5)
    read.values[5][(at >= 12) & (at < 19)] = -1.0
    ranking = score(sets, read, NO_NULL)
    assert ranking.layers == (4, 6)
    assert ranking.skipped == {5: "fewer than 2 neurons: de 1"}
    assert all(set(each.per_layer) == {4, 6} for each in ranking.scores.values())
    assert ranking.scores["de"].sizes == {4: 8, 5: 1, 6: 8}
    assert ranking.verdict.kind == "undetermined"
    assert ranking.best is None


def test_an_anchor_that_lacks_neurons_is_named_too() -> None:
    sets = sets_of()
    read = activations(sets)
    at = rows(sets, 6)
    read.values[6][(at >= 4) & (at < 11)] = 0.0
    assert score(sets, read, NO_NULL).skipped == {6: "fewer than 2 neurons: the anchor 1"}
    read.values[6][at == 10] = 1 + torch.rand(PROMPTS, generator=torch.Generator().manual_seed(1))
    assert score(sets, read, NO_NULL).skipped == {}


def test_constant_neurons_are_removed_and_nothing_left_has_no_value() -> None:
    sets = sets_of()
    read = activations(sets)
    for layer in BAND:
        read.values[layer][:] = 1.0
    ranking = score(sets, read, NO_NULL)
    assert ranking.layers == ()
    assert set(ranking.skipped) == set(BAND)
    for each in ranking.scores.values():
        assert (each.value, each.interval, each.null, each.per_layer) == (None, None, None, {})
    assert ranking.scores["en"].removed == 36
    assert ranking.anchor_removed == 24
    assert ranking.differences == {}
    assert ranking.verdict.kind == "undetermined"
    assert "higher selection rate" in ranking.verdict.reason
    assert ranking.notes == ()


def test_a_layer_without_a_defined_score_is_named_with_the_reason() -> None:
    sets = sets_of()
    read = activations(sets)
    at = rows(sets, 5)
    read.values[5][(at >= 12) & (at < 20), : PROMPTS - 3] = 1.0
    ranking = score(sets, read, NO_NULL)
    assert ranking.layers == (4, 6)
    assert "bandwidth" in ranking.skipped[5]
    assert "bandwidth" in ranking.verdict.reason


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("neuron", [5, 13, 26], ids=["anchor", "candidate", "pool"])
def test_values_that_are_not_finite_are_refused_by_layer_and_neuron(
    bad: float, neuron: int
) -> None:
    sets = sets_of()
    read = activations(sets)
    read.values[5][rows(sets, 5) == neuron, 3] = bad
    with pytest.raises(DependenceUndefinedError, match=f"in layer 5, neuron {neuron}; capture"):
        score(sets, read, NO_NULL)


@pytest.mark.parametrize(("settings", "least"), [(NO_NULL, 5), (BIASED, 4)])
def test_too_few_prompts_are_refused(settings: BridgeSettings, least: int) -> None:
    sets = sets_of(settings)
    read = activations(sets)

    def some(prompts: int) -> ProbeActivations:
        return replace(read, values=tuple(values[:, :prompts] for values in read.values))

    for prompts in range(least):
        with pytest.raises(DependenceUndefinedError, match=f"{least} prompts .* has {prompts}"):
            score(sets, some(prompts), settings)
    for each in score(sets, some(least), settings).scores.values():
        assert each.interval is not None


def test_candidates_stand_best_first_and_ties_keep_their_order() -> None:
    sets = sets_of()
    ranking = score(sets, activations(sets), NO_NULL)
    values = [each.value or 0.0 for each in ranking.scores.values()]
    assert values == sorted(values, reverse=True)
    nothing = activations(sets)
    for layer in BAND:
        nothing.values[layer][:] = 0.0
    assert tuple(score(sets, nothing, NO_NULL).scores) == CANDIDATES


def test_differences_of_all_pairs_at_a_corrected_level() -> None:
    languages = language_neurons()
    more = torch.zeros(WIDTH, dtype=torch.bool)
    more[14:22] = True
    languages["fr"] = NeuronSet(("fr",), (more,) * 10, "by hand")
    settings = BridgeSettings(null_draws=0, matching_draws=3, level=0.9)
    sets = bridge_sets(languages, PAIR, (*CANDIDATES, "fr"), settings)
    ranking = score(sets, activations(sets), settings)
    order = list(ranking.scores)
    assert list(ranking.differences) == [f"{a}-{b}" for a, b in combinations(order, 2)]
    assert ranking.difference_level == pytest.approx(1 - 0.1 / 3)
    reach = NormalDist().inv_cdf((1 + (1 - 0.1 / 3)) / 2)
    for a, b in combinations(order, 2):
        found = ranking.differences[f"{a}-{b}"]
        first, second = ranking.scores[a].value, ranking.scores[b].value
        assert first is not None
        assert second is not None
        assert (found.low + found.high) / 2 == pytest.approx(first - second, abs=1e-12)
        assert (found.high - found.low) / 2 == pytest.approx(reach * found.standard_error)
        assert found.standard_error > 0


def test_the_candidates_order_decides_no_score() -> None:
    settings = NO_NULL
    read = activations(sets_of())
    forward = score(sets_of(), read, settings)
    backward = score(
        bridge_sets(language_neurons(), PAIR, CANDIDATES[::-1], settings), read, settings
    )
    assert forward.scores == backward.scores
    assert list(forward.scores) == list(backward.scores)


def test_progress_is_told_once_a_layer() -> None:
    told: list[int] = []
    sets = sets_of()
    read = activations(sets)
    read.values[5][:] = 0.0
    score(sets, read, NO_NULL, told.append)
    assert told == [1] * len(BAND)
