"""Choosers that learn of other pairs, within a validation and from earlier results."""

from pathlib import Path
from statistics import fmean

import pytest
from typer.testing import CliRunner

from bridgex.api import Session
from bridgex.choosers import Chooser
from bridgex.choosers.combined import Combined
from bridgex.choosers.development_prior import DevelopmentPrior
from bridgex.choosers.english import English
from bridgex.cli import app
from bridgex.errors import RequestError
from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.case import Case
from bridgex.experiments.experience import learning_from, measured_pairs
from bridgex.experiments.validation import Validation
from bridgex.report.files import write_json
from bridgex.storage.store import Store

RUNNER = CliRunner()
PAIRS = ("de-id", "fr-id", "de-zh")


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    store = Store(tmp_path_factory.mktemp("store"))
    return Session(str(tiny_folder), dtype="float32", store=store)


@pytest.fixture(scope="module")
def found(session: Session) -> Validation:
    return session.validate(
        PAIRS,
        choosers=["development+prior", "english"],
        candidates=["en", "es"],
        asking=TaskSettings(items=2),
        development=3,
    )


def test_a_pair_learns_of_the_others_alone(found: Validation) -> None:
    assert found.choosers == ("development+prior", "english", "oracle")
    for case in found.cases:
        assert set(case.chosen) == {"development+prior", "english", "oracle"}
        assert list(case.chosen)[-1] == "oracle"
        assert not case.gaps
    first, *others = measured_pairs([found])
    assert (first.shots, first.chat) == (0, False)
    assert [each.pair for each in (first, *others)] == [("de", "id"), ("fr", "id"), ("de", "zh")]
    scores = {
        each.strategy: [out.score for out in each.outcomes] for each in found.cases[0].results
    }
    gained = fmean(scores["bridge:en"]) - fmean(scores["direct"])
    assert first.gains["en"].value == pytest.approx(gained)
    assert first.signals["english"] == {"en": 1.0, "es": 0.0}


def alone(session: Session, *choosers: str | Chooser) -> Case:
    found = session.validate(
        PAIRS[:1],
        choosers=choosers,
        candidates=["en", "es"],
        asking=TaskSettings(items=2),
        development=3,
    )
    return found.cases[0]


def test_earlier_results_teach_a_single_pair(
    session: Session, found: Validation, tmp_path: Path, tiny_folder: Path
) -> None:
    gap = alone(session, "development+prior").gaps["development+prior"]
    assert "there are none; validate more pairs" in gap
    taught = alone(session, DevelopmentPrior(earlier=measured_pairs([found])))
    together = found.cases[0].chosen["development+prior"].ranking
    assert taught.chosen["development+prior"].ranking == together
    earlier, new = tmp_path / "earlier.json", tmp_path / "new.json"
    write_json(found, earlier)
    words = "validate --pairs de-id --candidates en,es --items 2 --development 3 --dtype float32"
    more = f"--choosers development+prior --model {tiny_folder} --earlier {earlier} --json {new}"
    said = RUNNER.invoke(app, [*words.split(), *more.split()])
    assert said.exit_code == 0, said.output
    assert Validation.load(new).cases[0].chosen["development+prior"].ranking == together


def test_what_tells_nothing_of_pairs_is_refused(session: Session) -> None:
    ranking = alone(session, "english").chosen["english"].ranking
    with pytest.raises(RequestError, match="A ranking does not tell what bridges gain"):
        measured_pairs([ranking])


def test_choosers_that_learn_are_taught_and_others_are_as_they_were(found: Validation) -> None:
    known = measured_pairs([found])
    taught = learning_from((English(), DevelopmentPrior(), Combined()), known)
    assert taught == (English(), DevelopmentPrior(earlier=known), Combined(earlier=known))
