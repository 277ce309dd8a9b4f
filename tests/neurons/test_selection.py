"""Each method of selection against a slow version of its definition, in exact fractions."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bridgex.errors import RequestError
from bridgex.neurons import ActivationStats, NeuronSet, Selection, select
from tests.neurons.build import CODES, many_ties, places, stats_of

Stats = dict[str, ActivationStats]
Place = tuple[int, int]


def exact(stats: Stats) -> dict[str, dict[Place, Fraction]]:
    return {
        code: {
            (layer, at): Fraction(int(count), each.tokens)
            for layer, counts in enumerate(each.positive)
            for at, count in enumerate(counts)
        }
        for code, each in stats.items()
    }


def check_ties(found: NeuronSet, ranked: list[Place], size: int, score: Callable[..., Any]) -> None:
    """Its ties are those inside that equal the last one taken, if an equal is outside."""
    edge = score(ranked[size - 1])
    split = any(score(place) == edge for place in ranked[size:])
    inside = [place for place in ranked[:size] if score(place) == edge and place in places(found)]
    assert found.tied == (len(inside) if split else 0)


@given(many_ties(), st.floats(0.05, 0.5), st.sampled_from(["top", "lift"]))
def test_top_and_lift_equal_a_slow_sort(stats: Stats, rate: float, method: Any) -> None:
    chosen = select(stats, Selection(method=method, rate=rate))
    p = exact(stats)
    size = max(1, round(rate * len(p["en"])))
    for code in CODES:
        others = {
            place: sum(p[other][place] for other in CODES if other != code) / 2 for place in p[code]
        }

        def score(place: Place, code: str = code, others: Any = others) -> Fraction:
            taken_away = others[place] if method == "lift" else 0
            return p[code][place] - taken_away

        ranked = sorted(p[code], key=lambda place: (-score(place), others[place], *place))
        assert places(chosen[code]) == set(ranked[:size])
        check_ties(chosen[code], ranked, size, score)


@given(many_ties(), st.integers(1, 3), st.floats(0.3, 0.9), st.floats(0.3, 0.9))
def test_lape_equals_a_slow_loop(stats: Stats, size: int, kept: float, active: float) -> None:
    selection = Selection(method="lape", count=size, kept_above=kept, active_above=active)
    p = exact(stats)
    every = sorted(value for row in p.values() for value in row.values())
    bars = [every[max(1, round(share * len(every))) - 1] for share in (kept, active)]

    def entropy(place: Place) -> float:
        total = sum(p[code][place] for code in CODES)
        shares = [float(p[code][place] / total) for code in CODES]
        return round(-sum(share * math.log(share) for share in shares if share), 9)

    left = [place for place in p["en"] if any(p[code][place] > bars[0] for code in CODES)]
    if len(left) < size:
        with pytest.raises(RequestError, match="are asked for"):
            select(stats, selection)
        return
    chosen = select(stats, selection)

    def order(place: Place) -> tuple[Any, ...]:
        return (entropy(place), -max(p[code][place] for code in CODES), *place)

    ranked = sorted(left, key=order)
    for code in CODES:
        mine = {place for place in ranked[:size] if p[code][place] > bars[1]}
        assert places(chosen[code]) == mine
        check_ties(chosen[code], ranked, size, entropy)


def test_lape_takes_what_one_language_alone_uses() -> None:
    counts = [[90, 90, 80, 0, 0, 5], [90, 0, 0, 70, 0, 5], [90, 0, 1, 0, 0, 5]]
    stats = stats_of(counts, [100, 100, 100], 3)
    chosen = select(stats, Selection(method="lape", count=3, kept_above=0.5, active_above=0.5))
    assert places(chosen["en"]) == {(0, 1), (0, 2)}
    assert places(chosen["he"]) == {(1, 0)}
    assert len(chosen["id"]) == 0


@given(many_ties(), st.sampled_from(["top", "lift", "lape"]))
def test_universal_neurons_are_left_out_and_counted(stats: Stats, method: Any) -> None:
    size = 3
    asked = {"method": method, "count": size, "kept_above": 0.3, "active_above": 0.3}
    try:
        whole = select(stats, Selection(**asked))
    except RequestError:
        return
    without = select(stats, Selection(**asked, without_universal=True))
    universal = set.intersection(*map(places, whole.values()))
    for code in CODES:
        assert places(without[code]) == places(whole[code]) - universal
        assert without[code].left_out == len(universal)
        assert whole[code].left_out == 0
        assert without[code].tied <= min(whole[code].tied, len(without[code]))


def test_the_rate_and_the_count_say_the_same() -> None:
    stats = stats_of([[1, 2, 3, 0], [3, 2, 1, 1], [0, 0, 0, 2]], [4, 4, 4], 1)
    by_rate, by_count = (select(stats, Selection(**{how: v})) for how, v in SIZES.items())
    assert [places(each) for each in by_rate.values()] == [
        places(each) for each in by_count.values()
    ]


SIZES: dict[str, Any] = {"rate": 0.5, "count": 2}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"method": "lapee"}, "no selection method 'lapee'. Did you mean 'lape'"),
        ({"method": 3}, "no selection method '3'"),
        ({"rate": 0.1, "count": 3}, "give one of them"),
    ],
)
def test_settings_that_contradict_themselves(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Selection(**asked)


@pytest.mark.parametrize(
    "asked", [{"rate": 0}, {"rate": 0.6}, {"count": 0}, {"kept_above": 1}, {"top": 1}]
)
def test_settings_out_of_range(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Selection(**asked)


@pytest.mark.parametrize(
    ("asked", "signature"),
    [
        ({}, "top 1 %"),
        ({"rate": 0.025}, "top 2.5 %"),
        ({"method": "lift", "count": 40}, "lift 40 neurons"),
        ({"method": "lape"}, "lape 1 % above 95/95 %"),
        ({"without_universal": True}, "top 1 %, universal left out"),
    ],
)
def test_the_signature_shows_the_settings(asked: dict[str, Any], signature: str) -> None:
    selection = Selection(**asked)
    assert str(selection) == signature
    assert Selection.model_validate(selection.model_dump()) == selection


def test_selection_needs_one_model_two_languages_and_enough_neurons() -> None:
    stats = stats_of([[1, 2, 3], [3, 2, 1], [0, 0, 0]], [4, 4, 4], 1)
    with pytest.raises(RequestError, match="at least two languages"):
        select({"en": stats["en"]})
    other = ActivationStats("other", "he", 4, stats["he"].positive)
    with pytest.raises(RequestError, match="different models"):
        select({"en": stats["en"], "he": other})
    with pytest.raises(RequestError, match="2 neurons are asked for and the model has 3"):
        select(stats, Selection(count=2))
