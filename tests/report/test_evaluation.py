"""What is printed of results: words for columns, levels of intervals, nothing cut."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.dependence import Interval
from bridgex.evaluation.results import Evaluation, evaluation_of
from bridgex.evaluation.run import Run
from bridgex.evaluation.strategies import Strategy
from bridgex.languages import find
from bridgex.report.console import PlainConsole
from bridgex.report.evaluation import print_evaluation
from bridgex.report.ranking import print_ranking
from bridgex.report.table import print_whole
from bridgex.tasks.base import Item
from bridgex.tasks.bli import Bli
from bridgex.tasks.outcomes import Outcome, Problem
from bridgex.tasks.topic import Topic


def shown(print_result: Callable[[Any, Console], None], result: object) -> list[str]:
    file = io.StringIO()
    print_result(result, PlainConsole(file=file, width=80))
    return file.getvalue().splitlines()


def evaluation() -> Evaluation:
    items = tuple(Item(str(at), f"w{at}", ("x",)) for at in range(10))
    task = Bli(source=find("id"), target=find("he"), items=items)

    def done(strategy: Strategy, right: int, problem: Problem | None) -> Run:
        outcomes = tuple(
            Outcome(
                item.id,
                "",
                None,
                "x" if at < right else "",
                None,
                "x" if at < right else None,
                item.accepted,
                float(at < right),
                None if at < right else problem,
            )
            for at, item in enumerate(items)
        )
        return Run(strategy, outcomes, 0, 0, 0)

    runs = {
        "direct": done(Strategy(), 8, "too_long"),
        "bridge:eng": done(Strategy(find("en")), 6, "no_pivot"),
        "bridge:auto": done(Strategy(find("fr")), 9, "unfinished_thinking"),
    }
    return evaluation_of(task, runs, recommendation="bridge:fr. Why.")


def test_an_evaluation_in_eighty_columns() -> None:
    lines = shown(print_evaluation, evaluation())
    assert [line.rstrip() for line in lines] == [
        "A difference with a large p is no difference that these items show.",
        "bli, Indonesian–Hebrew, 10 items",
        "Strategy    accuracy 95 % interval commonest − direct     p − bridge:en     p",
        "direct        80.0 %   49.0 … 94.3   100.0 %        —     —       +20.0 0.500",
        "bridge:en     60.0 %   31.3 … 83.2   100.0 %    -20.0 0.500           —     —",
        "bridge:auto   90.0 %   59.6 … 98.2   100.0 %    +10.0 1.000       +30.0 0.250",
        "Baselines: 100.0 % by always answering 'x'.",
        "Commonest answers: direct 'x', bridge:en 'x', bridge:auto 'x'",
        "auto: bridge:fr. Why.",
        "Problems: direct: 2 too long",
        "Problems: bridge:en: 4 no pivot",
        "Problems: bridge:auto: 1 unfinished thinking",
        "Signature:",
    ]


def test_classes_are_held_against_chance_and_one_answer() -> None:
    options = ("sport", "travel")
    items = tuple(Item(str(at), "x", (options[at < 7],), options=options) for at in range(10))
    task = Topic(source=find("de"), target=find("en"), items=items)
    outcomes = tuple(
        Outcome(item.id, "", None, None, None, "sport", item.accepted, float(at > 6), None, options)
        for at, item in enumerate(items)
    )
    found = evaluation_of(task, {"direct": Run(Strategy(), outcomes, 0, 0, 0)}, recommendation=None)
    assert [line.rstrip() for line in shown(print_evaluation, found)] == [
        "The interval says how far the choice of items could have moved the value.",
        "topic, German–English, 10 items",
        "Strategy accuracy 95 % interval commonest",
        "direct     30.0 %   10.8 … 60.3   100.0 %",
        "macro-F1",
        "Strategy macro-F1 95 % interval",
        "direct     23.1 %    9.1 … 37.5",
        "Baselines: 50.0 % by chance, 70.0 % by always answering 'travel'.",
        "Commonest answers: direct 'sport'",
        "Warning: direct: 10 of 10 answers are 'sport', so the accuracy is about how often that is "
        "right.",
        "Signature:",
    ]
    (accuracy, f1) = found.rows()
    assert (accuracy["chance"], accuracy["majority"], accuracy["commonest"]) == (0.5, 0.7, 1.0)
    assert (f1["chance"], f1["commonest"]) == (None, None)


def ranking(level: float) -> BridgeRanking:
    scores = {
        "en": Score(0.5, Interval(0.4, 0.6, 0.05), neurons=7),
        "de": Score(0.1, Interval(0.0, 0.2, 0.05), neurons=7),
    }
    verdict = Verdict("clear", ("en",), "en is above every other.")
    return BridgeRanking(("id", "he"), scores, (), {}, {}, 0, {}, {}, verdict, level)


@pytest.mark.parametrize(("level", "heading"), [(0.9, "90 % interval"), (0.8, "80 % interval")])
def test_a_ranking_states_the_level_of_its_intervals(level: float, heading: str) -> None:
    lines = shown(print_ranking, ranking(level))
    assert any(heading in line for line in lines)
    assert any("0.4 … 0.6" in line for line in lines)


@pytest.mark.parametrize("kind", ["dumb", "xterm"])
def test_no_terminal_cuts_a_table(kind: str) -> None:
    """Rich takes a dumb terminal to be 80 columns wide, whatever width it was given."""
    file = io.StringIO()
    console = PlainConsole(
        file=file, force_terminal=True, color_system=None, _environ={"TERM": kind}, width=40
    )
    table = Table("x" * 60, "y" * 60)
    print_whole(table, console)
    assert f"{'x' * 60} ┃ {'y' * 60}" in file.getvalue()
