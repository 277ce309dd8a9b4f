"""Choosers compared with measured accuracy: over pairs and tasks, was the chosen bridge right?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from bridgex import languages
from bridgex.analysis.provenance import store_notes
from bridgex.analysis.settings import RankSettings, label, settings_of
from bridgex.bridges import BridgeRanking
from bridgex.choosers import (
    ORACLE,
    Chooser,
    ChooserInput,
    all_choosers,
    choose,
    choosers_named,
)
from bridgex.choosers.base import learns, require
from bridgex.choosers.ranking import by_items
from bridgex.choosers.recommend import DEVELOPMENT, recommend
from bridgex.errors import BridgexError, RequestError, ServerError, StoreError, TextError
from bridgex.evaluation.combine import require_scoring, run_strategy
from bridgex.evaluation.results import Evaluation, results
from bridgex.evaluation.run import Run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.significance import accuracy_difference, corpus_difference
from bridgex.evaluation.strategies import (
    DIRECT,
    AnyStrategy,
    Strategy,
    needs_recommendation,
    parse,
)
from bridgex.evaluation.weights import settled
from bridgex.experiments.case import BEST_BRIDGE, BEST_PER_ITEM, Case, Chosen
from bridgex.experiments.experience import measured_pair
from bridgex.experiments.measured import measured_run, require_measured
from bridgex.experiments.measures import judge
from bridgex.experiments.pairs import (
    AnyTask,
    PairInput,
    pair_named,
    read_task,
    read_words,
    task_notes,
)
from bridgex.experiments.validation import Validation, signature_of
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.session import Cost, ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.version import __version__

ALPHA = 0.05
"""Of the test whether candidates differ on the evaluated items, over all pairs of candidates."""

ITEMS = 100
"""Items evaluated, unless asked otherwise."""


@dataclass(frozen=True)
class PairPlan:
    """A pair with its tasks, read before the model is asked anything.

    Attributes:
        read: the pair, its candidates and its words.
        tasks: with their items.
        strategies: beside directly and through each candidate, by the names asked for.
        notes: what a reader should know of it.
    """

    read: PairInput
    tasks: tuple[Task, ...]
    strategies: Mapping[str, AnyStrategy]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """``source-target``."""
        return "-".join(language.code for language in self.read.pair)


@dataclass(frozen=True)
class CaseRun:
    """What every case of a validation is done with.

    Attributes:
        session: the model.
        choosers: who is judged.
        texts: what is read.
        asking: how the task is asked.
        strategies: those to be tried beside direct and every bridge, by the names asked for.
        measured: evaluations whose answers stand for the model's.
    """

    session: ModelSession
    choosers: tuple[Chooser, ...]
    texts: Texts
    asking: TaskSettings
    strategies: Mapping[str, AnyStrategy] = field(default_factory=dict)
    measured: tuple[Evaluation, ...] = ()


def validate(
    session: ModelSession,
    pairs: Sequence[str],
    *,
    tasks: Sequence[AnyTask] = ("bli",),
    choosers: Sequence[str | Chooser] | None = None,
    candidates: Sequence[str] | None = None,
    strategies: Sequence[str] = (),
    measured: Sequence[Evaluation] = (),
    development: int = DEVELOPMENT,
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
) -> Validation:
    """Compare choosers with the measured accuracy of every candidate bridge.

    On every pair and task the model goes directly and through every candidate. ``direct`` is
    advised in a chooser's name as `bridgex.choosers.recommend.recommend` says.

    Args:
        session: the model.
        pairs: ``source-target``: ``id-he``.
        tasks: as for `bridgex.evaluate`.
        choosers: names of choosers, and choosers of one's own; all that are known by default.
        candidates: the bridges; those in a pair are left out for it.
        strategies: to measure beside directly and through each candidate, such as ``vote:auto``.
        measured: evaluations of these tasks, whose answers are taken where they have a strategy;
            for what lm-evaluation-harness ran, `bridgex.interop.lm_eval.samples.read_samples`.
        development: the most items to try bridges on; never evaluated.
        texts: what is read; the embedded sentences and words by default.
        settings: of the chooser ``internal``: a preset's name or settings of one's own.
        asking: how the tasks are asked; 100 items by default.

    Raises:
        BridgexError: a pair or task cannot be evaluated. A chooser that cannot serve a pair is a
            named gap instead, unless storage fails.
    """
    how, inputs = asking or TaskSettings(items=ITEMS), texts or Texts()
    ranked_by = settings_of(settings)
    chosen = all_choosers(ranked_by) if choosers is None else choosers_named(choosers, ranked_by)
    named = tuple(dict.fromkeys(pair_named(pair) for pair in pairs))
    if not named or not tasks or not chosen:
        raise RequestError("Name at least one pair (--pairs id-he), one task and one chooser.")
    if needs_recommendation(strategies):
        raise RequestError(
            "bridge:auto is what the choosers are compared for here; leave it out of --strategies."
        )
    plans = [
        plan_pair(pair, candidates, tasks, inputs, how, development, strategies) for pair in named
    ]
    require_measured(measured, [task for plan in plans for task in plan.tasks], how)
    common = CaseRun(session, chosen, inputs, how, measured=tuple(measured))
    _require_a_chooser(common, plans)
    if how.chat:
        session.require_chat()
    cases = run_cases(
        common, [(plan.read, task, plan.strategies) for plan in plans for task in plan.tasks]
    )
    common_settings = {
        "model": asdict(session.model.identity),
        "settings": label(ranked_by),
        "asking": how.model_dump(),
        "development": development,
        "candidates": candidates and list(candidates),
        "strategies": list(strategies),
        "texts": inputs.description(),
        "bridgex": __version__,
    }
    return Validation(
        (*(chooser.name for chooser in chosen), ORACLE),
        cases,
        settings=common_settings,
        notes=(
            *dict.fromkeys(f"{plan.name}: {note}" for plan in plans for note in plan.notes),
            *session.notes,
            *store_notes(session.store),
        ),
        provenance={
            "texts": {
                plan.name: {
                    task.name: task.provenance and asdict(task.provenance) for task in plan.tasks
                }
                for plan in plans
            },
            **({"measured": [each.signature for each in measured]} if measured else {}),
        },
        signature=signature_of(common_settings, cases),
    )


def plan_pair(
    pair: tuple[Language, Language],
    candidates: Sequence[str] | None,
    tasks: Sequence[AnyTask],
    texts: Texts,
    asking: TaskSettings,
    development: int,
    strategies: Sequence[str] = (),
) -> PairPlan:
    """Read every text of a pair, so that what is missing is said before the model is run."""
    codes = pair[0].code, pair[1].code
    others = (
        None
        if candidates is None
        else [name for name in candidates if languages.find(name) not in pair]
    )
    found, ranked = languages.pair_and_candidates(*codes, others)
    more = {name: parse(name, found, None, ranked) for name in strategies}
    members = [way.bridge for each in more.values() for way in each.asked if way.bridge]
    through = tuple(dict.fromkeys([*ranked, *members]))
    spoken = texts.named((*found, *through), others_too=True)
    found, through = (spoken[0], spoken[1]), spoken[2:]
    bridges = through[: len(ranked)]
    by_code = {bridge.code: bridge for bridge in through}
    read: dict[str, Task] = {}
    for asked in tasks:
        task = read_task(asked, found, through, texts, asking).developing_on(development)
        for each in more.values():
            require_scoring(task, each)
        if read.setdefault(task.name, task).digest != task.digest:
            raise RequestError(f"Two tasks are called {task.name}; validate them one by one.")
    notes = [
        note if len(read) == 1 else f"{task.name}: {note}"
        for task in read.values()
        for note in task_notes(task, (None, *through))
    ]
    words = next((replace(task, items=()) for task in read.values() if isinstance(task, Bli)), None)
    if words is None:
        missing = "There is no dictionary."
        try:
            words = read_words(found, bridges, texts, development=development)
        except TextError as problem:
            missing = str(problem)
        if words is None:
            notes.append(f"{missing} Choosers that look at words cannot serve this pair.")
    named = {name: each.spoken(by_code) for name, each in more.items()}
    return PairPlan(PairInput(found, bridges, words), tuple(read.values()), named, tuple(notes))


def _require_a_chooser(common: CaseRun, plans: Sequence[PairPlan]) -> None:
    """Refuse before the model is asked where every chooser lacks something for every pair."""
    reasons: list[str] = []
    for plan in plans:
        inputs = plan.read.for_choosers(common.session, plan.tasks[0], common.texts, common.asking)
        for chooser in common.choosers:
            try:
                require(chooser, inputs)
            except StoreError:
                raise
            except BridgexError as problem:
                reasons.append(f"{chooser.name}: {problem}")
            else:
                return
    raise RequestError(f"No chooser can serve any of these pairs. {' '.join(reasons)}")


@dataclass(frozen=True)
class _Measured:
    """A case before any chooser is judged, and what judging needs.

    Attributes:
        case: without choosers.
        inputs: what choosers are given.
        hindsight: the candidates ranked by the evaluated items.
        differs: whether the best and the worst candidate differ significantly there.
    """

    case: Case
    inputs: ChooserInput
    hindsight: BridgeRanking
    differs: bool


def run_case(common: CaseRun, read: PairInput, task: Task) -> Case:
    """Run a task with every strategy, and judge every chooser by what came out.

    Choosers that learn from other pairs have none to learn from; see `run_cases`.
    """
    (case,) = run_cases(common, [(read, task, common.strategies)])
    return case


def run_cases(
    common: CaseRun, cells: Sequence[tuple[PairInput, Task, Mapping[str, AnyStrategy]]]
) -> tuple[Case, ...]:
    """Run several cases; choosers that learn from other pairs are given the others of their task.

    Args:
        common: what every case is done with; its strategies give way to those of a cell.
        cells: pair, task and further strategies of each.
    """
    learners = [each for each in common.choosers if learns(each)]
    others = [each for each in common.choosers if not learns(each)]
    measured = [
        _measured(replace(common, strategies=strategies), read, task)
        for read, task, strategies in cells
    ]
    judged = [_judged(each, each.case, others) for each in measured]
    known = tuple(map(measured_pair, judged)) if learners else ()
    return tuple(
        _judged(replace(each, inputs=replace(each.inputs, measured=known)), case, learners)
        for each, case in zip(measured, judged, strict=True)
    )


def _measured(common: CaseRun, read: PairInput, task: Task) -> _Measured:
    """Run a task with every strategy."""
    session, asking = common.session, common.asking
    single = {str(each): each for each in (DIRECT, *map(Strategy, read.candidates))}
    runs: dict[str, Run] = {}
    costs: dict[str, Cost] = {}
    asked: dict[str, AnyStrategy] = {**single, **common.strategies}
    for name, unweighed in asked.items():
        strategy = settled(session, task, unweighed, shots=asking.shots, chat=asking.chat)
        known = measured_run(common.measured, task, strategy, asking.shots)
        if known is not None:
            runs[name] = known
            continue
        with session.metered() as meter:
            runs[name] = run_strategy(session, task, strategy, shots=asking.shots, chat=asking.chat)
        costs[name] = meter.cost
    values = results(task, runs)
    accuracy = {result.name: result.value for result in values if result.name in single}
    bridges = {each.code: accuracy[str(Strategy(each))] for each in read.candidates}
    inputs = read.for_choosers(session, task, common.texts, asking)
    identity = session.model.identity
    case = Case(
        model=f"{identity} {identity.dtype}",
        pair=(task.source.code, task.target.code),
        task=task.name,
        metric=values[0].measures[0].metric,
        digest=task.digest,
        items=len(task.items),
        development=len(task.development),
        results=values,
        chosen={},
        gaps={},
        costs=costs,
        bounds={
            BEST_BRIDGE: max(bridges.values()),
            BEST_PER_ITEM: _best_per_item(task, [runs[name] for name in single]),
        },
    )
    differs = differs_significantly(task, bridges, runs)
    return _Measured(case, inputs, _hindsight(inputs, runs), differs)


def _judged(measured: _Measured, case: Case, choosers: Sequence[Chooser]) -> Case:
    """Return a case with further choosers judged; the oracle stays last."""
    inputs = measured.inputs
    single = [str(each) for each in (DIRECT, *map(Strategy, inputs.candidates))]
    accuracy = {each.name: each.value for each in case.results if each.name in single}
    bridges = {each.code: accuracy[str(Strategy(each))] for each in inputs.candidates}

    def judged(ranking: BridgeRanking, advice: str, cost: Cost) -> Chosen:
        judgement = judge(
            ranking,
            bridges,
            direct=accuracy[str(DIRECT)],
            differs_significantly=measured.differs,
            direct_advised=advice == str(DIRECT),
        )
        return Chosen(replace(ranking, provenance={}), advice, judgement, cost)

    chosen, gaps = dict(case.chosen), dict(case.gaps)
    for chooser in choosers:
        try:
            choice = choose(chooser, inputs)
            advice = str(recommend(inputs, choice).strategy)
        except (StoreError, ServerError):
            raise
        except BridgexError as problem:
            gaps[chooser.name] = str(problem)
            continue
        chosen[chooser.name] = judged(choice.ranking, advice, choice.cost)
    best = max(accuracy, key=accuracy.__getitem__)
    oracle = chosen.pop(ORACLE, None) or judged(measured.hindsight, best, Cost())
    return replace(case, chosen={**chosen, ORACLE: oracle}, gaps=gaps)


def _best_per_item(task: Task, runs: Sequence[Run]) -> float:
    """Return the task's metric of each item's best outcome."""
    columns = zip(*(each.outcomes for each in runs), strict=True)
    best = [max(outcomes, key=lambda outcome: outcome.score) for outcomes in columns]
    return task.measures(best)[0].value


def _hindsight(inputs: ChooserInput, runs: Mapping[str, Run]) -> BridgeRanking:
    """Rank the candidates by the evaluated items themselves."""
    scores = {
        candidate.code: runs[str(Strategy(candidate))].scores for candidate in inputs.candidates
    }
    return by_items(ORACLE, inputs, scores, what="evaluated items")


def differs_significantly(
    task: Task, bridges: Mapping[str, float], runs: Mapping[str, Run]
) -> bool:
    """Tell whether the best and the worst candidate differ on the evaluated items.

    They are the two of all pairs that differ most, so p is corrected for the number of pairs.
    """
    alpha = ALPHA / math.comb(len(bridges), 2)
    order = sorted(bridges, key=bridges.__getitem__)
    worst, best = (runs[f"bridge:{code}"] for code in (order[0], order[-1]))
    first, second = (task.corpus_stats(each.outcomes) for each in (best, worst))
    metric, scores = task.metric, (best.scores, worst.scores)
    if metric not in first:
        return accuracy_difference(*scores).p_value <= alpha
    return corpus_difference(metric, first[metric], second[metric], scores).p_value <= alpha
