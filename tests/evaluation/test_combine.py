"""Votes and averages on a tiny model, against a slow script on the stored answers."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bridgex.errors import RequestError
from bridgex.evaluation.combine import run_strategy
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.strategies import DIRECT, POOLINGS, Combination, Pooling, Strategy, parse
from bridgex.evaluation.weights import settled
from bridgex.languages import find
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.split import split_words
from bridgex.texts import sample_lexicon
from tests.evaluation.test_options import topics
from tests.evaluation.test_run import Slow

PAIR = find("id"), find("he")
WAYS = DIRECT, Strategy(find("en")), Strategy(find("fr"), keep_source=False)
WEIGHTS = 40, 35, 25


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelSession:
    folder = tmp_path_factory.mktemp("store")
    return ModelSession(str(tiny_folder), device="cpu", dtype="float32", store=Store(folder))


def combination(pooling: Pooling, **more: object) -> Combination:
    return replace(Combination(pooling, WAYS, WEIGHTS), **more)  # type: ignore[arg-type]


def words(items: int = 8) -> Bli:
    return Bli.of_words(split_words(sample_lexicon(*PAIR)), items=items)


def softmax(values: list[float]) -> list[float]:
    total = sum(math.exp(value) for value in values)
    return [math.exp(value) / total for value in values]


def by_hand(pooling: str, rows: list[list[float]]) -> list[float]:
    """Pool members' scores of candidates, one number after the other."""
    even = [softmax(row) for row in rows]
    found = []
    for column in zip(*even, strict=True):
        weighed = [weight / 100 for weight in WEIGHTS]
        if pooling == "average":
            found.append(sum(w * p for w, p in zip(weighed, column, strict=True)))
        elif pooling == "average_log":
            found.append(sum(w * math.log(p) for w, p in zip(weighed, column, strict=True)))
        else:
            found.append(max(column) if pooling == "max" else column[0])
    return found


def test_a_vote_is_what_the_stored_answers_come_to(session: ModelSession) -> None:
    task = words()
    single = [run(session, task, way) for way in WAYS]
    found = run_strategy(session, task, combination("vote"))
    assert str(found.strategy) == "vote:direct@40+en@35+replace:fr@25"
    for at, outcome in enumerate(found.outcomes):
        answers = [each.outcomes[at].answer for each in single]
        counted: dict[str, int] = {}
        for answer, weight in zip(answers, WEIGHTS, strict=True):
            if answer is not None:
                key = task.folded(answer)
                counted[key] = counted.get(key, 0) + weight
        if outcome.answer is None:
            assert not counted
            assert outcome.problem == "no_member_answer"
            continue
        assert counted[task.folded(outcome.answer)] == max(counted.values())
        assert outcome.combined is not None
        assert len(outcome.combined.answers) == len(WAYS)
        assert sum(outcome.combined.support.values()) == pytest.approx(sum(counted.values()) / 100)
        assert outcome.score == task.score(task.items[at], outcome.answer)


@pytest.mark.parametrize("pooling", ["average", "average_log", "max", "rescore"])
def test_free_answers_are_scored_by_every_members_prompt(
    tiny_folder: Path, session: ModelSession, pooling: Pooling
) -> None:
    task, slow = words(3), Slow(tiny_folder)
    single = [run(session, task, way) for way in WAYS]
    asked = single[:1] if pooling == "rescore" else single
    tried = 0
    for at, outcome in enumerate(run_strategy(session, task, combination(pooling)).outcomes):
        assert outcome.combined is not None
        answers = list(dict.fromkeys(each.outcomes[at].answer for each in single))
        prompts = [each.outcomes[at].prompt for each in asked if each.outcomes[at].prompt]
        if len(answers) < 2 or None in answers or len(prompts) < len(asked):
            continue
        if len(outcome.combined.support) < len(answers):
            continue
        tried += 1
        rows = [[slow.logprob(prompt, f'"{answer}"') for answer in answers] for prompt in prompts]
        expected = dict(zip(answers, by_hand(pooling, rows), strict=True))
        assert outcome.combined.support == pytest.approx(expected, rel=1e-3)
        assert outcome.answer == max(expected, key=expected.__getitem__)
    assert tried


@pytest.mark.parametrize("pooling", POOLINGS)
def test_options_are_pooled_from_the_scores_that_members_have(
    session: ModelSession, pooling: Pooling
) -> None:
    task = topics()
    ways = DIRECT, Strategy(find("fr")), Strategy(find("es"))
    single = [run(session, task, way) for way in ways]
    computed = list(session.store.computed)
    found = run_strategy(session, task, Combination(pooling, ways, WEIGHTS))
    assert session.store.computed == computed
    assert found.rule == "calibrated_batch"
    for at, outcome in enumerate(found.outcomes):
        answers = [each.outcomes[at].answer for each in single]
        options = list(outcome.options)
        if pooling == "vote":
            expected = [
                float(sum(w for w, a in zip(WEIGHTS, answers, strict=True) if a == each))
                for each in options
            ]
        else:
            rows = []
            for each in single:
                scored = each.outcomes[at].scored
                assert scored is not None
                rows.append(list(scored.under("calibrated_batch")))
            expected = by_hand(pooling, rows)
            if pooling == "rescore":
                expected = [
                    value if each in answers else -1.0
                    for each, value in zip(options, expected, strict=True)
                ]
        assert outcome.answer == options[expected.index(max(expected))]


def test_members_that_were_run_cost_nothing_more(session: ModelSession) -> None:
    task, vote = words(), combination("vote")
    with session.metered() as members:
        for way in WAYS:
            run(session, task, way)
    computed = list(session.store.computed)
    with session.metered() as meter:
        run_strategy(session, task, vote)
    assert session.store.computed == computed
    assert meter.cost == members.cost
    with session.metered() as meter:
        run_strategy(session, task, combination("average"))
    assert meter.cost.passes > members.cost.passes
    assert meter.cost.generated == members.cost.generated


def test_scores_may_be_per_byte_or_relative_to_an_empty_text(session: ModelSession) -> None:
    task = words(3)
    found = {
        rule: [
            outcome.combined and dict(outcome.combined.support)
            for outcome in run_strategy(
                session, task, combination("average", scoring=rule)
            ).outcomes
        ]
        for rule in ("sum", "per_byte", "calibrated")
    }
    for one, other in itertools.combinations(found, 2):
        assert found[one] != found[other], (one, other)
    with pytest.raises(RequestError, match="use /calibrated instead"):
        run_strategy(session, task, combination("average", scoring="calibrated_batch"))


def test_an_item_that_no_member_answers_is_counted(session: ModelSession) -> None:
    long = Item("long", "kata " * 4000, ("מילה",))
    task = replace(words(2), items=(long, *words(2).items))
    for pooling in POOLINGS:
        found = run_strategy(session, task, combination(pooling))
        assert found.outcomes[0].answer is None
        assert found.outcomes[0].problem == "no_member_answer"
        assert found.problems["no_member_answer"] == sum(
            not any(outcome.combined.answers.values())
            for outcome in found.outcomes
            if outcome.combined
        )
        assert any(outcome.answer is not None for outcome in found.outcomes)


def test_weights_are_settled_without_a_look_at_what_is_evaluated(session: ModelSession) -> None:
    task = words().developing_on(6)
    vote = parse("vote:direct+en+replace:fr", PAIR, None)
    assert isinstance(vote, Combination)
    first = settled(session, task, vote, shots=0, chat=False)
    other = replace(task, items=task.items[:1])
    assert settled(session, other, vote, shots=0, chat=False) == first
    assert isinstance(first, Combination)
    assert first.weights is not None
    assert settled(session, task, first, shots=0, chat=False) is first
    alone = settled(session, replace(task, development=()), vote, shots=0, chat=False)
    assert str(alone) == "vote:direct@33+en@33+replace:fr@33"


def test_answers_that_the_task_folds_alike_are_one(
    session: ModelSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = words(1)
    written = dict(zip(WAYS, ("שלום", "Other", '"other".'), strict=True))

    def answered(_session: ModelSession, task: Task, way: Strategy, **_more: object) -> Run:
        outcome = Outcome(task.items[0].id, "", None, "", None, written[way], (), 0.0, None)
        return Run(way, (outcome,), 0, 0, 0)

    monkeypatch.setattr("bridgex.evaluation.combine.run", answered)
    (outcome,) = run_strategy(session, task, combination("vote")).outcomes
    assert outcome.answer == "Other"
    assert outcome.combined is not None
    assert outcome.combined.support == pytest.approx({"שלום": 0.4, "Other": 0.6})
