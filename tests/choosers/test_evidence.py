"""Whether a detour helps: against exact counts, and how often it is advised for nothing."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest

from bridgex.choosers.evidence import ALPHA, gain

paired = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40)


@given(paired, st.integers(1, 6))
def test_right_and_wrong_answers_give_mcnemars_test_and_a_posterior(
    rows: list[tuple[int, int]], taken_of: int
) -> None:
    through, direct = ([float(each) for each in side] for side in zip(*rows, strict=True))
    found = gain(through, direct, taken_of=taken_of)
    gained, lost = (rows.count(pair) for pair in ((1, 0), (0, 1)))
    assert (found.items, found.gained, found.lost) == (len(rows), gained, lost)
    exact = 1.0
    if gained + lost:
        exact = binomtest(gained, gained + lost, alternative="greater").pvalue
    assert found.p_value == pytest.approx(min(1.0, exact * taken_of))
    better = beta(1 + gained, 1 + lost).sf(0.5)
    assert found.odds == pytest.approx(better / (1 - better))
    share = (1 + gained) / (2 + gained + lost)
    assert found.shrunk == pytest.approx((gained + lost) / len(rows) * (2 * share - 1))
    assert abs(found.shrunk) <= abs(found.value)
    assert found.beyond_chance == (found.p_value <= ALPHA)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=9))
def test_other_scores_give_the_randomisation_test(differences: list[int]) -> None:
    found = gain([float(each) for each in differences], [0.0] * len(differences))
    some = [each for each in differences if each]
    sums = [
        sum(sign * abs(each) for sign, each in zip(signs, some, strict=True))
        for signs in itertools.product((-1, 1), repeat=len(some))
    ]
    at_least = sum(each >= sum(differences) for each in sums) / len(sums)
    more = sum(each > sum(differences) for each in sums) / len(sums)
    assert found.p_value == pytest.approx(at_least)
    assert found.odds == pytest.approx((2 - at_least - more) / (at_least + more))
    assert found.value == pytest.approx(sum(differences) / len(differences))


def test_two_of_fifty_against_one_is_no_reason_for_a_detour() -> None:
    found = gain([1.0, 1.0, *[0.0] * 48], [0.0, 0.0, 1.0, *[0.0] * 47])
    assert (found.value, found.shrunk, found.p_value) == pytest.approx((0.02, 0.012, 0.5))
    assert found.odds == pytest.approx(2.2)
    assert not found.beyond_chance


@pytest.mark.parametrize("kind", ["accuracy", "scores"])
def test_a_detour_that_helps_nothing_is_advised_at_most_as_often_as_said(kind: str) -> None:
    draw, rounds = random.Random(5), 250  # noqa: S311

    def score() -> float:
        return float(draw.random() < 0.3) if kind == "accuracy" else draw.gauss(30, 10)

    size = 50 if kind == "accuracy" else 10
    advised = sum(
        gain([score() for _ in range(size)], [score() for _ in range(size)]).beyond_chance
        for _ in range(rounds)
    )
    assert advised / rounds <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / rounds)
