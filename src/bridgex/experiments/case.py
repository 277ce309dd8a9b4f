"""What a validation found: every chooser on every pair and task, and means over pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bridgex.bridges import BridgeRanking
from bridgex.choosers import Cost
from bridgex.evaluation.results import Result
from bridgex.experiments.measures import Judgement, Mean, Share, over_pairs, share

SCHEMA = 1


@dataclass(frozen=True)
class Chosen:
    """What a chooser said of a pair, and how good that was.

    Attributes:
        ranking: what it said.
        advice: ``direct`` or the strategy of its first place; see `bridgex.validate`.
        judgement: how good it was.
        cost: what it asks of the model.
    """

    ranking: BridgeRanking
    advice: str
    judgement: Judgement
    cost: Cost

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: of each candidate its score and the size of its set."""
        return {
            "scores": {
                code: {
                    "value": score.value,
                    "interval": score.interval and asdict(score.interval),
                    "size": score.size or self.ranking.evidence.get("items", {}).get(code),
                }
                for code, score in self.ranking.scores.items()
            },
            "verdict": asdict(self.ranking.verdict),
            "advice": self.advice,
            "judgement": asdict(self.judgement),
            "cost": asdict(self.cost),
            "notes": self.ranking.notes,
            "signature": self.ranking.signature,
        }


@dataclass(frozen=True)
class Case:
    """One pair and task.

    Attributes:
        pair: codes of source and target language.
        task: its name.
        metric: what it is measured with.
        items: number of evaluated items.
        development: number of development items.
        results: direct and every bridge on the evaluated items.
        chosen: chooser → what it said and how good that was.
        gaps: chooser → why it could not serve this pair.
    """

    pair: tuple[str, str]
    task: str
    metric: str
    items: int
    development: int
    results: tuple[Result, ...]
    chosen: Mapping[str, Chosen]
    gaps: Mapping[str, str]

    @property
    def accuracy(self) -> dict[str, float]:
        """Strategy → its metric on the evaluated items."""
        return {each.strategy: each.measures[0].value for each in self.results}

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the items as plain values, ready for JSON."""
        results = [asdict(each) for each in self.results]
        for each in results:
            del each["outcomes"]
        return {
            "pair": self.pair,
            "task": self.task,
            "metric": self.metric,
            "items": self.items,
            "development": self.development,
            "accuracy": self.accuracy,
            "results": results,
            "choosers": {name: each.to_dict() for name, each in self.chosen.items()},
            "gaps": dict(self.gaps),
        }


@dataclass(frozen=True)
class Summary:
    """One chooser on one task, over pairs.

    Attributes:
        task: name of the task.
        metric: what it is measured with.
        chooser: name of the chooser.
        pairs: how many it served.
        chose: on how many it had a first place.
        regret, over_direct, over_english, tau, hit: means over pairs; see `Judgement`.
        tie, undetermined, direct: how often each was said, and right.
        cost: over the pairs it served.
        gaps: ``source-target`` → why it could not serve it.
    """

    task: str
    metric: str
    chooser: str
    pairs: int
    chose: int
    regret: Mean
    over_direct: Mean
    over_english: Mean
    tau: Mean
    hit: Mean
    tie: Share
    undetermined: Share
    direct: Share
    cost: Cost
    gaps: Mapping[str, str]


@dataclass(frozen=True)
class Validation:
    """Choosers held against real answers.

    Attributes:
        choosers: their names, in the order asked for.
        cases: per pair and task.
        notes: what a reader should know about the input.
        evidence: what it was computed from.
        signature: the same in one line.
    """

    choosers: tuple[str, ...]
    cases: tuple[Case, ...]
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """Per task and chooser, over pairs."""
        tasks = dict.fromkeys(case.task for case in self.cases)
        return tuple(
            _summary(chooser, [case for case in self.cases if case.task == task])
            for task in tasks
            for chooser in self.choosers
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the items as plain values, ready for JSON."""
        return {
            "schema": SCHEMA,
            "summaries": [asdict(each) for each in self.summaries],
            "cases": [case.to_dict() for case in self.cases],
            "notes": self.notes,
            "evidence": dict(self.evidence),
            "signature": self.signature,
        }


def _summary(chooser: str, cases: Sequence[Case]) -> Summary:
    served = {case.pair: case.chosen[chooser] for case in cases if chooser in case.chosen}
    judged = {pair: each.judgement for pair, each in served.items()}

    def mean(of: str) -> Mean:
        return over_pairs({pair: getattr(each, of) for pair, each in judged.items()})

    def right(of: str) -> Share:
        return share([getattr(each, of) for each in judged.values()])

    return Summary(
        task=cases[0].task,
        metric=cases[0].metric,
        chooser=chooser,
        pairs=len(served),
        chose=sum(bool(each.first) for each in judged.values()),
        regret=mean("regret"),
        over_direct=mean("over_direct"),
        over_english=mean("over_english"),
        tau=mean("tau"),
        hit=mean("hit"),
        tie=right("tie_right"),
        undetermined=right("undetermined_right"),
        direct=right("direct_right"),
        cost=Cost(
            sum(each.cost.passes for each in served.values()),
            sum(each.cost.generated for each in served.values()),
        ),
        gaps={"-".join(case.pair): case.gaps[chooser] for case in cases if chooser in case.gaps},
    )
