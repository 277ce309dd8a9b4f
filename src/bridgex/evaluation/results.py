"""The result of an evaluation: strategies compared on the same items."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

from bridgex.errors import RequestError
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
from bridgex.tasks.outcomes import (
    FEWEST,
    MACRO_F1,
    MOST_ALIKE,
    Baselines,
    Commonest,
    CorpusStats,
    Measure,
    Outcome,
    Problem,
    baselines,
    class_measures,
    class_stats,
    commonest,
)
from bridgex.tasks.scoring import Rule

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
        commonest: the answer given most often; None where the metric is not accuracy, or no answer
            was given.
        outcomes: item by item.
    """

    name: str
    strategy: str
    measures: tuple[Measure, ...]
    intervals: Mapping[str, Bounds]
    differences: Mapping[str, Mapping[str, Difference]]
    problems: Mapping[Problem, int]
    commonest: Commonest | None
    outcomes: tuple[Outcome, ...]

    def __post_init__(self) -> None:
        """Refuse values without an interval.

        Raises:
            ValueError: there is no measure, or a metric has no interval.
        """
        metrics = [measure.metric for measure in self.measures]
        if not metrics or not set(metrics) <= set(self.intervals):
            raise ValueError(f"the strategy {self.name} has a value without an interval")

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
        baselines: what accuracy is to be held against; None where the metric is another.
        scoring: the rule by which an option was the answer; None where answers were generated.
        recommendation: what ``auto`` stood for and why; None where it was not requested.
        level: confidence level of all intervals.
        notes: what a reader should know about the input.
        provenance: what it was computed from.
        signature: the same in one line.
    """

    kind: ClassVar[str] = "evaluation"
    schema: ClassVar[int] = 2

    task: str
    pair: tuple[str, str]
    items: int
    results: tuple[StrategyResult, ...]
    recommendation: str | None
    baselines: Baselines | None = None
    scoring: Rule | None = None
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
                **self._beside(result, measure.metric),
            }
            for result in self.results
            for measure in result.measures
        ]

    def _beside(self, result: StrategyResult, metric: str) -> dict[str, Any]:
        """Return what a value is to be held against; nothing where it is not accuracy."""
        known = self.baselines if metric == "accuracy" else None
        given = result.commonest if metric == "accuracy" else None
        return {
            "chance": known and known.chance,
            "majority": known and known.majority,
            "majority_answer": known and known.majority_answer,
            "commonest": given and given.share,
            "commonest_answer": given and given.answer,
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the values must not be taken for."""
        found = []
        for result in self.results:
            given = [outcome.answer for outcome in result.outcomes if outcome.answer is not None]
            common = result.commonest
            if common and common.share > MOST_ALIKE and len(given) >= FEWEST:
                found.append(
                    f"{result.strategy}: {round(common.share * len(given))} of {len(given)} "
                    f"answers are '{common.answer}', so the accuracy is about how often that is "
                    "right."
                )
        return tuple(found)

    def rescored(self, rule: Rule) -> "Evaluation":
        """Return the evaluation as another rule chooses among the options; asks no model.

        What ``auto`` stands for stays as it was chosen.

        Args:
            rule: a name of `bridgex.tasks.scoring`.

        Raises:
            RequestError: answers were generated, the task judges them in a way of its own, or what
                the rule compares with was not there to record.
        """
        if self.scoring is None:
            raise RequestError(
                f"Answers of {self.task} were generated here, so there are no options to score; "
                "evaluate with --answer likelihood."
            )
        labelled = any(each.metric == MACRO_F1 for each in self.results[0].measures)
        again = {
            result.name: (result.strategy, _rescored(result.outcomes, rule))
            for result in self.results
        }
        notes = (f"Scored anew by {rule}; {self.scoring} was the rule when the model was asked.",)
        signature = self.signature.replace(scored_by(self.scoring), scored_by(rule))
        return replace(
            self,
            results=_compared(
                again,
                lambda outcomes: (
                    _accuracy(outcomes),
                    *(class_measures(outcomes) if labelled else ()),
                ),
                class_stats if labelled else lambda _outcomes: {},
            ),
            scoring=rule,
            notes=(*self.notes, *notes),
            signature=signature,
        )

    def _derived(self) -> dict[str, Any]:
        return {"warnings": list(self.warnings)} if self.warnings else {}

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


def evaluation_of(task: Task, runs: Mapping[str, Run], **more: Any) -> Evaluation:
    """Return the evaluation of a task's runs, with everything that follows from them.

    Args:
        task: the task.
        runs: name of a strategy as asked for → its run.
        more: the fields that do not: recommendation, notes, provenance, signature.
    """
    first = next(iter(runs.values()))
    return Evaluation(
        task=task.name,
        pair=(task.source.code, task.target.code),
        items=len(task.items),
        results=results(task, runs),
        baselines=baselines(first.outcomes) if task.metric == "accuracy" else None,
        scoring=first.rule,
        **more,
    )


def results(task: Task, runs: Mapping[str, Run]) -> tuple[StrategyResult, ...]:
    """Summarise runs of a task, each compared with its rivals among them.

    Rivals are known by what a name stands for: ``bridge:eng`` is ``bridge:en``.

    Args:
        task: the task.
        runs: name of a strategy as asked for → its run.
    """
    done = {name: (str(run.strategy), run.outcomes) for name, run in runs.items()}
    return _compared(done, task.measures, task.corpus_stats)


def scored_by(rule: Rule) -> str:
    """Return the part of a signature that says how an option became the answer."""
    return f"likelihood ({rule})"


def _compared(
    done: Mapping[str, tuple[str, tuple[Outcome, ...]]],
    measures: Callable[[Sequence[Outcome]], tuple[Measure, ...]],
    corpus_stats: Callable[[Sequence[Outcome]], Mapping[str, CorpusStats]],
) -> tuple[StrategyResult, ...]:
    """Summarise outcomes: name → the strategy it stands for, and what that came to."""
    stats = {name: corpus_stats(outcomes) for name, (_, outcomes) in done.items()}
    measured = {name: measures(outcomes) for name, (_, outcomes) in done.items()}
    by_strategy = {strategy: name for name, (strategy, _) in reversed(list(done.items()))}
    rivals = {rival: by_strategy[rival] for rival in RIVALS if rival in by_strategy}

    def interval(name: str, metric: str) -> Bounds:
        scores = _scores(done[name][1])
        if metric in stats[name]:
            return corpus_interval(stats[name][metric])
        return wilson(int(sum(scores)), len(scores))

    def difference(name: str, other: str, metric: str) -> Difference:
        scores = _scores(done[name][1]), _scores(done[other][1])
        if metric in stats[name]:
            return corpus_difference(metric, stats[name][metric], stats[other][metric], scores)
        return accuracy_difference(*scores)

    return tuple(
        StrategyResult(
            name,
            strategy,
            measured[name],
            {each.metric: interval(name, each.metric) for each in measured[name]},
            {
                rival: {
                    each.metric: difference(name, other, each.metric) for each in measured[name]
                }
                for rival, other in rivals.items()
                if rival != strategy
            },
            dict(Counter(outcome.problem for outcome in outcomes if outcome.problem)),
            commonest(outcomes) if measured[name][0].metric == "accuracy" else None,
            outcomes,
        )
        for name, (strategy, outcomes) in done.items()
    )


def _scores(outcomes: Sequence[Outcome]) -> list[float]:
    return [outcome.score for outcome in outcomes]


def _accuracy(outcomes: Sequence[Outcome]) -> Measure:
    return Measure("accuracy", sum(_scores(outcomes)) / len(outcomes))


def _rescored(outcomes: Sequence[Outcome], rule: Rule) -> tuple[Outcome, ...]:
    """Choose again among options; what was not scored stays."""
    again = []
    for outcome in outcomes:
        if outcome.combined is not None:
            raise RequestError(
                "Several strategies were combined here by the scores they had, and a stored result "
                "does not have those of every member; evaluate again with the other --scoring."
            )
        if outcome.scored is None:
            again.append(outcome)
            continue
        if outcome.score != float(outcome.answer in outcome.accepted):
            raise RequestError(
                "This task judges its answers in a way of its own, which a stored result does not "
                "know; evaluate it again with the other --scoring."
            )
        answer = outcome.options[outcome.scored.best(rule)]
        again.append(replace(outcome, answer=answer, score=float(answer in outcome.accepted)))
    return tuple(again)
