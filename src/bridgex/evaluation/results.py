"""What an evaluation found: strategies side by side on the same items."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bridgex.evaluation.run import Run
from bridgex.evaluation.significance import (
    Bounds,
    Difference,
    accuracy_difference,
    pooled_difference,
    pooled_interval,
    wilson,
)
from bridgex.tasks.base import CorpusStats, Measure, Outcome, Problem, Task

RIVALS = ("direct", "bridge:en")
"""What every other strategy is compared with."""


@dataclass(frozen=True)
class Result:
    """One strategy on one task.

    Attributes:
        name: as asked for: ``bridge:auto``.
        strategy: what that stands for: ``bridge:de``.
        measures: what its outcomes amount to, the task's metric first.
        intervals: metric → 95 % interval: Wilson's for accuracy, else by bootstrap over items.
        differences: rival strategy → metric → difference from it.
        problems: problem → number of items that had it.
        outcomes: item by item.
    """

    name: str
    strategy: str
    measures: tuple[Measure, ...]
    intervals: Mapping[str, Bounds]
    differences: Mapping[str, Mapping[str, Difference]]
    problems: Mapping[Problem, int]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Evaluation:
    """A task in one language pair under several strategies.

    Attributes:
        task: its name.
        pair: codes of source and target language.
        items: number of items, the same under every strategy.
        results: in the order of the strategies.
        recommendation: what ``auto`` stood for and why; None where it was not asked.
        notes: what a reader should know about the input.
        evidence: what it was computed from.
        signature: the same in one line.
    """

    task: str
    pair: tuple[str, str]
    items: int
    results: tuple[Result, ...]
    recommendation: str | None
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the items as plain values, ready for JSON."""
        values = asdict(self)
        for result in values["results"]:
            del result["outcomes"]
        return values

    def lines(self) -> list[dict[str, Any]]:
        """Return one plain value per strategy and item, prompts and raw answers included."""
        return [
            {"strategy": result.name, "via strategy": result.strategy, **asdict(outcome)}
            for result in self.results
            for outcome in result.outcomes
        ]


def results(task: Task, runs: Mapping[str, Run]) -> tuple[Result, ...]:
    """Sum up runs of a task, each compared with its rivals among them.

    Args:
        task: the task.
        runs: name of a strategy as asked for → its run.
    """
    corpus_stats = {name: task.corpus_stats(each.outcomes) for name, each in runs.items()}
    rivals = [name for name in RIVALS if name in runs]
    return tuple(
        Result(
            name,
            str(each.strategy),
            task.measures(each.outcomes),
            _intervals(each, corpus_stats[name]),
            {
                rival: _differences((each, runs[rival]), (corpus_stats[name], corpus_stats[rival]))
                for rival in rivals
                if rival != name
            },
            each.problems,
            each.outcomes,
        )
        for name, each in runs.items()
    )


def _intervals(each: Run, corpus_stats: Mapping[str, CorpusStats]) -> dict[str, Bounds]:
    if not corpus_stats:
        return {"accuracy": wilson(int(sum(each.scores)), len(each.scores))}
    return {metric: pooled_interval(pool) for metric, pool in corpus_stats.items()}


def _differences(
    runs: tuple[Run, Run], corpus_stats: tuple[Mapping[str, CorpusStats], Mapping[str, CorpusStats]]
) -> dict[str, Difference]:
    scores = runs[0].scores, runs[1].scores
    if not corpus_stats[0]:
        return {"accuracy": accuracy_difference(*scores)}
    return {
        metric: pooled_difference(metric, pool, corpus_stats[1][metric], scores)
        for metric, pool in corpus_stats[0].items()
    }
