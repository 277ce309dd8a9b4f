"""What accuracies are held against, and macro-F1, worked out another way."""

import random
from collections.abc import Sequence

import pytest

from bridgex.tasks.outcomes import (
    Commonest,
    Outcome,
    baselines,
    class_measures,
    class_stats,
    commonest,
)

LABELS = ("sport", "travel", "health")


def outcome(right: str, answer: str | None, options: tuple[str, ...] = LABELS) -> Outcome:
    return Outcome(
        "", "", None, None, None, answer, (right,), float(answer == right), None, options
    )


def test_chance_and_the_commonest_class_and_answer() -> None:
    outcomes = [
        outcome("sport", "travel"),
        outcome("sport", "travel"),
        outcome("health", "travel"),
        outcome("travel", "sport"),
        outcome("sport", None),
    ]
    known = baselines(outcomes)
    assert known.chance == pytest.approx(1 / 3)
    assert (known.majority, known.majority_answer) == (0.6, "sport")
    assert commonest(outcomes) == Commonest("travel", 0.75)
    assert commonest([outcome("sport", None)]) is None


def test_options_that_differ_are_named_by_their_place() -> None:
    outcomes = [
        outcome("b", "a", ("a", "b")),
        outcome("d", "c", ("c", "d")),
        outcome("e", "f", ("e", "f", "g", "h")),
    ]
    known = baselines(outcomes)
    assert known.chance == pytest.approx((0.5 + 0.5 + 0.25) / 3)
    assert (known.majority, known.majority_answer) == (2 / 3, "option 2")
    found = commonest(outcomes)
    assert found == Commonest("option 1", 2 / 3)


def test_two_options_of_one_text_are_both_right() -> None:
    twice = [outcome("a", "a", ("a", "b", "a", "c")), outcome("a", "b", ("a", "b", "c", "d"))]
    assert baselines(twice).chance == pytest.approx((0.5 + 0.25) / 2)


def test_free_text_has_no_chance_but_a_best_constant_answer() -> None:
    words = [
        Outcome("", "", None, "x", None, answer, accepted, 0.0, None)
        for answer, accepted in [("x", ("a", "b")), ("x", ("b",)), ("y", ("c",))]
    ]
    known = baselines(words)
    assert (known.chance, known.majority, known.majority_answer) == (None, 2 / 3, "b")
    assert commonest(words) == Commonest("x", 2 / 3)


def f1(outcomes: Sequence[Outcome], name: str) -> float | None:
    """From precision and recall, as textbooks have it."""
    right = [each for each in outcomes if each.accepted[0] == name]
    given = [each for each in outcomes if each.answer == name]
    if not right and not given:
        return None
    hits = sum(each.answer == name for each in right)
    if not hits:
        return 0.0
    precision, recall = hits / len(given), hits / len(right)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("seed", range(20))
def test_macro_f1_is_the_mean_of_each_class(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    outcomes = [
        outcome(draw.choice(LABELS[: 2 + seed % 2]), draw.choice([*LABELS, None]))
        for _ in range(draw.randint(1, 30))
    ]
    each = [value for name in LABELS if (value := f1(outcomes, name)) is not None]
    (measure,) = class_measures(outcomes)
    assert measure.metric == "macro-F1"
    assert measure.value == pytest.approx(sum(each) / len(each))
    counts = class_stats(outcomes)["macro-F1"].counts
    assert len(counts) == len(outcomes)


def test_a_constant_answer_has_the_f1_of_one_class() -> None:
    outcomes = [outcome(right, "sport") for right in (*LABELS, "sport")]
    (measure,) = class_measures(outcomes)
    assert measure.value == pytest.approx((2 * 2 / (2 + 4)) / 3)
