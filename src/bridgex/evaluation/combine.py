"""Several strategies' answers to the same items, made one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bridgex.errors import RequestError
from bridgex.evaluation.options import Prompts, score_options
from bridgex.evaluation.pooling import Ballot, pooled, votes, winner
from bridgex.evaluation.route import run_route
from bridgex.evaluation.run import Run, prepare, run
from bridgex.evaluation.strategies import AnyStrategy, Combination, Route, Strategy
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.items import Item
from bridgex.tasks.outcomes import Combined, Outcome, Problem
from bridgex.tasks.scoring import OptionScores, Rule

FREE_TEXT: Rule = "sum"
"""What answers in free text are scored by, unless asked otherwise: with what closes them, such as a
quotation mark, their plain probability is that of being written."""


@dataclass(frozen=True)
class _Question:
    """An item with what there is to choose from.

    Attributes:
        item: it.
        answers: of each member, as the candidate that it is; None where it gave none.
        candidates: distinct answers, the heaviest member's wording of each; the options, where
            those are scored.
    """

    item: Item
    answers: Mapping[Strategy, str | None]
    candidates: tuple[str, ...]


_Scored: TypeAlias = tuple[dict[str, OptionScores | None], int]
"""Item id → the scores of its candidates; and how many batches were split for lack of memory."""
_Ask: TypeAlias = Callable[[Strategy, Sequence[_Question]], _Scored]
"""Lets a strategy's prompts score the candidates of questions."""


def run_strategy(
    session: ModelSession,
    task: Task,
    strategy: AnyStrategy,
    *,
    shots: int = 0,
    chat: bool = False,
) -> Run:
    """Run a task with a strategy or a combination; what was asked before comes from the store.

    Takes and raises what `bridgex.evaluation.run.run` does.

    Raises:
        RequestError: a combination scores answers by what this task does not have.
    """
    if isinstance(strategy, Strategy):
        return run(session, task, strategy, shots=shots, chat=chat)
    if isinstance(strategy, Route):
        return run_route(session, task, strategy, shots=shots, chat=chat)
    require_scoring(task, strategy)
    task = replace(task, chat=chat)
    runs = {member: run(session, task, member, shots=shots, chat=chat) for member in strategy.asked}

    def ask(scorer: Strategy, questions: Sequence[_Question]) -> _Scored:
        return _asked(session, task, strategy, questions, scorer, shots=shots)

    return _combined(task, strategy, runs, ask)


def combined(task: Task, strategy: Combination, runs: Mapping[Strategy, Run]) -> Run:
    """Combine answers that are known already; asks no model.

    Args:
        task: what was asked.
        strategy: the combination, its weights settled.
        runs: of each of its members.

    Raises:
        RequestError: it has free answers scored once they are written.
    """

    def ask(scorer: Strategy, questions: Sequence[_Question]) -> _Scored:
        del scorer, questions
        raise RequestError(
            f"{strategy} lets the model score free answers once all are written, and no model is "
            f"asked here; take vote:{strategy.members_label} instead."
        )

    return _combined(task, strategy, runs, ask)


def _combined(task: Task, strategy: Combination, runs: Mapping[Strategy, Run], ask: _Ask) -> Run:
    questions = [
        _question(task, item, strategy, {way: done.outcomes[at] for way, done in runs.items()})
        for at, item in enumerate(task.items)
    ]
    scores, oom_splits = _scores(task, strategy, questions, runs, ask)
    first = runs[strategy.members[0]]
    return Run(
        strategy,
        tuple(_outcome(task, strategy, each, scores[each.item.id]) for each in questions),
        min(done.shots for done in runs.values()),
        min((done.pivot_shots for way, done in runs.items() if way.bridge), default=0),
        oom_splits,
        first.rule,
    )


def require_scoring(task: Task, strategy: AnyStrategy) -> None:
    """Refuse a combination whose scores a task does not have, before the model is asked anything.

    Raises:
        RequestError: free answers are not the same for all items, so that nothing can be learnt of
            them from development items.
    """
    calibrated = isinstance(strategy, Combination) and strategy.scoring == "calibrated_batch"
    if calibrated and task.answering == "generate":
        raise RequestError(
            f"Answers of {task.name} are free text, which calibrated_batch cannot compare with "
            "development items; use /calibrated instead."
        )


def _question(
    task: Task, item: Item, strategy: Combination, outcomes: Mapping[Strategy, Outcome]
) -> _Question:
    given = {member: outcomes[member].answer for member in strategy.members}
    generated = task.answering == "generate"
    wordings: dict[str, str] = {}
    named: dict[Strategy, str | None] = dict.fromkeys(given)
    for member in sorted(given, key=strategy.weight, reverse=True):
        if (answer := given[member]) is not None:
            folded = task.folded(answer) if generated else answer
            named[member] = wordings.setdefault(folded, answer)
    everything = not generated and strategy.pooling not in {"vote", "rescore"}
    candidates = dict.fromkeys(item.options if everything else wordings.values())
    return _Question(item, named, tuple(candidates))


def _scores(
    task: Task,
    strategy: Combination,
    questions: Sequence[_Question],
    runs: Mapping[Strategy, Run],
    ask: _Ask,
) -> tuple[dict[str, list[tuple[float, tuple[float, ...]]]], int]:
    """Return item id → weight and scores of the candidates, of each strategy that scores them."""
    found: dict[str, list[tuple[float, tuple[float, ...]]]] = {
        each.item.id: [] for each in questions
    }
    splits = 0
    for scorer in strategy.scorers:
        known, split = (
            ({each.item: each.scored for each in runs[scorer].outcomes}, 0)
            if task.answering == "likelihood"
            else ask(scorer, questions)
        )
        splits += split
        rule = strategy.scoring or runs[scorer].rule or FREE_TEXT
        for each in questions:
            scored = known.get(each.item.id)
            if scored is None:
                continue
            values = scored.under(rule)
            if task.answering == "likelihood":
                places = [each.item.options.index(text) for text in each.candidates]
                values = tuple(values[at] for at in places)
            found[each.item.id].append((strategy.weight(scorer), values))
    return found, splits


def _asked(
    session: ModelSession,
    task: Task,
    strategy: Combination,
    questions: Sequence[_Question],
    scorer: Strategy,
    *,
    shots: int,
) -> _Scored:
    """Let a strategy's prompts score the answers that members gave, where those differ."""
    worded = task.through(scorer.bridge)
    choices = {
        each.item.id: [
            worded.solution(replace(each.item, accepted=(answer,))) for answer in each.candidates
        ]
        for each in questions
        if len(each.candidates) > 1
    }
    prepared = prepare(session, task, scorer, shots=shots, chat=task.chat)
    compares = strategy.scoring == "calibrated"
    prompts = Prompts(
        {name: prompt for name, prompt in prepared.prompts.items() if name in choices},
        {
            name: prompt
            for name, prompt in prepared.neutral.items()
            if compares and name in choices and name in prepared.prompts
        },
        {},
    )
    what = f"{task.name}: {strategy}, by {scorer}"
    return score_options(session, choices, prompts, chat=task.chat, what=what)


def _outcome(
    task: Task,
    strategy: Combination,
    question: _Question,
    scores: Sequence[tuple[float, tuple[float, ...]]],
) -> Outcome:
    item, answers = question.item, question.answers
    ballots = [Ballot(strategy.weight(member), answers[member]) for member in strategy.members]
    support: Mapping[str, float] = votes(ballots)
    if strategy.pooling != "vote" and len(question.candidates) > 1:
        support = (
            dict(zip(question.candidates, pooled(strategy.pooling, scores), strict=True))
            if scores
            else {}
        )
    answer = winner(support, ballots) if support else None
    problem: Problem | None = None
    if not any(given is not None for given in answers.values()):
        problem = "no_member_answer"
    elif answer is None:
        problem = "too_long"
    elif task.answering == "generate":
        problem = task.fault(item, answer, answer)
    return Outcome(
        item=item.id,
        prompt="",
        pivot=None,
        written=None,
        scored=None,
        answer=answer,
        accepted=item.accepted,
        score=0.0 if answer is None else task.score(item, answer),
        problem=problem,
        options=item.options,
        combined=Combined({str(way): answer for way, answer in answers.items()}, support),
    )
