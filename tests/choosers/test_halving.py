"""Successive halving on answers that are made up."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridgex.analysis.settings import RankSettings
from bridgex.choosers import ChooserInput, choosers_named
from bridgex.choosers.halving import Halving
from bridgex.errors import RequestError, TextError
from tests.choosers.asking import chooser_input


class Answers:
    """Makes up whether each way is right on each development item, and counts what is asked."""

    def __init__(self, right: dict[str, list[float]]) -> None:
        self.right = right
        self.asked: dict[str, int] = {}

    def run(self, _session: Any, task: Any, strategy: Any, **_: Any) -> Any:
        self.asked[str(strategy)] = len(task.items)
        self.scores = self.right[str(strategy)][: len(task.items)]
        return self


@pytest.fixture
def asked(tiny_folder: Path, tmp_path: Path) -> ChooserInput:
    return chooser_input(tiny_folder, tmp_path)


def answering(monkeypatch: pytest.MonkeyPatch, **right: list[float]) -> Answers:
    named = {("direct" if way == "direct" else f"bridge:{way}"): row for way, row in right.items()}
    answers = Answers(named)
    monkeypatch.setattr("bridgex.choosers.development.run", answers.run)
    return answers


def test_the_better_half_goes_on(asked: ChooserInput, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = answering(
        monkeypatch, direct=[0] * 10, en=[1, 0, 0, 0] * 2, es=[1, 1, 0, 1, 1, 1], it=[0] * 10
    )
    choice = Halving(budget=16).rank(asked)
    assert answers.asked == {"direct": 2, "bridge:it": 2, "bridge:en": 6, "bridge:es": 6}
    ranking = choice.ranking
    assert ranking.best == "es"
    assert {code: score.value for code, score in ranking.scores.items()} == {
        "es": 3,
        "en": 2,
        "it": 0,
    }
    assert {code: score.items for code, score in ranking.scores.items()} == {
        "es": 6,
        "en": 6,
        "it": 2,
    }
    assert ranking.provenance["direct"] == 0, "it and going directly share the last place"
    assert ranking.provenance["spent"] == 16
    assert ranking.verdict.kind == "untested"
    assert ranking.notes == ()


def test_ties_go_to_direct_then_english_whoever_was_named_first(
    asked: ChooserInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, direct=[1] * 10, en=[1] * 10, es=[1] * 10, it=[1] * 10)
    for candidates in (asked.candidates, asked.candidates[::-1]):
        ranking = Halving(budget=16).rank(replace(asked, candidates=candidates)).ranking
        assert ranking.best == "en"
        assert ranking.notes == ("Going directly outlasts every bridge.",)


def test_a_tie_in_a_later_round_is_not_decided_by_the_earlier_one(
    asked: ChooserInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(
        monkeypatch, direct=[0] * 10, en=[1, 0, 1, 1, 0, 0], es=[1, 1, 1, 0, 0, 0], it=[0] * 10
    )
    ranking = Halving(budget=16).rank(asked).ranking
    assert ranking.best == "en"
    assert [ranking.scores[code].value for code in ("en", "es")] == [3, 2]


def test_a_budget_too_small_and_no_items_are_refused(asked: ChooserInput) -> None:
    with pytest.raises(RequestError, match=r"7 answers is too small to halve 4 ways; .* least 8"):
        Halving(budget=7).rank(asked)
    empty = replace(asked, task=replace(asked.task, development=()))
    with pytest.raises(TextError, match="no development items"):
        Halving().rank(empty)


def test_its_budget_is_part_of_its_name() -> None:
    named = choosers_named(["halving", "halving:60", "halving:120"], RankSettings())
    assert [each.name for each in named] == ["halving", "halving:60"]
    with pytest.raises(RequestError, match="There is no chooser 'halving:few'"):
        choosers_named(["halving:few"], RankSettings())
