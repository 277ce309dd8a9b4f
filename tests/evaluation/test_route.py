"""Routes on answers that are made up, against a slow computation of the same regression."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from bridgex.errors import BridgexError
from bridgex.evaluation.combine import run_strategy
from bridgex.evaluation.route import PENALTY
from bridgex.evaluation.run import run
from bridgex.evaluation.strategies import DIRECT, Route, Strategy, parse
from bridgex.evaluation.weights import settled
from bridgex.languages import find
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from tests.choosers.asking import PAIR, Dictionary, words

EN, ES, IT = (Strategy(find(code)) for code in ("en", "es", "it"))
ROUTE = Route((DIRECT, EN, ES, IT))
NAMES = {"en": "English", "es": "Español", "it": "Italiano"}


def task() -> Bli:
    every = words(999).development
    assert len(every) >= 28
    return replace(words(999), items=every[:8], development=every[8:28])


def answers(asked: Bli, *, helpful: bool) -> dict[str, str]:
    """Every third item the direct prompt has right, every third all, every third the bridges.

    Where the bridges are right they agree; where they are wrong they do not.
    """
    entries = {}
    for at, item in enumerate((*asked.development, *asked.items)):
        source, truth = f'Deutsch:"{item.context}"→', f'"{item.accepted[0]}"'
        entries[f"{source}Indonesia:"] = truth if at % 3 != 2 else '"wrong"'
        for code, name in NAMES.items():
            entries[f"{source}{name}:"] = f'"{code}{at}"'
            right = at % 3 == 1 or (at % 3 == 2 and helpful)
            entries[f'{source}{name}:"{code}{at}"→Indonesia:'] = truth if right else f'"{code}"'
    return entries


def session_of(
    folder: Path, store: Path, entries: dict[str, str]
) -> tuple[ModelSession, Dictionary]:
    backend = Dictionary(entries)
    return ModelSession(str(folder), generate_with=backend, store=Store(store)), backend


def by_hand(session: ModelSession, asked: Bli) -> numpy.ndarray:
    """The regression from runs of every way, in loops."""
    tried = asked.on_development()
    runs = {way: run(session, tried, way).outcomes for way in ROUTE.members}
    rows, gains = [], []
    for at in range(len(tried.items)):
        said = {way: str(outcomes[at].answer).casefold() for way, outcomes in runs.items()}
        if said[DIRECT] == said[EN]:
            continue
        for way in (EN, ES, IT):
            if said[way] == said[DIRECT]:
                continue
            others = [said[each] for each in (EN, ES, IT) if each != way]
            row = [others.count(said[way]) / 2, others.count(said[DIRECT]) / 2]
            row += [-1 / (len(said[each].encode()) + 2) for each in (way, DIRECT)]
            row += [0.0, 0.0, *(float(way == each) for each in (EN, ES, IT))]
            rows.append(row)
            gains.append(runs[way][at].score - runs[DIRECT][at].score)
    width = len(rows[0])
    features = numpy.vstack([numpy.array(rows), math.sqrt(PENALTY) * numpy.eye(width)])
    solved = numpy.linalg.lstsq(features, numpy.array([*gains, *[0.0] * width]))[0]
    return numpy.asarray(solved)


def test_a_route_takes_the_bridges_where_they_agree(tiny_folder: Path, tmp_path: Path) -> None:
    asked = task()
    session, backend = session_of(tiny_folder, tmp_path, answers(asked, helpful=True))
    route = settled(session, asked, ROUTE, shots=0, chat=False)
    assert isinstance(route, Route)
    assert route.coefficients == pytest.approx(by_hand(session, asked), abs=6e-4)
    assert str(route).startswith("route[0.")
    assert str(route).endswith(":direct+en+es+it")
    backend.prompts.clear()
    with session.metered() as meter:
        found = run_strategy(session, asked, route)
    assert found.scores == [1.0] * 8
    italian = [prompt for prompt in backend.prompts if prompt.endswith("→Italiano:")]
    agreeing = [at for at in range(20, 28) if at % 3 == 1]
    assert len(italian) == 8 - len(agreeing), "no further way is asked where the first two agree"
    assert meter.cost.passes < 7 * 8 + 4 * 8
    direct = run(session, asked, DIRECT)
    for at, outcome in enumerate(found.outcomes, 20):
        assert outcome.combined is not None
        asked_of = {"direct", "bridge:en"} if at in agreeing else set(map(str, ROUTE.members))
        assert set(outcome.combined.answers) == asked_of
        bridged = at % 3 == 2
        assert (outcome.pivot is not None) is bridged
        assert bridged or outcome.answer == direct.outcomes[at - 20].answer
        if bridged:
            assert outcome.answer is not None
            assert outcome.combined.support[outcome.answer] > 0
            assert outcome.combined.support["wrong"] == 0
    again = settled(session, asked, route, shots=0, chat=False)
    assert again == route


@pytest.mark.parametrize("lacking", ["gain", "items"])
def test_where_nothing_is_learnt_the_direct_prompt_stays(
    tiny_folder: Path, tmp_path: Path, lacking: str
) -> None:
    asked = task()
    session, backend = session_of(tiny_folder, tmp_path, answers(asked, helpful=False))
    if lacking == "items":
        asked = replace(asked, development=())
    route = settled(session, asked, ROUTE, shots=0, chat=False)
    assert route == Route((DIRECT,), ())
    assert str(route) == "route:direct"
    backend.prompts.clear()
    found = run_strategy(session, asked, route)
    assert found.scores == run(session, asked, DIRECT).scores
    assert len(backend.prompts) == 8


def test_ways_that_write_nothing_are_not_taken(tiny_folder: Path, tmp_path: Path) -> None:
    asked = task()
    session, _ = session_of(tiny_folder, tmp_path, {})
    route = settled(session, asked, ROUTE, shots=0, chat=False)
    assert route == Route((DIRECT,), ())
    ready = replace(ROUTE, coefficients=(1.0,) * 9)
    found = run_strategy(session, asked, ready)
    assert {outcome.answer for outcome in found.outcomes} == {None}
    assert found.problems == {"no_member_answer": 8}
    assert found.outcomes[0].combined is not None
    assert found.outcomes[0].combined.support == {}


def test_two_ways_without_an_answer_do_not_agree(tiny_folder: Path, tmp_path: Path) -> None:
    asked = task()
    entries = {
        prompt: answer
        for prompt, answer in answers(asked, helpful=True).items()
        if "English" not in prompt and (prompt.count("→") > 1 or "Indonesia" not in prompt)
    }
    session, _ = session_of(tiny_folder, tmp_path, entries)
    found = run_strategy(session, asked, replace(ROUTE, coefficients=(1.0,) * 9))
    alone = run(session, asked, ES)
    assert found.scores == alone.scores
    assert sum(found.scores) > 0


def test_names_of_routes() -> None:
    candidates = [find("es"), find("en")]

    def named(text: str) -> Any:
        return parse(text, PAIR, None, candidates)

    assert named("route:auto") == Route((DIRECT, EN, ES))
    assert named("route:es+direct+en") == Route((DIRECT, EN, ES))
    assert str(named("route:es+direct")) == "route:direct+es"
    learnt = Route((DIRECT, EN), (0.5, -0.125, 0.0, 1e-3, 2.0, 3.0, -4.0))
    assert named(str(learnt)) == learnt
    assert named("route:direct") == Route((DIRECT,), ())
    for text, message in [
        ("route:en", "a single member"),
        ("route:en+es", "add direct to"),
        ("route:direct+en+en", "twice; name it once"),
        ("route:direct+xx1", "xx1"),
        ("route:direct@3+en@2", "leave the weights out"),
        ("route/per_byte:direct+en", "not how several strategies are written"),
        ("vote[1]:direct+en", "not how several strategies are written"),
        ("route[1_2]:direct+en", "7 coefficients, joined with _"),
        ("route[1_2_3_4_5_6_nan]:direct+en", "7 coefficients, joined with _"),
        ("route[1]:auto", "auto among its members"),
        ("route:direct+auto", "auto among its members"),
    ]:
        with pytest.raises(BridgexError, match=message):
            named(text)
