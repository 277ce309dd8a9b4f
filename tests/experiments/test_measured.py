"""Validation with answers that were given elsewhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridgex.api import Session
from bridgex.errors import RequestError
from bridgex.evaluation.results import Evaluation
from bridgex.evaluation.settings import TaskSettings
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from tests.cli.running import refused
from tests.experiments.test_combined import small

CODES = ["es", "en"]


def undeveloped() -> Bli:
    return replace(small(), development=())


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(str(tiny_folder), dtype="float32", store=Store(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def right(session: Session) -> Evaluation:
    """An evaluation in which Spanish is right everywhere, as no tiny model is."""
    asked = ["direct", "bridge:es", "bridge:en"]
    found = session.evaluate("id", "he", task=undeveloped(), strategies=asked)
    results = list(found.results)
    outcomes = tuple(replace(each, score=1.0) for each in results[1].outcomes)
    results[1] = replace(results[1], outcomes=outcomes)
    return replace(found, results=tuple(results))


def test_what_was_measured_is_not_asked(session: Session, right: Evaluation) -> None:
    alone = replace(right, results=right.results[1:])
    computed = len(session.store.computed)
    found = session.validate(
        ["id-he"],
        tasks=[undeveloped()],
        choosers=["english"],
        candidates=CODES,
        measured=[alone],
    )
    assert len(session.store.computed) == computed  # going directly is in the store
    (case,) = found.cases
    assert case.accuracy == {"direct": 0, "bridge:es": 1, "bridge:en": 0}
    assert list(case.costs) == ["direct"]
    assert case.bounds["best_bridge"] == 1
    assert found.provenance["measured"] == [right.signature]


def test_what_does_not_fit_is_refused(session: Session, right: Evaluation) -> None:
    def validated(measured: Evaluation, asking: TaskSettings | None = None) -> None:
        session.validate(
            ["id-he"],
            tasks=[undeveloped()],
            choosers=["english"],
            candidates=CODES,
            measured=[measured],
            asking=asking,
        )

    for changed, said in (
        (replace(right, pair=("id", "zh")), "bli id-zh is of another task or pair"),
        (replace(right, task="nli"), "nli id-he is of another task or pair"),
        (replace(right, provenance={}), "is on other items"),
        (replace(right, scoring="sum"), "scores options by sum, and None is asked for"),
    ):
        with pytest.raises(RequestError, match=said):
            validated(changed)
    with pytest.raises(RequestError, match="asked in another way"):
        validated(right, TaskSettings(shots=1))
    with pytest.raises(RequestError, match="asked in another way"):
        validated(right, TaskSettings(items=2))


def test_a_file_that_is_no_evaluation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    path.write_text('{"kind": "ranking", "schema": 1}')
    message = refused("validate", "--pairs", "id-he", "--measured", str(path))
    assert str(path) in message
    assert "not 'evaluation'" in message
