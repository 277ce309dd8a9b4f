"""One task in one language pair, strategies side by side, compared item by item."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bridgex import languages
from bridgex.analysis.provenance import store_notes
from bridgex.analysis.settings import RankSettings, settings_of
from bridgex.choosers import Chooser, chooser_named
from bridgex.choosers.recommend import DEVELOPMENT, Recommendation, recommended
from bridgex.evaluation.combine import require_scoring, run_strategy
from bridgex.evaluation.options import rule_of, scoring_notes
from bridgex.evaluation.results import Evaluation, evaluation_of, scored_by
from bridgex.evaluation.run import Run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import (
    DIRECT,
    AnyStrategy,
    Combination,
    Route,
    needs_candidates,
    needs_recommendation,
    parse,
)
from bridgex.evaluation.weights import settled
from bridgex.experiments.pairs import (
    AnyTask,
    PairInput,
    find_pair,
    read_task,
    read_words,
    task_notes,
)
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.version import __version__

STRATEGIES = ("direct", "bridge:en", "bridge:auto")


@dataclass(frozen=True)
class Plan:
    """A task and the strategies that it is asked with, before it is asked.

    Attributes:
        task: with its items.
        strategies: name as asked for → what it stands for, weights settled.
        recommendation: what ``auto`` stands for and why; None where it was not requested.
        notes: what a reader should know about the strategies.
    """

    task: Task
    strategies: Mapping[str, AnyStrategy]
    recommendation: Recommendation | None
    notes: tuple[str, ...]


def evaluate(
    session: ModelSession,
    source: str,
    target: str,
    *,
    task: AnyTask = "bli",
    strategies: Sequence[str] | None = None,
    candidates: Sequence[str] | None = None,
    chooser: str | Chooser = "internal",
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
) -> Evaluation:
    """Do a task in a language pair with several strategies and compare them.

    Args:
        session: the model.
        source: language of what is read, by any usual code or name.
        target: language of what is asked and answered; the source language itself measures how
            well the model does the task in it.
        task: a task's or benchmark's name, a class of tasks, or a task with items of one's own.
        strategies: ``direct``, ``bridge:K``, ``replace:K``; K is a language or ``auto``, the
            chooser's first place where it gains beyond chance on development items; and several of
            these together, ``vote:direct+K+…`` (`bridgex.evaluation.strategies.parse`); by default
            direct, through English and auto, which needs two languages.
        candidates: for ``auto``: the bridges to rank, or to combine.
        chooser: for ``auto``: a chooser's name, or one of one's own; ``internal`` is the bridge
            score under ``settings``.
        texts: what is read; the embedded sentences and words by default.
        settings: of the bridge score: a preset's name or settings of one's own.
        asking: how the task is asked: items, shots, answering, prompts, chat.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    how, inputs = asking or TaskSettings(), texts or Texts()
    plan = plan_evaluation(
        session,
        source,
        target,
        task=task,
        strategies=strategies,
        candidates=candidates,
        chooser=chooser,
        texts=inputs,
        settings=settings,
        asking=how,
    )
    done, chosen = plan.task, plan.strategies
    runs = {
        strategy: run_strategy(session, done, strategy, shots=how.shots, chat=how.chat)
        for strategy in dict.fromkeys(chosen.values())
    }
    return evaluation_of(
        done,
        {name: runs[strategy] for name, strategy in chosen.items()},
        recommendation=str(plan.recommendation) if plan.recommendation else None,
        notes=(*plan.notes, *_notes(session, done, tuple(runs.values()), how.shots)),
        provenance=_provenance(session, done, inputs, how, plan.recommendation),
        signature=_signature(session, done, how),
    )


def plan_evaluation(
    session: ModelSession,
    source: str,
    target: str,
    *,
    task: AnyTask,
    strategies: Sequence[str] | None,
    candidates: Sequence[str] | None,
    chooser: str | Chooser,
    texts: Texts,
    settings: RankSettings | str,
    asking: TaskSettings,
) -> Plan:
    """Read a task and settle what its strategies stand for; takes and raises what `evaluate` does.

    The model is asked only for what ``auto`` and the weights of combinations need.
    """
    ranked_by = settings_of(settings)
    pair = find_pair(source, target, in_language=True)
    names = tuple(dict.fromkeys(strategies)) if strategies else _usual(pair)
    auto, several = needs_recommendation(names), needs_candidates(names)
    advisor = chooser_named(chooser, ranked_by)
    ranked = languages.pair_and_candidates(source, target, candidates)[1] if several else ()
    wanted = [parse(name, pair, DIRECT, ranked) for name in names]
    gone_through = tuple(dict.fromkeys([*_bridges(wanted), *ranked]))
    spoken = texts.named((*pair, *gone_through))
    pair, gone_through = (spoken[0], spoken[1]), spoken[2:]
    done = read_task(task, pair, gone_through, texts, asking)
    for each in wanted:
        require_scoring(done, each)
    if asking.chat:
        session.require_chat()
    recommendation = None
    tried = done.developing_on(DEVELOPMENT)
    ranked = tuple(bridge for bridge in gone_through if bridge in ranked)
    if auto:
        words = read_words(pair, ranked, texts)
        read = PairInput(pair, ranked, words)
        recommendation = recommended(read.for_choosers(session, tried, texts, asking), advisor)
    advised = recommendation.strategy if recommendation else DIRECT
    by_code = {bridge.code: bridge for bridge in gone_through}
    chosen: dict[str, AnyStrategy] = {}
    for name in names:
        strategy = parse(name, pair, advised, ranked).spoken(by_code)
        chosen[name] = settled(session, tried, strategy, shots=asking.shots, chat=asking.chat)
    return Plan(done, chosen, recommendation, tuple(_unweighed(tried, wanted)))


def _usual(pair: tuple[Language, Language]) -> tuple[str, ...]:
    left_out = {
        "bridge:en": languages.find("en") in pair,
        "bridge:auto": pair[0] == pair[1],
    }
    return tuple(name for name in STRATEGIES if not left_out.get(name))


def _bridges(strategies: Iterable[AnyStrategy]) -> list[Language]:
    ways = (way for strategy in strategies for way in strategy.asked)
    return [way.bridge for way in ways if way.bridge]


def _unweighed(task: Task, strategies: Iterable[AnyStrategy]) -> list[str]:
    """Say where the members of a combination weigh what they do for lack of items to learn from."""
    unsettled = [
        each
        for each in strategies
        if isinstance(each, Route) or (isinstance(each, Combination) and each.weights is None)
    ]
    if task.development or not unsettled:
        return []
    return [
        f"There are no development items of {task.name}, so strategies are combined by what they "
        "weigh beforehand, and a route goes directly."
    ]


def _notes(session: ModelSession, task: Task, runs: Sequence[Run], shots: int) -> tuple[str, ...]:
    ways = dict.fromkeys(way for each in runs for way in each.strategy.asked)
    notes = task_notes(task, [way.bridge for way in ways]) + scoring_notes(task, shots)
    for each in runs:
        through = _bridges([each.strategy])
        fewest = each.pivot_shots if through else shots
        if min(each.shots, fewest) < shots:
            notes.append(
                f"{each.strategy}: {each.shots} of {shots} solved examples before a prompt and "
                f"{fewest} before one for a pivot translation, for lack of a dictionary or of a "
                "translation."
            )
    oom_splits = sum(each.oom_splits for each in runs)
    if oom_splits:
        notes.append(f"Memory ran out: {oom_splits} answers came from smaller batches.")
    return (*notes, *session.notes, *store_notes(session.store))


def _provenance(
    session: ModelSession,
    task: Task,
    texts: Texts,
    asking: TaskSettings,
    recommendation: Recommendation | None,
) -> dict[str, Any]:
    choice = recommendation and recommendation.choice
    return {
        "model": asdict(session.model.identity),
        "backend": dict(session.backend.identity),
        "task": task.digest,
        "answering": task.answering,
        "scoring": rule_of(task, asking.shots),
        "style": task.style,
        "instruction_language": task.instructed_in,
        "shots": asking.shots,
        "chat": asking.chat,
        "endonyms": dict(texts.endonyms),
        "seed": asking.seed,
        "left_out": dict(task.left_out),
        "examples": [asdict(example) for example in task.examples],
        "texts": None if task.provenance is None else asdict(task.provenance),
        "dictionaries": {
            code: asdict(lexicon.provenance) for code, lexicon in task.dictionaries.items()
        }
        if isinstance(task, Bli)
        else {},
        "chooser": choice and choice.chooser,
        "ranking": choice and choice.ranking.to_dict(),
        "cost": choice and asdict(choice.cost),
        "bridgex": __version__,
    }


def _words(task: Task) -> str:
    told = task.chat and task.style == "default"
    return f" with {task.instructed_in} words" if told or task.has_words(task.style) else ""


def _texts_label(task: Task) -> list[str]:
    """Return the part of a signature that names the texts, and how a dictionary was composed."""
    read = task.provenance
    if read is None:
        return []
    composed = [f" {step}" for step in read.steps if step.startswith("composed")]
    return [f"{read.name} {read.digest[:8]}{''.join(composed)}"]


def _signature(session: ModelSession, task: Task, asking: TaskSettings) -> str:
    identity = session.model.identity
    rule = rule_of(task, asking.shots)
    return " · ".join(
        [
            f"{identity} {identity.dtype}",
            f"{task.name} {task.source.code}-{task.target.code} {task.digest[:8]}",
            *_texts_label(task),
            f"{len(task.items)} items",
            scored_by(rule) if rule else task.answering,
            f"{task.style} prompts{_words(task)}",
            f"{asking.shots} shots{session.chat_label(chat=asking.chat)}",
            f"bridgex {__version__}",
        ]
    )
