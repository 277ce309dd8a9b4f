"""Combinations from Python to the table, on a tiny random model."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bridgex.api import Session
from bridgex.errors import RequestError
from bridgex.evaluation.results import Evaluation
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import parse
from bridgex.languages import find
from bridgex.report.evaluation import print_evaluation
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.split import split_words
from bridgex.texts import sample_lexicon
from tests.evaluation.test_options import topics

PAIR = find("id"), find("he")


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(str(tiny_folder), dtype="float32", store=Store(tmp_path_factory.mktemp("store")))


def small() -> Bli:
    task = Bli.of_words(split_words(sample_lexicon(*PAIR)), items=4)
    return replace(task, development=task.development[:4])


def test_a_combination_is_a_strategy_like_any_other(session: Session) -> None:
    asked = ["direct", "vote:auto", "average:es+direct", "rescore:en+es"]
    found = session.evaluate("id", "he", task=small(), strategies=asked, candidates=["es", "en"])
    assert [each.name for each in found.results] == asked
    assert "direct" in found.results[1].differences
    for result in found.results[1:]:
        assert str(parse(result.strategy, PAIR, None)) == result.strategy
        for outcome in result.outcomes:
            assert outcome.combined is not None
            members = outcome.combined.answers
            assert "bridge:es" in members or result.name == "vote:auto"
            assert ("direct" in members) == (result.name != "rescore:en+es")
    computed = list(session.store.computed)
    again = session.evaluate(
        "id", "he", task=small(), strategies=[found.results[1].strategy, "average:direct+es"]
    )
    assert session.store.computed == computed
    assert again.results[0].outcomes == found.results[1].outcomes
    assert again.results[1].outcomes == found.results[2].outcomes
    assert found.item_rows()[-1]["combined"]["answers"]
    assert Evaluation.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    out = io.StringIO()
    print_evaluation(found, Console(file=out, width=80))
    assert f"vote:auto: {found.results[1].strategy} (member@weight" in out.getvalue()


def test_the_prior_is_said_where_it_is_all_there_is(session: Session) -> None:
    task = replace(small(), development=())
    found = session.evaluate("id", "he", task=task, strategies=["vote:direct+en+es"])
    assert found.results[0].strategy == "vote:direct@33+en@33+es@33"
    assert any("no development items of bli" in note for note in found.notes)
    given = session.evaluate("id", "he", task=task, strategies=["vote:direct@33+en@33+es@33"])
    assert not any("no development items" in note for note in given.notes)


def test_what_free_text_cannot_be_scored_by_is_refused_before_the_model_is_asked(
    tiny_folder: Path, tmp_path: Path
) -> None:
    unloaded = Session(str(tiny_folder), dtype="float32", store=Store(tmp_path))
    with pytest.raises(RequestError, match="use /calibrated instead"):
        unloaded.evaluate(
            "id", "he", task=small(), strategies=["average/calibrated_batch:direct+en"]
        )
    assert unloaded.loads == 0


def test_options_of_a_combination_are_not_scored_anew(session: Session) -> None:
    found = session.evaluate(
        "de",
        "en",
        task=topics(),
        strategies=["direct", "vote:direct+fr"],
        asking=TaskSettings(items=4),
    )
    with pytest.raises(RequestError, match="Several strategies were combined"):
        found.rescored("sum")
