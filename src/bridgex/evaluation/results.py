"""The result of an evaluation: strategies compared on the same items."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from bridgex.evaluation.run import Run
from bridgex.evaluation.significance import (
    LEVEL,
    Bounds,
    Difference,
    accuracy_difference,
    corpus_difference,
    corpus_interval,
    wilson,
)
from bridgex.result import Result
from bridgex.tasks.base import Task
from bridgex.tasks.outcomes import CorpusStats, Measure, Outcome, Problem

RIVALS = ("direct", "bridge:en")
"""What every other strategy is compared with."""


@dataclass(frozen=True)
class StrategyResult:
    """One strategy on one task.

    Attributes:
        name: as asked for: ``bridge:auto``.
        strategy: what that stands for: ``bridge:de``.
        measures: what its outcomes amount to, the task's metric first.
        intervals: metric → interval: Wilson's for accuracy, else by bootstrap over items.
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

    @property
    def value(self) -> float:
        """Its value under the task's metric."""
        return self.measures[0].value


@dataclass(frozen=True, repr=False)
class Evaluation(Result):
    """A task in one language pair under several strategies.

    Attributes:
        task: its name.
        pair: codes of source and target language.
        items: number of items, the same under every strategy.
        results: in the order of the strategies.
        recommendation: what ``auto`` stood for and why; None where it was not requested.
        level: confidence level of all intervals.
        notes: what a reader should know about the input.
        provenance: what it was computed from.
        signature: the same in one line.
    """

    kind: ClassVar[str] = "evaluation"
    schema: ClassVar[int] = 1

    task: str
    pair: tuple[str, str]
    items: int
    results: tuple[StrategyResult, ...]
    recommendation: str | None
    level: float = LEVEL
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per strategy and metric."""
        return [
            {
                "task": self.task,
                "source": self.pair[0],
                "target": self.pair[1],
                "name": result.name,
                "strategy": result.strategy,
                "metric": measure.metric,
                "value": measure.value,
                "low": result.intervals[measure.metric].low,
                "high": result.intervals[measure.metric].high,
                "items": self.items,
            }
            for result in self.results
            for measure in result.measures
        ]

    def item_rows(self) -> list[dict[str, Any]]:
        """Return a row per strategy and item, prompts and raw answers included."""
        return [
            {"name": result.name, "strategy": result.strategy, **asdict(outcome)}
            for result in self.results
            for outcome in result.outcomes
        ]

    def summary(self) -> str:
        """Return the value of each strategy, in a few lines."""
        values = ", ".join(f"{result.name} {result.value:.4g}" for result in self.results)
        metric = self.results[0].measures[0].metric
        return (
            f"{self.task} {'-'.join(self.pair)}, {self.items} items, {metric}\n {values}\n "
            f"{self.signature}"
        )


def results(task: Task, runs: Mapping[str, Run]) -> tuple[StrategyResult, ...]:
    """Summarise runs of a task, each compared with its rivals among them.

    Rivals are known by what a name stands for: ``bridge:eng`` is ``bridge:en``.

    Args:
        task: the task.
        runs: name of a strategy as asked for → its run.
    """
    stats = {name: task.corpus_stats(run.outcomes) for name, run in runs.items()}
    by_strategy = {str(run.strategy): name for name, run in reversed(list(runs.items()))}
    rivals = {rival: by_strategy[rival] for rival in RIVALS if rival in by_strategy}
    measures = {name: task.measures(run.outcomes) for name, run in runs.items()}
    return tuple(
        StrategyResult(
            name,
            str(run.strategy),
            measures[name],
            _intervals(run, measures[name], stats[name]),
            {
                rival: _differences((run, runs[other]), measures[name], (stats[name], stats[other]))
                for rival, other in rivals.items()
                if rival != str(run.strategy)
            },
            run.problems,
            run.outcomes,
        )
        for name, run in runs.items()
    )


def _intervals(
    run: Run, measures: Sequence[Measure], stats: Mapping[str, CorpusStats]
) -> dict[str, Bounds]:
    return {
        metric: corpus_interval(stats[metric])
        if metric in stats
        else wilson(int(sum(run.scores)), len(run.scores))
        for metric in (measure.metric for measure in measures)
    }


def _differences(
    runs: tuple[Run, Run],
    measures: Sequence[Measure],
    stats: tuple[Mapping[str, CorpusStats], Mapping[str, CorpusStats]],
) -> dict[str, Difference]:
    scores = runs[0].scores, runs[1].scores
    return {
        metric: corpus_difference(metric, stats[0][metric], stats[1][metric], scores)
        if metric in stats[0]
        else accuracy_difference(*scores)
        for metric in (measure.metric for measure in measures)
    }
