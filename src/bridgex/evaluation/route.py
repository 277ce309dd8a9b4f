"""Item by item, the direct prompt or another way, where a regression expects that to gain.

On development items the gain of each way over the direct prompt is regressed on what is known once
both have answered: how many ways agree with either, how likely the model finds either answer, and
whether the bridge's text is a copy. A way is taken on an item where its predicted gain is highest
and above 0. Cheap first: where the direct prompt and the first other way agree, no other is asked.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy

from bridgex.evaluation.run import Run, prepare, run
from bridgex.evaluation.strategies import DIRECT, Route, Strategy
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.items import Item, one_line
from bridgex.tasks.outcomes import Combined, Outcome

PENALTY = 10.0
"""Of the ridge regression, on every coefficient: without evidence no way is expected to gain."""

DECIMALS = 3
"""Of coefficients, which are part of a strategy's name."""


@dataclass(frozen=True)
class _Look:
    """An item with what its ways came to.

    Attributes:
        item: it.
        outcomes: of the ways that were asked, the direct prompt first.
        features: of each way whose answer differs from that of the direct prompt.
    """

    item: Item
    outcomes: Mapping[Strategy, Outcome]
    features: Mapping[Strategy, tuple[float, ...]]

    def gain(self, way: Strategy) -> float:
        """Return how much higher a way scores than the direct prompt."""
        return self.outcomes[way].score - self.outcomes[DIRECT].score


def fitted(session: ModelSession, task: Task, route: Route, *, shots: int, chat: bool) -> Route:
    """Return a route with coefficients from development items.

    They are kept only if they gain in total on the half of the items that they were not fitted on
    (each half in turn); otherwise, and without development items, the route is the direct prompt
    alone.

    Args:
        session: the model.
        task: with its development items; those evaluated are not looked at.
        route: without coefficients.
        shots: solved examples before each prompt.
        chat: whether prompts are wrapped in the model's chat template.

    Raises:
        BridgexError: as `bridgex.evaluation.run.run`.
    """
    tried = task.on_development()
    unsure = Route((DIRECT,), ())
    if not tried.items:
        return unsure
    looks, _ = _looks(session, tried, route, shots=shots, chat=chat)
    halves = looks[::2], looks[1::2]
    total = math.fsum(
        look.gain(_taken(route, look, _coefficients(route, other))[0])
        for own, other in (halves, halves[::-1])
        for look in own
    )
    if total <= 0:
        return unsure
    return replace(route, coefficients=_coefficients(route, looks))


def run_route(
    session: ModelSession, task: Task, route: Route, *, shots: int = 0, chat: bool = False
) -> Run:
    """Run a task with a route that has its coefficients.

    Takes and raises what `bridgex.evaluation.run.run` does.
    """
    looks, runs = _looks(session, task, route, shots=shots, chat=chat)
    return Run(
        route,
        tuple(_outcome(route, look) for look in looks),
        min(done.shots for done in runs.values()),
        min((done.pivot_shots for way, done in runs.items() if way.bridge), default=0),
        sum(done.oom_splits for done in runs.values()),
        runs[DIRECT].rule,
    )


def _outcome(route: Route, look: _Look) -> Outcome:
    way, expected = _taken(route, look, route.coefficients or ())
    answers = {str(each): outcome.answer for each, outcome in look.outcomes.items()}
    support = {
        answer: value
        for each, value in {DIRECT: 0.0, **expected}.items()
        if (answer := look.outcomes[each].answer) is not None
    }
    chosen = replace(look.outcomes[way], combined=Combined(answers, support))
    return chosen if support else replace(chosen, problem="no_member_answer")


def _taken(
    route: Route, look: _Look, coefficients: Sequence[float]
) -> tuple[Strategy, dict[Strategy, float]]:
    """Return the way to take, and what each that differs from the direct prompt should gain."""
    expected = {
        way: math.fsum(map(math.prod, zip(_row(route, way, features), coefficients, strict=True)))
        for way, features in look.features.items()
    }
    best = max(expected, key=expected.__getitem__, default=DIRECT)
    return (best if expected.get(best, 0.0) > 0 else DIRECT), expected


def _coefficients(route: Route, looks: Sequence[_Look]) -> tuple[float, ...]:
    """Return the coefficients of the ridge regression of gains on features."""
    rows = [
        (_row(route, way, features), look.gain(way))
        for look in looks
        for way, features in look.features.items()
    ]
    width = route.features + len(route.members) - 1
    features = numpy.array([row for row, _ in rows]).reshape(len(rows), width)
    gains = numpy.array([gain for _, gain in rows])
    square = features.T @ features + PENALTY * numpy.eye(width)
    solved = numpy.linalg.solve(square, features.T @ gains)
    return tuple(round(float(value), DECIMALS) for value in solved)


def _row(route: Route, way: Strategy, features: Sequence[float]) -> tuple[float, ...]:
    return (*features, *(float(way == member) for member in route.members if member != DIRECT))


def _looks(
    session: ModelSession, task: Task, route: Route, *, shots: int, chat: bool
) -> tuple[list[_Look], dict[Strategy, Run]]:
    """Ask the direct prompt and the first other way, and the rest where those do not agree."""
    task = replace(task, chat=chat)
    first, rest = route.members[:2], route.members[2:]
    runs = {way: run(session, task, way, shots=shots, chat=chat) for way in first}
    outcomes = {
        item.id: {way: done.outcomes[at] for way, done in runs.items()}
        for at, item in enumerate(task.items)
    }
    differ = [item for item in task.items if not _agree(task, list(outcomes[item.id].values()))]
    further = replace(task, items=tuple(differ))
    for way in rest if differ else ():
        runs[way] = run(session, further, way, shots=shots, chat=chat)
        for outcome in runs[way].outcomes:
            outcomes[outcome.item][way] = outcome
    sure = (
        {
            way: _confidence(
                session,
                further,
                way,
                {item.id: outcomes[item.id][way] for item in differ},
                runs[way],
                shots=shots,
            )
            for way in runs
        }
        if differ
        else {}
    )
    undecided = {item.id for item in differ}
    looks = []
    for item in task.items:
        features = {
            way: _features(task, item, outcomes[item.id], way, sure)
            for way, outcome in outcomes[item.id].items()
            if item.id in undecided
            and outcome.answer is not None
            and not _agree(task, [outcome, outcomes[item.id][DIRECT]])
        }
        looks.append(_Look(item, outcomes[item.id], features))
    return looks, runs


def _agree(task: Task, outcomes: Sequence[Outcome]) -> bool:
    answers = {_folded(task, outcome) for outcome in outcomes}
    return len(answers) == 1 and answers != {None}


def _folded(task: Task, outcome: Outcome) -> str | None:
    if outcome.answer is None or task.answering == "likelihood":
        return outcome.answer
    return task.folded(outcome.answer)


def _features(
    task: Task,
    item: Item,
    outcomes: Mapping[Strategy, Outcome],
    way: Strategy,
    sure: Mapping[Strategy, Mapping[str, float]],
) -> tuple[float, ...]:
    """Return what a regression sees of a way on an item whose answers differ.

    The shares of other ways that answer the same as it and as the direct prompt, how sure the model
    is of either answer, whether there is no direct one, and whether the bridge's text is a copy.
    """
    answers = {each: _folded(task, outcome) for each, outcome in outcomes.items()}
    others = [answer for each, answer in answers.items() if each not in {way, DIRECT}]
    pivot = outcomes[way].pivot
    copied = pivot is not None and one_line(pivot).casefold() == one_line(item.context).casefold()
    return (
        others.count(answers[way]) / max(1, len(others)),
        others.count(answers[DIRECT]) / max(1, len(others)),
        sure[way].get(item.id, 0.0),
        sure[DIRECT].get(item.id, 0.0),
        float(answers[DIRECT] is None),
        float(copied),
    )


def _confidence(
    session: ModelSession,
    task: Task,
    way: Strategy,
    outcomes: Mapping[str, Outcome],
    done: Run,
    *,
    shots: int,
) -> dict[str, float]:
    """Return, item by item, the log-probability of a way's answer, by which it is sure of it.

    Of options: among them, under the rule that chose. Of free answers: per byte, after the way's
    own prompt, which is one more text that the model reads. Items without an answer have none.
    """
    if done.rule is not None:
        return {
            name: _share(outcome.scored.under(done.rule))
            for name, outcome in outcomes.items()
            if outcome.scored is not None
        }
    worded = task.through(way.bridge)
    prompts = prepare(session, task, way, shots=shots, chat=task.chat).prompts
    written = {
        item.id: worded.solution(replace(item, accepted=(answer,)))
        for item in task.items
        if (answer := outcomes[item.id].answer) is not None and item.id in prompts
    }
    scored = session.score(
        [prompts[name] for name in written],
        [[text] for text in written.values()],
        chat=task.chat,
        what=f"{task.name}: how sure {way} is",
    )
    return {
        name: each.nats[0] / len(text.strip().encode())
        for (name, text), each in zip(written.items(), scored, strict=True)
        if each.nats is not None and text.strip()
    }


def _share(values: Sequence[float]) -> float:
    """Return the log-probability of the best option among all of them."""
    top = max(values)
    return -math.log(math.fsum(math.exp(value - top) for value in values))
