"""Intervals and tests against scipy, counted cases and slow re-computations."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bridgex.evaluation.significance import (
    accuracy_difference,
    corpus_difference,
    corpus_interval,
    mcnemar,
    wilson,
)
from bridgex.languages import find
from bridgex.tasks.outcomes import CorpusStats, Outcome
from bridgex.tasks.translation import Translation


@given(st.integers(1, 300), st.data())
def test_wilson_is_scipys(items: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, items))
    expected = stats.binomtest(hits, items).proportion_ci(method="wilson")
    assert wilson(hits, items).low == pytest.approx(expected.low, abs=1e-12)
    assert wilson(hits, items).high == pytest.approx(expected.high, abs=1e-12)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test(gained: int, lost: int) -> None:
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(expected)


def test_mcnemar_counted_by_hand() -> None:
    coins = list(itertools.product((0, 1), repeat=5))
    as_far = sum(abs(sum(each) - 2.5) >= 1.5 for each in coins)
    assert mcnemar(4, 1) == as_far / len(coins)


def test_a_difference_of_accuracies() -> None:
    first, second = [1.0, 1, 1, 0, 0, 1], [1.0, 0, 0, 1, 0, 0]
    found = accuracy_difference(first, second)
    assert (found.gained, found.lost) == (3, 1)
    assert found.value == pytest.approx(2 / 6)
    assert found.p_value == mcnemar(3, 1)
    assert found.interval.low < found.value < found.interval.high
    assert accuracy_difference(second, first).value == -found.value
    with pytest.raises(ValueError, match="zip"):
        accuracy_difference(first, second[:-1])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_the_interval_is_that_of_two_more_pairs(pairs: list[tuple[bool, bool]]) -> None:
    first, second = ([float(each) for each in side] for side in zip(*pairs, strict=True))
    found = accuracy_difference(first, second).interval
    weighted = [(a - b, 1.0) for a, b in zip(first, second, strict=True)]
    weighted += [(0.0, 0.5), (0.0, 0.5), (1.0, 0.5), (-1.0, 0.5)]  # half an item in each cell
    n = sum(weight for _, weight in weighted)
    mean = sum(value * weight for value, weight in weighted) / n
    variance = sum(weight * (value - mean) ** 2 for value, weight in weighted) / n
    low, high = stats.norm.interval(0.95, mean, (variance / n) ** 0.5)
    assert found.low == pytest.approx(max(-1, low), abs=1e-12)
    assert found.high == pytest.approx(min(1, high), abs=1e-12)


def test_the_interval_covers_a_true_difference() -> None:
    draw = random.Random(5)  # noqa: S311
    covered = 0
    for _ in range(400):
        easy = [draw.random() for _ in range(100)]
        first = [float(each + draw.uniform(-0.3, 0.3) < 0.6) for each in easy]
        second = [float(each + draw.uniform(-0.3, 0.3) < 0.5) for each in easy]
        bounds = accuracy_difference(first, second).interval
        covered += bounds.low <= 0.1 <= bounds.high
    assert 0.92 <= covered / 400 <= 0.99


def ratio(counts: list[float]) -> CorpusStats:
    return CorpusStats([[each, 1.0] for each in counts], lambda summed: summed[0] / summed[1])


def test_the_bootstrap_of_a_mean_is_that_of_normal_theory() -> None:
    draw = random.Random(6)  # noqa: S311
    values = [draw.gauss(3, 2) for _ in range(200)]
    bounds, error = corpus_interval(ratio(values)), stats.sem(values)
    mean = sum(values) / 200
    assert bounds.low == pytest.approx(mean - 1.96 * error, abs=0.2 * error)
    assert bounds.high == pytest.approx(mean + 1.96 * error, abs=0.2 * error)


def test_a_paired_bootstrap_sees_what_an_unpaired_one_would_not() -> None:
    draw = random.Random(7)  # noqa: S311
    first = [draw.gauss(0, 10) for _ in range(100)]
    second = [each + 0.5 + draw.gauss(0, 0.5) for each in first]
    found = corpus_difference("mean", ratio(second), ratio(first), (second, first))
    assert found.value == pytest.approx(sum(second) / 100 - sum(first) / 100)
    assert found.interval.low > 0
    assert found.p_value < 0.01
    assert found.gained + found.lost == 100
    same = corpus_difference("mean", ratio(first), ratio(first), (first, first))
    assert (same.value, same.p_value) == (0, 1)


def test_the_bootstrap_of_chrf_has_sacrebleus_values_and_both_sides() -> None:
    from sacrebleu import CHRF
    from sacrebleu.significance import PairedTest

    draw = random.Random(8)  # noqa: S311
    words = ["Haus", "Baum", "Katze", "laufen", "grün", "gestern", "Wasser", "nie"]
    references = [" ".join(draw.choices(words, k=8)) for _ in range(80)]

    def spoilt(share: float) -> list[str]:
        return [
            " ".join("x" if draw.random() < share else word for word in text.split())
            for text in references
        ]

    task = Translation(source=find("en"), target=find("de"), items=())
    answers = {"first": spoilt(0.3), "second": spoilt(0.3)}
    corpus_stats, scores = {}, {}
    for name, texts in answers.items():
        outcomes = [
            Outcome(str(at), "", None, text, None, text, (references[at],), 0.0, None)
            for at, text in enumerate(texts)
        ]
        corpus_stats[name] = task.corpus_stats(outcomes)["chrF++"]
        scores[name] = [0.0] * len(outcomes)
    found = corpus_difference(
        "chrF++", corpus_stats["first"], corpus_stats["second"], (scores["first"], scores["second"])
    )
    metric = CHRF(word_order=2, references=[references])
    theirs: dict[str, Any] = PairedTest(
        list(answers.items()), {"chrF": metric}, None, "bs", 2000
    )()[1]
    baseline, other = theirs[next(name for name in theirs if name.startswith("chrF"))]
    assert found.value == pytest.approx(baseline.score - other.score)
    error = (found.interval.high - found.interval.low) / (2 * 1.96)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.value) / error), abs=0.03)
    assert found.p_value > other.p_value  # theirs counts one side
    bounds = corpus_interval(corpus_stats["first"])
    assert (bounds.high - bounds.low) / 2 == pytest.approx(baseline.ci, rel=0.15)
