"""Pools, ties and weights as pure functions."""

import itertools
import math

import pytest

from bridgex.evaluation.pooling import Ballot, pooled, votes, winner
from bridgex.evaluation.strategies import DIRECT, Pooling, Strategy
from bridgex.evaluation.weights import PRIOR_ITEMS, mixture, prior
from bridgex.languages import find


def test_pools_are_the_textbooks() -> None:
    rows = [(3.0, (math.log(0.6), math.log(0.4))), (1.0, (math.log(0.1), math.log(0.9)))]
    assert pooled("average", rows) == pytest.approx((0.475, 0.525))
    expected = tuple(0.75 * math.log(a) + 0.25 * math.log(b) for a, b in ((0.6, 0.1), (0.4, 0.9)))
    assert pooled("average_log", rows) == pytest.approx(expected)
    assert pooled("max", rows) == pytest.approx((0.6, 0.9))
    assert pooled("rescore", rows[:1]) == pytest.approx((0.6, 0.4))


def test_scores_need_not_be_normalised() -> None:
    row, other = (-700.0, -701.0, -702.5), (-3.0, -2.0, -9.0)
    shifted = tuple(value - 1000 for value in other)
    even = pooled("average", [(1, row), (1, shifted)])
    assert even == pytest.approx(pooled("average", [(5, row), (5, other)]))
    assert sum(even) == pytest.approx(1)


def test_members_that_weigh_nothing_decide_nothing() -> None:
    rows = [(0.0, (0.0, -20.0)), (0.4, (-2.0, 0.0))]
    pools: tuple[Pooling, ...] = ("average", "average_log", "max")
    for pooling in pools:
        first, second = pooled(pooling, rows)
        assert first < second


def test_items_may_have_different_numbers_of_options_but_not_members() -> None:
    assert len(pooled("average", [(1, (0.0, -1.0, -2.0))])) == 3
    with pytest.raises(ValueError, match="argument 2"):
        pooled("average", [(1, (0.0, -1.0)), (1, (0.0, -1.0, -2.0))])


def test_bad_bridges_do_not_outvote_a_good_one_that_weighs_more() -> None:
    ballots = [Ballot(0.5, "a"), Ballot(0.2, "b"), Ballot(0.2, "b"), Ballot(0.1, None)]
    assert votes(ballots) == {"a": 0.5, "b": 0.4}
    assert winner(votes(ballots), ballots) == "a"


def test_ties_go_to_the_heaviest_member_then_to_the_first() -> None:
    ballots = [Ballot(0.3, "a"), Ballot(0.3, "a"), Ballot(0.6, "b")]
    for order in itertools.permutations(ballots):
        assert winner(votes(order), order) == "b"
    even = [Ballot(0.25, "c"), Ballot(0.25, "d"), Ballot(0.25, "d"), Ballot(0.25, "c")]
    assert winner({"d": 0.5, "c": 0.5}, even) == "c"
    assert winner({"c": 0.1 + 0.2, "d": 0.3}, [Ballot(1, "d"), Ballot(0, "c")]) == "d"


def test_weights_follow_development_items_and_keep_to_the_prior() -> None:
    even = [1 / 3] * 3
    assert mixture([[], [], []], even) == pytest.approx(even)
    assert mixture([[0, 0], [0, 0], [0, 0]], even) == pytest.approx(even)
    good, copy, bad = [1, 1, 1, 0] * 5, [1, 1, 0, 0] * 5, [0] * 20
    weights = mixture([good, copy, bad], even)
    assert weights[0] > weights[1] > weights[2] > 0
    assert sum(weights) == pytest.approx(1)
    assert weights[2] == pytest.approx(PRIOR_ITEMS / 3 / (PRIOR_ITEMS + 15))
    assert mixture([[100 * each for each in row] for row in (good, copy, bad)], even) == (
        pytest.approx(weights)
    )


def test_a_member_right_where_others_are_not_weighs_more_than_an_echo() -> None:
    first = [1] * 10 + [0] * 5
    echo, other = [1] * 5 + [0] * 10, [0] * 10 + [1] * 5
    _, as_echo, as_other = mixture([first, echo, other], [1 / 3] * 3)
    assert as_other > as_echo + 0.1


def test_weights_are_the_mode_that_a_search_finds() -> None:
    scores = [[1, 0, 1, 1, 0, 1], [1, 1, 0, 0, 0, 1]]

    def height(weight: float) -> float:
        parts = [weight * a + (1 - weight) * b for a, b in zip(*scores, strict=True) if a or b]
        return sum(map(math.log, parts)) + PRIOR_ITEMS / 2 * (
            math.log(weight) + math.log(1 - weight)
        )

    best = max((at / 10000 for at in range(1, 10000)), key=height)
    assert mixture(scores, [0.5, 0.5])[0] == pytest.approx(best, abs=1e-3)


def test_the_prior_is_equal_or_leans_on_direct_and_english() -> None:
    ways = DIRECT, *(Strategy(find(code)) for code in ("en", "de", "fr"))
    assert prior(ways, chosen=False) == [0.25] * 4
    assert prior((*ways, Strategy(find("it"))), chosen=True) == pytest.approx(
        [0.25, 0.25, 1 / 6, 1 / 6, 1 / 6]
    )
    assert prior(ways[2:], chosen=True) == [0.5, 0.5]
