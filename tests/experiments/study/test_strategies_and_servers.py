"""Studies with combined strategies, and with models that are only asked."""

from pathlib import Path

import pytest

from bridgex.errors import RequestError
from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.study.file import StudyModel
from bridgex.experiments.study.plan import make_plan
from bridgex.experiments.study.reading import read_study
from bridgex.experiments.study.run import run_study
from bridgex.experiments.study.statistics import pooled_strategies
from bridgex.experiments.study.tables import tables
from bridgex.experiments.validate import validate
from bridgex.lm.source import load
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from tests.experiments.study.test_file import PAIRS, read
from tests.experiments.study.test_study import write
from tests.lm.served import Played, serving

COMBINED = ["vote:auto", "average:direct+es", "rescore:direct+en+it", "replace:ja"]


@pytest.mark.slow
def test_combined_strategies_are_those_of_validate(tiny_folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = write(tmp_path, tiny_folder, f"strategies = {COMBINED}")
    cases = list(run_study(path, store=store).cases())
    found = validate(
        ModelSession(str(tiny_folder), dtype="float32", store=store),
        ["de-id"],
        choosers=["english", "random", "chain_likelihood"],
        candidates=["en", "es", "it"],
        strategies=COMBINED,
        development=8,
        asking=TaskSettings(items=4),
    )
    assert cases[0].results == found.cases[0].results
    names = [[result.name for result in case.results] for case in cases]
    assert names[0][-4:] == COMBINED
    # English is in the second pair, and so is no member of what is combined there
    assert names[1] == ["direct", "bridge:es", "bridge:it", COMBINED[0], COMBINED[1], COMBINED[3]]
    made = tables(cases)
    row = next(row for row in made.results if row["strategy"] == "vote:auto")
    assert row["settled"].startswith("vote:direct@")
    assert {"vote:auto", "average:direct+es"} <= {each.who for each in pooled_strategies(made)}


def test_a_pair_goes_without_strategies_that_name_its_languages(tmp_path: Path) -> None:
    study = read(tmp_path, f'pairs = ["de-id", "en-id"]\nstrategies = {COMBINED}')
    first, second = (study.strategies_of(pair) for pair in study.each_pair())
    assert first == tuple(COMBINED)
    assert second == tuple(COMBINED[at] for at in (0, 1, 3))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vote:direct", "has a single member"),
        ("vote/sum:direct+en", "scores no answers"),
        ("average:direct+xx", "'xx' is not a language"),
        ("vote:en+bridge:auto", "auto among its members"),
    ],
)
def test_a_combination_that_is_none_is_refused_with_its_line(
    tmp_path: Path, name: str, says: str
) -> None:
    with pytest.raises(RequestError, match="line 2: ") as raised:
        read(tmp_path, f'{PAIRS}strategies = ["{name}"]')
    assert says in str(raised.value)


@pytest.mark.slow
def test_a_model_that_is_only_asked_has_no_ranking_and_says_so(
    tiny_folder: Path, tmp_path: Path
) -> None:
    played = Played(load(str(tiny_folder), device="cpu", dtype="float32"))
    store = Store(tmp_path / "store")
    with serving(played) as url:
        path = tmp_path / "asked.toml"
        path.write_text(
            f"""
pairs = ["de-id"]
candidates = ["en", "es"]
items = 2
development = 4
choosers = ["english", "internal"]
[[models]]
name = "tiny-llama"
generate_with = "{url}"
only_asked = true
"""
        )
        (case,) = run_study(path, store=store).cases()
    assert case.model.endswith(" only asked")
    assert "The model was only asked: tiny-llama" in case.provenance["notes"][-1]
    assert set(case.chosen) == {"english", "oracle"}
    (why,) = case.gaps.values()
    assert "is only asked, on a server" in why
    plan = make_plan(read_study(path), store)
    assert plan.cells == ()
    assert "No server answers" in plan.missing["tiny-llama"]


def test_a_model_with_a_server_is_checked(tmp_path: Path) -> None:
    model = '[[models]]\nname = "m"\n'
    for more, says in (
        ("only_asked = true", "add generate_with"),
        ('generate_with = "localhost"', "localhost"),
        ('generate_with = "http://h/v1"\nallow_mismatch = ["size"]', "no mismatch 'size'"),
    ):
        with pytest.raises(RequestError, match="line") as raised:
            read(tmp_path, PAIRS + model + more)
        assert says in str(raised.value)
    own = StudyModel(name="m", generate_with="http://h/v1")
    asked = StudyModel(name="m", generate_with="http://h/v1", only_asked=True)
    assert [each.server().model for each in (own, asked)] == [None, "m"]  # type: ignore[union-attr]
