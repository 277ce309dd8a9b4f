"""Rules by which an option is the answer, worked out by hand."""

import pytest

from bridgex.errors import RequestError
from bridgex.tasks.scoring import RULES, OptionScores, Rule

SCORES = OptionScores(
    nats=(-6.0, -8.0, -9.0),
    tokens=(2, 4, 2),
    characters=(3, 4, 9),
    bytes=(3, 8, 10),
    neutral=(-1.0, -4.0, -9.0),
    batch=(-5.0, -8.5, -8.0),
)
EXPECTED: dict[Rule, tuple[float, ...]] = {
    "sum": (-6.0, -8.0, -9.0),
    "per_token": (-3.0, -2.0, -4.5),
    "per_character": (-2.0, -2.0, -1.0),
    "per_byte": (-2.0, -1.0, -0.9),
    "calibrated": (-5.0, -4.0, 0.0),
    "calibrated_batch": (-1.0, 0.5, -1.0),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule(rule: Rule) -> None:
    expected = EXPECTED[rule]
    assert SCORES.under(rule) == pytest.approx(expected)
    assert SCORES.best(rule) == expected.index(max(expected))


def test_letters_are_all_of_one_length() -> None:
    letters = OptionScores((-2.0, -1.0, -3.0), (1, 1, 1), (1, 1, 1), (1, 1, 1))
    for rule in ("sum", "per_token", "per_character", "per_byte"):
        assert letters.under(rule) == letters.nats


@pytest.mark.parametrize(
    ("rule", "message"),
    [("calibrated", "Nothing is left of the prompt"), ("calibrated_batch", "no development items")],
)
def test_what_was_not_there_to_compare_with_is_said(rule: Rule, message: str) -> None:
    alone = OptionScores((-2.0, -1.0), (1, 1), (1, 1), (1, 1))
    with pytest.raises(RequestError, match=message):
        alone.best(rule)
