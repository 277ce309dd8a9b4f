"""One cell of an experiment: a model on a pair and a task, every bridge tried, choosers judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bridgex.bridges import BridgeRanking
from bridgex.evaluation.results import StrategyResult
from bridgex.evaluation.significance import LEVEL
from bridgex.experiments.measures import Judgement
from bridgex.result import Result
from bridgex.session import Cost


@dataclass(frozen=True)
class Chosen:
    """What a chooser said of a pair, and how good that was.

    Attributes:
        ranking: what it said, without what it was computed from.
        advice: ``direct`` or the strategy of its first place; see
            `bridgex.choosers.recommend.recommend`.
        judgement: how good it was.
        cost: what was asked of the model for it.
    """

    ranking: BridgeRanking
    advice: str
    judgement: Judgement
    cost: Cost


BEST_BRIDGE = "best_bridge"
BEST_PER_ITEM = "best_per_item"
"""In hindsight: what bounds every choice of one bridge for a pair, and of a way for each item."""


@dataclass(frozen=True, repr=False)
class Case(Result):
    """One model, pair and task.

    Attributes:
        model: the model's identity with its dtype, in one line.
        pair: codes of source and target language.
        task: its name.
        metric: what it is measured with.
        digest: SHA-256 of the items and how they are asked.
        items: number of evaluated items.
        development: number of development items.
        results: direct, every bridge and further strategies on the evaluated items.
        chosen: chooser → what it said and how good that was; ``oracle`` is the best bridge in
            hindsight.
        gaps: chooser → why it could not serve this pair.
        costs: strategy, as asked for → what the evaluated items ask of the model under it; what
            settled the weights of a combination is not counted.
        bounds: `BEST_BRIDGE` and `BEST_PER_ITEM` → the metric that they reach: of the bridges, and
            of going directly and through each bridge. Both look at what is evaluated, so chance is
            in them.
        level: confidence level of all intervals.
        settings: everything that determines the case, as a study keys it; empty outside of one.
        provenance: what it was read from, and what a reader should know.
    """

    kind: ClassVar[str] = "case"
    schema: ClassVar[int] = 3

    model: str
    pair: tuple[str, str]
    task: str
    metric: str
    digest: str
    items: int
    development: int
    results: tuple[StrategyResult, ...]
    chosen: Mapping[str, Chosen]
    gaps: Mapping[str, str]
    costs: Mapping[str, Cost]
    bounds: Mapping[str, float]
    level: float = LEVEL
    settings: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> tuple[tuple[str, str], str]:
        """Pair and task: what a validation has one case of."""
        return self.pair, self.task

    @property
    def accuracy(self) -> dict[str, float]:
        """Strategy → its metric on the evaluated items."""
        return {result.strategy: result.value for result in self.results}

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per chooser."""
        return [
            {
                "model": self.model,
                "source": self.pair[0],
                "target": self.pair[1],
                "task": self.task,
                "metric": self.metric,
                "chooser": chooser,
                "verdict": chosen.ranking.verdict.kind,
                "first": " ".join(chosen.judgement.first),
                "advice": chosen.advice,
                "regret": chosen.judgement.regret,
                "over_direct": chosen.judgement.over_direct,
                "over_english": chosen.judgement.over_english,
                "tau": chosen.judgement.tau,
                "hit": chosen.judgement.hit,
                "same_script": chosen.judgement.same_script,
                **self.bounds,
                "passes": chosen.cost.passes,
                "generated": chosen.cost.generated,
            }
            for chooser, chosen in self.chosen.items()
        ]

    def summary(self) -> str:
        """Return what each strategy reached, in a few lines."""
        values = ", ".join(f"{name} {value:.4g}" for name, value in self.accuracy.items())
        return (
            f"{self.task} {'-'.join(self.pair)} on {self.model}, {self.items} items, "
            f"{self.metric}\n {values}"
        )
