"""Regret, gains, hits and rank correlation against accuracies made by hand."""

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.experiments.measures import Share, judge, kendall, over_pairs, share

ACCURACY = {"en": 0.50, "de": 0.30, "es": 0.60, "it": 0.60}


def ranking(
    values: dict[str, float | None], kind: str = "clear", members: tuple[str, ...] = ()
) -> BridgeRanking:
    order = sorted(values, key=lambda code: -(values[code] or -9))
    scores = {code: Score(values[code]) for code in order}
    verdict = Verdict(kind, members or tuple(order[:1]), "Why.")  # type: ignore[arg-type]
    return BridgeRanking(("de", "id"), scores, (), {}, {}, 0, {}, {}, verdict, 0.9)


def test_a_clear_choice() -> None:
    chosen = ranking({"en": 9.0, "de": 7.0, "es": 8.0, "it": 1.0})
    found = judge(chosen, ACCURACY, direct=0.4, differs_significantly=True, direct_advised=False)
    assert found.first == ("en",)
    assert found.regret == pytest.approx(0.1)
    assert found.over_direct == pytest.approx(0.1)
    assert found.over_english == 0.0
    assert found.hit == 0.0
    # en>es: wrong, en>de: right, en>it: wrong, es>de: right, es>it: tied, de>it: wrong; τ-b
    assert found.tau == pytest.approx(-1 / (6 * 5) ** 0.5)
    assert (found.tie_right, found.undetermined_right, found.direct_right) == (None, None, None)


def test_equal_scores_count_as_their_mean() -> None:
    chosen = ranking({"en": 1.0, "de": 0.0, "es": 1.0, "it": 0.0}, "tie", ("en", "es"))
    found = judge(chosen, ACCURACY, direct=0.6, differs_significantly=True, direct_advised=True)
    assert found.first == ("en", "es")
    assert found.regret == pytest.approx(0.05)
    assert found.over_english == pytest.approx(0.05)
    assert found.hit == 0.5
    assert found.tie_right is True
    assert found.direct_right is True


def test_ties_and_direct_can_be_wrong() -> None:
    chosen = ranking({"en": 2.0, "de": 1.9, "es": 0.0, "it": 0.0}, "tie", ("en", "de"))
    found = judge(chosen, ACCURACY, direct=0.55, differs_significantly=True, direct_advised=True)
    assert found.tie_right is False
    assert found.direct_right is False


@pytest.mark.parametrize("kind", ["undetermined", "no_evidence"])
@pytest.mark.parametrize("differs", [True, False])
def test_a_verdict_without_ground_chooses_nothing(differs: bool, kind: str) -> None:
    none = ranking({"en": None, "de": None, "es": None, "it": None}, kind)
    found = judge(none, ACCURACY, direct=0.7, differs_significantly=differs, direct_advised=True)
    assert found.first == ()
    assert (found.regret, found.over_direct, found.tau, found.hit) == (None, None, None, None)
    assert found.undetermined_right is not differs
    assert found.direct_right is True


def test_without_english_there_is_no_gain_over_it() -> None:
    accuracy = {"de": 0.3, "es": 0.6}
    chosen = ranking({"de": 0.1, "es": 0.2})
    found = judge(chosen, accuracy, direct=0.6, differs_significantly=True, direct_advised=False)
    assert found.over_english is None
    assert found.tau == 1.0


values = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=8)


@given(values)
def test_kendall_is_scipys(pairs: list[tuple[int, int]]) -> None:
    first, second = ([float(each) for each in side] for side in zip(*pairs, strict=True))
    found = kendall(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(stats.kendalltau(first, second).statistic)


def test_one_pair_has_no_interval() -> None:
    one = over_pairs({("de", "id"): 0.2, ("en", "fr"): None})
    assert (one.value, one.interval, one.pairs) == (0.2, None, 1)
    assert "more pairs" in one.gap
    none = over_pairs({("de", "id"): None})
    assert (none.value, none.pairs) == (None, 0)
    assert none.gap


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12))
def test_intervals_over_pairs_are_those_of_a_mean(numbers: list[float]) -> None:
    found = over_pairs({("x", str(at)): each for at, each in enumerate(numbers)})
    mean, n = fmean(numbers), len(numbers)
    error = (sum((each - mean) ** 2 for each in numbers) / (n * (n - 1))) ** 0.5
    assert found.interval is not None
    assert found.interval.standard_error == pytest.approx(error, abs=1e-9)
    low, high = stats.t.interval(0.95, n - 1, mean, error) if error else (mean, mean)
    assert found.interval.low == pytest.approx(low, abs=1e-9)
    assert found.interval.high == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize("pairs", [2, 3, 6])
def test_intervals_over_pairs_cover_the_mean_as_often_as_they_say(pairs: int) -> None:
    draw = random.Random(pairs)  # noqa: S311
    covered, rounds = 0, 4000
    for _ in range(rounds):
        sample = {("x", str(at)): draw.gauss(0.3, 0.1) for at in range(pairs)}
        interval = over_pairs(sample).interval
        assert interval is not None
        covered += interval.low <= 0.3 <= interval.high
    assert covered / rounds == pytest.approx(0.95, abs=0.011)  # three standard errors


def test_shares() -> None:
    assert share([True, None, False, True]) == Share(2, 3)
    assert share([None]) == Share(0, 0)


def test_how_often_the_first_is_in_the_script_of_the_pair() -> None:
    accuracy = {"he": 0.1, "es": 0.2, "ru": 0.3}
    for first, expected in (("es", 1.0), ("he", 0.0), ("ru", 0.0)):
        chosen = ranking({code: float(code == first) for code in accuracy})
        found = judge(
            chosen, accuracy, direct=0.1, differs_significantly=True, direct_advised=False
        )
        assert found.same_script == expected
    tied = ranking({"es": 1.0, "ru": 1.0, "he": 0.0}, "tie", ("es", "ru"))
    found = judge(tied, accuracy, direct=0.1, differs_significantly=True, direct_advised=False)
    assert found.same_script == 0.5
