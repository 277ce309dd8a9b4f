"""Options under every rule, on a tiny model: what they are compared with, and scoring anew."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bridgex.errors import RequestError
from bridgex.evaluation.options import calibrators, rule_of, scoring_notes
from bridgex.evaluation.results import Evaluation, evaluation_of
from bridgex.evaluation.run import prepare, run
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import find
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.commonsense import Commonsense
from bridgex.tasks.items import Item
from bridgex.tasks.scoring import RULES, OptionScores
from bridgex.tasks.topic import Topic
from tests.evaluation.test_run import Slow

TOPICS = ("sport", "politics", "science and technology")
GERMAN, ENGLISH, FRENCH = find("de"), find("en"), find("fr")


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


def items(first: int, last: int) -> tuple[Item, ...]:
    return tuple(
        Item(str(at), f"Satz {at} " * (1 + at % 3), (TOPICS[at % 3],), options=TOPICS)
        for at in range(first, last)
    )


def topics() -> Topic:
    return Topic(
        source=GERMAN,
        target=ENGLISH,
        items=items(0, 12),
        development=items(12, 17),
        examples=items(17, 20),
    )


def evaluated(session: ModelSession, task: Topic) -> Evaluation:
    runs = {str(each): run(session, task, each) for each in (DIRECT, Strategy(FRENCH))}
    return evaluation_of(task, runs, recommendation=None, signature="m · likelihood (sum) · b")


def test_what_options_are_compared_with(tiny_folder: Path, session: ModelSession) -> None:
    task, slow = topics(), Slow(tiny_folder)
    shots, pool = 1, (*task.development, *task.examples[1:])
    shown = task.prompt(task.examples[0]) + task.solution(task.examples[0]) + "\n\n"

    def nats(item: Item) -> list[float]:
        return [slow.logprob(shown + task.prompt(item), f" {each}") for each in TOPICS]

    batch = [sum(column) / len(pool) for column in zip(*map(nats, pool), strict=True)]
    neutral = nats(replace(task.items[0], context=""))
    for item, outcome in zip(
        task.items, run(session, task, DIRECT, shots=shots).outcomes, strict=True
    ):
        assert outcome.scored is not None
        assert outcome.scored.nats == pytest.approx(nats(item), abs=1e-3)
        assert outcome.scored.neutral == pytest.approx(neutral, abs=1e-3)
        assert outcome.scored.batch == pytest.approx(batch, abs=1e-3)
        assert outcome.scored.characters == outcome.scored.bytes == (5, 8, 22)
        best = max(range(3), key=lambda at: nats(item)[at] - batch[at])
        assert outcome.answer == TOPICS[best]
        assert outcome.options == TOPICS


def test_an_item_is_never_compared_with_itself(session: ModelSession) -> None:
    developing = topics().on_development()
    found = run(session, developing, DIRECT).outcomes
    known = [each.scored for each in found if each.scored]
    others = run(session, replace(developing, items=developing.examples), DIRECT).outcomes
    everyone = [*known, *(each.scored for each in others if each.scored)]
    for own in known:
        rest = [each.nats for each in everyone if each is not own]
        mean = [sum(column) / len(rest) for column in zip(*rest, strict=True)]
        assert own.batch == pytest.approx(mean, abs=1e-6)


def test_evaluated_items_are_in_no_mean() -> None:
    task = topics()
    assert {each.id for each in calibrators(task, 0)}.isdisjoint(each.id for each in task.items)
    shown = {each.id for each in task.examples[:2]}
    assert shown.isdisjoint(each.id for each in calibrators(task, 2))
    assert len(calibrators(replace(task, development=items(20, 90)), 0)) == 32


def test_the_neutral_prompt_is_the_same_about_nothing(session: ModelSession) -> None:
    prepared = prepare(session, topics(), Strategy(FRENCH))
    for name, prompt in prepared.neutral.items():
        pivot = prepared.pivots[name].context
        assert pivot is not None
        context = next(each.context for each in topics().items if each.id == name)
        assert str(prompt).replace(
            "Passage: \nFrançais: \n", f"Passage: {context}\nFrançais: {pivot.text}\n"
        ) == str(prepared.prompts[name])


def test_another_rule_asks_no_model(session: ModelSession, tmp_path: Path) -> None:
    task = topics()
    found = evaluated(session, task)
    path = tmp_path / "found.json"
    import json

    path.write_text(json.dumps(found.to_dict()), encoding="utf-8")
    session.store.computed.clear()
    stored = Evaluation.load(path)
    for rule in RULES:
        again = stored.rescored(rule)
        asked = evaluated(session, replace(task, scoring=rule))
        assert again.results == asked.results
        assert (again.scoring, again.baselines) == (rule, asked.baselines)
        assert f"scored anew by {rule}" in again.notes[-1].casefold()
        again = Evaluation.from_dict(again.to_dict())
    assert not session.store.computed
    assert stored.scoring == "calibrated_batch"
    assert len({stored.rescored(rule).results[0].outcomes for rule in RULES}) > 1


def test_scoring_anew_names_its_rule(session: ModelSession) -> None:
    found = replace(evaluated(session, topics()), scoring="sum")
    assert found.rescored("per_byte").signature == "m · likelihood (per_byte) · b"


def test_what_cannot_be_scored_anew_is_refused(session: ModelSession) -> None:
    found = evaluated(session, topics())
    with pytest.raises(RequestError, match="were generated here"):
        replace(found, scoring=None).rescored("sum")
    outcome = found.results[0].outcomes[0]
    judged = replace(outcome, score=1 - outcome.score)
    own = replace(found.results[0], outcomes=(judged,))
    with pytest.raises(RequestError, match="in a way of its own"):
        replace(found, results=(own,)).rescored("sum")
    scored = outcome.scored
    assert isinstance(scored, OptionScores)
    lacking = replace(outcome, scored=replace(scored, batch=None))
    with pytest.raises(RequestError, match="no development items"):
        replace(found, results=(replace(found.results[0], outcomes=(lacking,)),)).rescored(
            "calibrated_batch"
        )


def test_too_few_development_items_are_refused_or_said() -> None:
    few = replace(topics(), development=(), examples=items(17, 20))
    assert rule_of(few, 0) == "calibrated"
    assert "there are 3 development items" in scoring_notes(few, 0)[0]
    assert "there are no development items" in scoring_notes(few, 3)[0]
    asked = replace(few, scoring="calibrated_batch")
    with pytest.raises(RequestError, match=r"at least 4 development items.*topic has 3"):
        rule_of(asked, 0)
    assert rule_of(topics(), 0) == "calibrated_batch"
    assert rule_of(replace(topics(), answering="generate"), 0) is None
    assert not scoring_notes(topics(), 0)


def test_a_class_that_no_development_item_has_is_named() -> None:
    task = topics()
    sports = tuple(replace(each, accepted=("sport",)) for each in task.development)
    notes = scoring_notes(replace(task, development=sports, examples=()), 0)
    assert notes == [
        "None of the 5 development items that labels are compared on is of the class politics or "
        "science and technology."
    ]


def test_options_that_differ_have_no_label_to_compare() -> None:
    task = Commonsense(
        source=GERMAN,
        target=ENGLISH,
        items=tuple(
            Item(str(at), "x", (f"a{at}",), "Cause", (f"a{at}", f"b{at}")) for at in range(9)
        ),
        development=tuple(
            Item(str(at), "x", ("a",), "Cause", ("a", f"b{at}")) for at in range(9, 19)
        ),
    )
    assert calibrators(task, 0) == ()
    with pytest.raises(RequestError, match="commonsense has none"):
        rule_of(replace(task, scoring="calibrated_batch"), 0)


def test_one_answer_to_everything_is_warned_of() -> None:
    from tests.report.test_evaluation import evaluation

    found = evaluation()
    assert not found.warnings
    alike = tuple(replace(each, answer="x") for each in found.results[0].outcomes)
    from bridgex.tasks.outcomes import commonest

    same = replace(found.results[0], outcomes=alike, commonest=commonest(alike))
    warned = replace(found, results=(same,))
    assert warned.warnings == (
        "direct: 10 of 10 answers are 'x', so the accuracy is about how often that is right.",
    )
    assert warned.to_dict()["derived"] == {"warnings": list(warned.warnings)}
    assert Evaluation.from_dict(warned.to_dict()) == warned
    few = replace(same, outcomes=alike[:9])
    assert not replace(found, results=(few,)).warnings


def test_words_have_no_options() -> None:
    assert calibrators(Bli(source=GERMAN, target=ENGLISH, items=()), 0) == ()
