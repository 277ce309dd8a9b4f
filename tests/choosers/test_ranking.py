"""From values to rankings: order, intervals, verdicts."""

from pathlib import Path
from statistics import NormalDist, fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgex.bridges import BridgeRanking
from bridgex.choosers import ChooserInput
from bridgex.choosers.ranking import by_items, by_value
from tests.choosers.asking import chooser_input

NAMES = ("en", "es", "it")


@pytest.fixture
def asked(tiny_folder: Path, tmp_path: Path) -> ChooserInput:
    return chooser_input(tiny_folder, tmp_path)


def test_one_number_each_has_no_interval(asked: ChooserInput) -> None:
    ranking = by_value(
        "some",
        asked,
        {"en": 1.0, "es": 3.0, "it": 2.0},
        why="is high",
        neurons={"en": 4, "es": 5, "it": 6},
    )
    assert list(ranking.scores) == ["es", "it", "en"]
    assert ranking.verdict.kind == "untested"
    assert ranking.best == "es"
    assert "no interval" in ranking.verdict.reason
    assert ranking.scores["es"].size == ranking.scores["es"].neurons == 5
    assert ranking.scores["es"].sizes == ranking.scores["es"].per_layer == {}
    assert ranking.provenance["chooser"] == "some"
    assert BridgeRanking.from_dict(ranking.to_dict()) == ranking


def test_equal_numbers_tie(asked: ChooserInput) -> None:
    values = {"en": 2.0, "es": 1.0, "it": 2.0}
    ranking = by_value("some", asked, values, why="is high")
    assert ranking.verdict.kind == "tie"
    assert ranking.verdict.members == ("en", "it")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-5, 5)] * 2), min_size=11, max_size=20),
    st.sets(st.integers(0, 7), max_size=3),
)
def test_intervals_leave_out_one_item(
    tiny_folder: Path, rows: list[tuple[float, float]], gaps: set[int]
) -> None:
    first = [None if at in gaps else row[0] for at, row in enumerate(rows)]
    second = [row[1] for row in rows]
    ranking = by_items(
        "some",
        chooser_input(tiny_folder, Path("unused")),
        {"en": first, "es": second},
        what="words",
    )

    def mean(values: list[float | None], leave_out: int | None = None) -> float:
        kept = (at for at in shared if at != leave_out)
        return fmean(value for at in kept if (value := values[at]) is not None)

    shared = [at for at in range(len(rows)) if at not in gaps]
    a, b = ranking.scores
    by_name: dict[str, list[float | None]] = {"en": first, "es": list(second)}
    own = [mean(by_name[a], at) - mean(by_name[b], at) for at in shared]
    n = len(shared)
    error = ((n - 1) / n * sum((each - fmean(own)) ** 2 for each in own)) ** 0.5
    assert ranking.difference_level == pytest.approx(0.9)
    found = ranking.differences[f"{a}-{b}"]
    middle = mean(by_name[a]) - mean(by_name[b])
    assert middle >= 0
    assert found.high == pytest.approx(middle + NormalDist().inv_cdf(0.95) * error, abs=1e-9)
    assert ranking.verdict.kind == ("clear" if found.low > 0 else "tie")


def test_better_on_every_shared_item_never_loses(asked: ChooserInput) -> None:
    """One that also has values on ten hard items is compared on the items that both have."""
    easy, hard = [0.5 + 0.01 * at for at in range(10)], [0.1] * 10
    ranking = by_items(
        "some",
        asked,
        {"en": [*easy, *[None] * 10], "es": [*(value + 0.05 for value in easy), *hard]},
        what="words",
    )
    assert list(ranking.scores) == ["es", "en"]
    assert ranking.verdict.kind == "clear"
    assert ranking.scores["es"].value == pytest.approx(fmean(easy) + 0.05)
    assert ranking.differences["es-en"].low == pytest.approx(0.05)
    assert [score.items for score in ranking.scores.values()] == [10, 10]


def test_one_with_few_items_does_not_decide_which_are_compared(asked: ChooserInput) -> None:
    long = [0.1 * at for at in range(12)]
    values: dict[str, list[float | None]] = {
        "en": [*long],
        "es": [value / 2 for value in long],
        "it": [9.0, 9.0, *[None] * 10],
    }
    ranking = by_items("some", asked, values, what="words")
    assert list(ranking.scores) == ["en", "es", "it"]
    assert ranking.scores["en"].value == pytest.approx(fmean(long))
    assert (ranking.scores["it"].value, ranking.scores["it"].items) == (None, 2)
    assert ranking.verdict.kind == "clear"
    assert "it had too few" in ranking.verdict.reason


def test_too_few_items_are_undetermined(asked: ChooserInput) -> None:
    def rank(items: dict[str, list[float | None]]) -> BridgeRanking:
        return by_items("some", asked, items, what="words")

    few = rank({"en": [1.0] * 7, "es": [0.0] * 7})
    assert few.verdict.kind == "undetermined"
    assert few.best is None
    assert "7 words that all candidates have and 8 are needed" in few.verdict.reason
    none = rank({"en": [], "es": []})
    assert none.verdict.kind == "undetermined"
    assert none.scores["en"].value is None
    assert not none.differences
    one = rank({"en": [None] * 9, "es": [-2.0] * 9, "it": [-3.0] * 9})
    assert list(one.scores) == ["es", "it", "en"]
    assert one.verdict.kind == "clear"
    assert "en had too few" in one.verdict.reason
    same = rank({"en": [0.5] * 9, "es": [0.5] * 9, "it": [0.1] * 9})
    assert same.verdict.members == ("en", "es")
