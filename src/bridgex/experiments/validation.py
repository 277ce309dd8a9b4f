"""Choosers compared with measured accuracy: cases, and means over their pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

from bridgex.errors import ResultError
from bridgex.experiments.case import Case
from bridgex.experiments.measures import LEVEL, Mean, Share, over_pairs, share
from bridgex.lm.identity import ModelIdentity
from bridgex.result import Result
from bridgex.session import Cost


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
        tie, undetermined, direct: how often each was said, and right; undetermined counts every
            verdict without a first place.
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
    same_script: Mean


@dataclass(frozen=True)
class StrategySummary:
    """One strategy, or a bound of all, on one task, over pairs.

    Attributes:
        task: name of the task.
        metric: what it is measured with.
        strategy: as asked for, `BEST_BRIDGE` or `BEST_PER_ITEM`.
        pairs: on how many it was tried.
        value, over_direct, over_english: means over pairs; English is going through it.
        cost: over the pairs; None of a bound, which nobody can have.
    """

    task: str
    metric: str
    strategy: str
    pairs: int
    value: Mean
    over_direct: Mean
    over_english: Mean
    cost: Cost | None


@dataclass(frozen=True, repr=False)
class Validation(Result):
    """Choosers compared with measured accuracy.

    Attributes:
        choosers: their names, in the order asked for; the oracle last.
        cases: per pair and task.
        settings: what all cases have in common; validations merge where it is the same.
        level: confidence level of the intervals over pairs.
        notes: what a reader should know about the input.
        provenance: what it was computed from.
        signature: the same in one line.
    """

    kind: ClassVar[str] = "validation"
    schema: ClassVar[int] = 4

    choosers: tuple[str, ...]
    cases: tuple[Case, ...]
    settings: Mapping[str, Any]
    level: float = LEVEL
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
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

    @property
    def strategies(self) -> tuple[StrategySummary, ...]:
        """Per task and strategy, over pairs; the bounds last."""
        return tuple(
            _strategy_summary(name, cases)
            for task in dict.fromkeys(case.task for case in self.cases)
            for cases in [[case for case in self.cases if case.task == task]]
            for name in dict.fromkeys(
                [each.name for case in cases for each in case.results]
                + [name for case in cases for name in case.bounds]
            )
        )

    def merge(self, other: "Validation") -> "Validation":
        """Return the cases of both, of validations with the same model and settings.

        Raises:
            ResultError: a setting differs, or both have another result for the same case.
        """
        mine, theirs = _flat(self.settings), _flat(other.settings)
        for name in dict.fromkeys((*mine, *theirs)):
            if mine.get(name) != theirs.get(name):
                raise ResultError(
                    f"These validations differ in {name} ({mine.get(name)} and "
                    f"{theirs.get(name)}) and cannot be merged; run them with the same settings."
                )
        if self.choosers != other.choosers:
            raise ResultError(
                f"These validations differ in choosers ({', '.join(self.choosers)} and "
                f"{', '.join(other.choosers)}) and cannot be merged; run them with the same ones."
            )
        cases = {case.name: case for case in self.cases}
        for case in other.cases:
            known = cases.setdefault(case.name, case)
            if known != case:
                pair, task = case.name
                raise ResultError(
                    f"These validations have different results for {task} {'-'.join(pair)}; "
                    "leave one of them out."
                )
        return replace(
            self,
            cases=tuple(cases.values()),
            notes=tuple(dict.fromkeys((*self.notes, *other.notes))),
            provenance=_united(self.provenance, other.provenance),
            signature=signature_of(self.settings, tuple(cases.values())),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per case and chooser."""
        return [row for case in self.cases for row in case.rows()]

    def summary(self) -> str:
        """Return each chooser's regret in a few lines."""
        regrets = ", ".join(
            f"{each.chooser} —"
            if each.regret.value is None
            else f"{each.chooser} {each.regret.value:.3g}"
            for each in self.summaries
        )
        return f"{len(self.cases)} cases; mean regret: {regrets}\n {self.signature}"

    def _derived(self) -> dict[str, Any]:
        return {
            "summaries": [asdict(each) for each in self.summaries],
            "strategies": [asdict(each) for each in self.strategies],
        }


def signature_of(settings: Mapping[str, Any], cases: Sequence[Case]) -> str:
    """Return what a validation was computed from in one line."""
    asking, pairs = settings["asking"], len({case.pair for case in cases})
    identity = ModelIdentity(**settings["model"])
    return " · ".join(
        [
            f"{identity} {identity.dtype}",
            f"{pairs} {'pair' if pairs == 1 else 'pairs'}",
            "+".join(dict.fromkeys(case.task for case in cases)),
            f"{asking['items'] or 'all'} items, {settings['development']} development",
            f"{asking['shots']} shots{' · chat' if asking['chat'] else ''}",
            f"bridgex {settings['bridgex']}",
        ]
    )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return dotted name → value of nested settings."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _united(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return two mappings as one, mappings within them too."""
    both = {
        name: _united(first[name], second[name])
        for name in first.keys() & second.keys()
        if isinstance(first[name], Mapping) and isinstance(second[name], Mapping)
    }
    return {**second, **first, **both}


def _summary(chooser: str, cases: Sequence[Case]) -> Summary:
    served = {case.pair: case.chosen[chooser] for case in cases if chooser in case.chosen}
    judged = {pair: chosen.judgement for pair, chosen in served.items()}

    def mean(of: str) -> Mean:
        return over_pairs({pair: getattr(judgement, of) for pair, judgement in judged.items()})

    def right(of: str) -> Share:
        return share([getattr(judgement, of) for judgement in judged.values()])

    return Summary(
        task=cases[0].task,
        metric=cases[0].metric,
        chooser=chooser,
        pairs=len(served),
        chose=sum(bool(judgement.first) for judgement in judged.values()),
        regret=mean("regret"),
        over_direct=mean("over_direct"),
        over_english=mean("over_english"),
        tau=mean("tau"),
        hit=mean("hit"),
        tie=right("tie_right"),
        undetermined=right("undetermined_right"),
        direct=right("direct_right"),
        cost=sum((chosen.cost for chosen in served.values()), Cost()),
        gaps={"-".join(case.pair): case.gaps[chooser] for case in cases if chooser in case.gaps},
        same_script=mean("same_script"),
    )


def _strategy_summary(name: str, cases: Sequence[Case]) -> StrategySummary:
    reached = {
        case.pair: {each.name: each.value for each in case.results} | dict(case.bounds)
        for case in cases
    }
    tried = {pair: values for pair, values in reached.items() if name in values}

    def over(rival: str) -> Mean:
        return over_pairs(
            {
                pair: values[name] - values[rival] if rival in values else None
                for pair, values in tried.items()
            }
        )

    costs = [case.costs[name] for case in cases if name in case.costs]
    return StrategySummary(
        task=cases[0].task,
        metric=cases[0].metric,
        strategy=name,
        pairs=len(tried),
        value=over_pairs({pair: values[name] for pair, values in tried.items()}),
        over_direct=over("direct"),
        over_english=over("bridge:en"),
        cost=sum(costs, Cost()) if costs else None,
    )
