"""Which way to prompt a model for a task in a pair, from as much as a budget lets be tried."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist, fmean
from typing import get_args

from bridgex import languages
from bridgex.analysis.provenance import store_notes
from bridgex.bridges import BridgeRanking
from bridgex.choosers import Chooser, ChooserInput, choose
from bridgex.choosers.development_prior import DevelopmentPrior
from bridgex.choosers.evidence import ALPHA, MeasuredPair, difference, gain, prior_of
from bridgex.choosers.halving import Halving
from bridgex.choosers.ranking import FEWEST_ITEMS
from bridgex.conversation import Conversation
from bridgex.errors import RequestError
from bridgex.evaluation.combine import require_scoring, run_strategy
from bridgex.evaluation.run import prepare
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import (
    DIRECT,
    ENGLISH,
    AnyStrategy,
    Strategy,
    parse,
    precedence,
)
from bridgex.evaluation.weights import settled
from bridgex.experiments.advice import Advice, Effort, ExpectedGain, Template, Tried
from bridgex.experiments.pairs import AnyTask, PairInput, find_pair, read_task, task_notes
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.session import Cost, ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.items import PivotContext
from bridgex.version import __version__

POWER = 0.8
"""Chance of telling a gain of the size seen, for the number of items it takes."""


@dataclass(frozen=True)
class _Trial:
    """What a budget lets be tried.

    Attributes:
        items: the most development items.
        screened: whether one bridge is picked first, and only that and English tried further.
        combined: strategies of several bridges.
    """

    items: int
    screened: bool = False
    combined: tuple[str, ...] = ()


TRIALS: dict[Effort, _Trial] = {
    "small": _Trial(50, screened=True),
    "medium": _Trial(50, combined=("vote:auto", "average:auto")),
    "large": _Trial(200, combined=("vote:auto", "average:auto", "rescore:auto", "route:auto")),
}


def recommend(
    session: ModelSession,
    source: str,
    target: str,
    *,
    task: AnyTask = "bli",
    budget: str = "small",
    candidates: Sequence[str] | None = None,
    earlier: tuple[MeasuredPair, ...] = (),
    texts: Texts | None = None,
    asking: TaskSettings | None = None,
) -> Advice:
    """Recommend how to prompt: directly, through one bridge, or by several ways together.

    Ways are tried on development items; another than direct is recommended only where it gains
    beyond chance at 5 % one-sided, corrected for the number of ways compared. Nothing that is
    evaluated is looked at.

    ``small``: the direct prompt, English, and the bridge that comes first by `Halving`, or by
    `DevelopmentPrior` where earlier results teach it, on up to 50 items. ``medium``: every
    candidate, and their vote and average. ``large``: the same, rescoring and a route, on up to 200.
    Strategies that learn weights are measured on the half of the items that they did not learn
    from.

    Args:
        session: the model.
        source: language of what is read, by any usual code or name.
        target: language of what is asked and answered.
        task: a task's or benchmark's name, a class of tasks, or a task with items of one's own.
        budget: how much may be tried.
        candidates: the bridges; by default the paper's six without source and target.
        earlier: what was measured on other pairs (`bridgex.experiments.experience`).
        texts: what is read; the embedded sentences and words by default.
        asking: how the task is asked: shots, answering, prompts, chat.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    effort = next((each for each in get_args(Effort) if each == budget), None)
    if effort is None:
        raise RequestError(f"There is no budget '{budget}'; use small, medium or large.")
    how, inputs, trial = asking or TaskSettings(), texts or Texts(), TRIALS[effort]
    find_pair(source, target)
    found, ranked = languages.pair_and_candidates(source, target, candidates)
    spoken = inputs.named((*found, *ranked))
    pair, bridges = (spoken[0], spoken[1]), spoken[2:]
    done = read_task(task, pair, bridges, inputs, how).developing_on(trial.items)
    wanted = {name: parse(name, pair, None, bridges) for name in trial.combined}
    for strategy in wanted.values():
        require_scoring(done, strategy)
    if how.chat:
        session.require_chat()
    read = PairInput(pair, bridges, None)
    given = replace(read.for_choosers(session, done, inputs, how), measured=earlier)
    ranking = _screening(given) if trial.screened or not done.development else None
    kept = [each for each in bridges if ranking is None or _stays(each, ranking)]
    singles = sorted((DIRECT, *map(Strategy, kept)), key=precedence)
    by_code = {bridge.code: bridge for bridge in bridges}
    asked: dict[str, AnyStrategy] = {str(each): each for each in singles}
    asked |= {name: each.spoken(by_code) for name, each in wanted.items()}
    compared = len(bridges) + len(wanted)
    tries = asked if done.development else {}
    ways = [_way(session, done, name, each, how) for name, each in tries.items()]
    tried = tuple(_told(way, ways[0], compared) for way in ways)
    decision = _decided(done, ways, tried, ranking)
    strategy, best = decision.strategy, decision.best
    identity = session.model.identity
    return Advice(
        task=done.name,
        pair=(pair[0].code, pair[1].code),
        metric=done.metric,
        budget=effort,
        strategy=str(strategy),
        items=len(done.development),
        tried=tried,
        best=best,
        templates=tuple(_template(session, done, way, how) for way in strategy.asked),
        reason=decision.reason,
        again=_again(effort, done, ways, best, compared, recommended=strategy != DIRECT),
        level=1 - ALPHA,
        notes=(
            *task_notes(done, [way.bridge for way in strategy.asked]),
            *(ranking.notes if ranking else ()),
            *session.notes,
            *store_notes(session.store),
        ),
        provenance={
            "model": asdict(identity),
            "backend": dict(session.backend.identity),
            "task": done.on_development().digest,
            "style": done.style,
            "shots": how.shots,
            "chat": how.chat,
            "candidates": [bridge.code for bridge in bridges],
            "earlier": ["-".join(each.pair) for each in given.other_pairs()],
            "ranking": ranking and ranking.to_dict(),
            "texts": None if done.provenance is None else asdict(done.provenance),
            "bridgex": __version__,
        },
        signature=" · ".join(
            [
                f"{identity} {identity.dtype}",
                f"{done.name} {pair[0].code}-{pair[1].code}",
                f"{len(done.development)} development items",
                f"{budget} budget",
                f"{how.shots} shots{session.chat_label(chat=how.chat)}",
                f"bridgex {__version__}",
            ]
        ),
    )


@dataclass(frozen=True)
class _Way:
    """A way with what it came to on the development items.

    Attributes:
        name: what it is called.
        strategy: it, with the weights of all development items.
        scores: of each item; of strategies with weights, under those of the other half.
        cost: of all items.
    """

    name: str
    strategy: AnyStrategy
    scores: list[float]
    cost: Cost


@dataclass(frozen=True)
class _Decision:
    strategy: AnyStrategy
    best: str | None
    reason: str


def _screening(inputs: ChooserInput) -> BridgeRanking:
    """Rank the candidates with few answers: with a prior where there is one, else by halving."""
    taught = prior_of(inputs.other_pairs()) is not None
    if not taught and not inputs.task.development:
        raise RequestError(
            f"There are no development items of {inputs.task.name} and no earlier results to learn "
            "from; give more data, or results of other pairs with --earlier."
        )
    chooser: Chooser = DevelopmentPrior() if taught else Halving()
    return choose(chooser, inputs).ranking


def _stays(bridge: Language, ranking: BridgeRanking) -> bool:
    """Tell whether a bridge is tried further: the first of a ranking, those that tie, English."""
    return bridge.code in (*ranking.first_places, ENGLISH)


def _way(
    session: ModelSession, task: Task, name: str, asked: AnyStrategy, how: TaskSettings
) -> _Way:
    strategy = settled(session, task, asked, shots=how.shots, chat=how.chat)
    with session.metered() as meter:
        run = run_strategy(session, task.on_development(), strategy, shots=how.shots, chat=how.chat)
    learnt = not isinstance(asked, Strategy)
    scores = _cross_fitted(session, task, asked, how) if learnt else run.scores
    return _Way(name, strategy, scores, meter.cost)


def _cross_fitted(
    session: ModelSession, task: Task, asked: AnyStrategy, how: TaskSettings
) -> list[float]:
    """Return each development item's score under what the other half of them settles."""
    halves = task.development[::2], task.development[1::2]
    scores: dict[str, float] = {}
    for own, other in (halves, halves[::-1]):
        fold = replace(task, items=own, development=other)
        strategy = settled(session, fold, asked, shots=how.shots, chat=how.chat)
        outcomes = run_strategy(session, fold, strategy, shots=how.shots, chat=how.chat).outcomes
        scores |= {outcome.item: outcome.score for outcome in outcomes}
    return [scores[item.id] for item in task.development]


def _told(way: _Way, direct: _Way, compared: int) -> Tried:
    """Return what a way came to, against going directly."""
    value, strategy = fmean(way.scores), str(way.strategy)
    if way.strategy == DIRECT:
        return Tried(way.name, strategy, value, None, way.cost)
    found = gain(way.scores, direct.scores, taken_of=compared)
    error = math.sqrt(difference(way.scores, direct.scores).variance)
    reach = NormalDist().inv_cdf(1 - ALPHA / 2 / compared) * error
    expected = ExpectedGain(
        found.shrunk,
        found.shrunk - reach,
        found.shrunk + reach,
        found.p_value,
        found.gained,
        found.lost,
    )
    return Tried(way.name, strategy, value, expected, way.cost)


def _decided(
    task: Task, ways: Sequence[_Way], tried: Sequence[Tried], ranking: BridgeRanking | None
) -> _Decision:
    """Choose the best way if it gains beyond chance, else the direct prompt."""
    if not ways:
        return _by_prior(task, ranking)
    strategies = {way.name: way.strategy for way in ways}
    best = max(tried[1:], key=lambda each: (each.value, -each.cost.generated, -each.cost.passes))
    expected = best.gain
    if expected is None or len(ways[0].scores) < FEWEST_ITEMS:
        return _Decision(
            DIRECT,
            best.name,
            f"There are {len(ways[0].scores)} development items of {task.name} and {FEWEST_ITEMS} "
            "are needed to tell whether another way is better.",
        )
    others = len(tried) - 1
    among = "the only other way" if others == 1 else f"the best of {others} other ways"
    of = f"{best.name} is {among} on {len(ways[0].scores)} items"
    evidence = (
        f"it gains {expected.gained} and loses {expected.lost}, one-sided p "
        f"{expected.p_value:.2g} after correction"
    )
    if expected.p_value <= ALPHA:
        return _Decision(strategies[best.name], best.name, f"{of}: {evidence}.")
    return _Decision(
        DIRECT, best.name, f"{of}, but {evidence} (above {ALPHA:g}), so the direct prompt stays."
    )


def _by_prior(task: Task, ranking: BridgeRanking | None) -> _Decision:
    """Choose without development items, by what candidates gained on other pairs alone."""
    first = ranking.best if ranking else None
    score = ranking.scores[first] if ranking and first else None
    said = f"There are no development items of {task.name}, so what other pairs show decides alone"
    if first is None or score is None or score.interval is None or score.interval.low <= 0:
        return _Decision(DIRECT, None, f"{said}, and no bridge gains there beyond chance.")
    return _Decision(
        Strategy(languages.find(first)), None, f"{said}: {first} gains there beyond chance."
    )


def _again(
    budget: Effort,
    task: Task,
    ways: Sequence[_Way],
    best: str | None,
    compared: int,
    *,
    recommended: bool,
) -> str:
    """Say what to ask again with, and how many items a gain of the size seen would take."""
    more = {"small": "medium", "medium": "large"}.get(budget)
    larger = f" --budget {more} tries more ways." if more else ""
    data = f"More development items ({len(task.development)} now) make it surer."
    if recommended or best is None:
        return data + larger
    scores = next(way.scores for way in ways if way.name == best)
    seen = difference(scores, ways[0].scores)
    if seen.value <= 0:
        return f"No way tried is better on these items.{larger}"
    normal = NormalDist()
    reach = normal.inv_cdf(1 - ALPHA / compared) + normal.inv_cdf(POWER)
    needed = math.ceil(seen.variance * len(scores) * (reach / seen.value) ** 2)
    return (
        f"If {best} is as much better as it seems, some {needed:,} development items would tell "
        f"({len(scores)} now).{larger}"
    )


def _template(session: ModelSession, task: Task, way: Strategy, how: TaskSettings) -> Template:
    """Return a way's prompts with ``{text}`` for the context and ``{pivot}`` for its translation.

    Solved examples are those of the prompts of the development items.
    """
    worded = replace(task.through(way.bridge), chat=how.chat)
    items = (task.development or task.examples or task.items)[:1]
    prepared = prepare(session, replace(task, items=items), way, shots=how.shots, chat=how.chat)
    (item,) = items
    blank = replace(item, context="{text}")
    pivot = PivotContext(way.bridge, "{pivot}", way.keep_source) if way.bridge else None
    asked = worded.prompt(blank, pivot)
    full = prepared.prompts.get(item.id)
    context = prepared.pivots[item.id].context
    if isinstance(full, Conversation):
        shown = str(replace(full, prompt=asked))
    elif full is not None:
        shown = full.removesuffix(worded.prompt(item, context)) + asked
    else:
        shown = asked
    if way.bridge is None:
        return Template(str(way), None, shown)
    solved = worded.pivot_examples(way.bridge)[: how.shots]
    into = worded.joined(worded.pivot_form, solved, worded.pivot_prompt(blank, way.bridge))
    return Template(str(way), str(into), shown)
