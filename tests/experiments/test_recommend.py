"""Recommendations: on answers that are made up, and from the command line on a tiny model."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from typer.testing import CliRunner

import bridgex
from bridgex.choosers.evidence import Estimate, MeasuredPair, difference
from bridgex.cli import app
from bridgex.errors import RequestError
from bridgex.evaluation.weights import settled
from bridgex.experiments import recommend as recommending
from bridgex.experiments.advice import Advice, ExpectedGain, Tried
from bridgex.inputs import Texts
from bridgex.report.explain import explain
from bridgex.report.files import write_json
from bridgex.report.html import report_page
from bridgex.session import Cost
from bridgex.storage.store import Store
from tests.choosers.asking import Dictionary, words

RUNNER = CliRunner()
ITEMS = 20
NAMES = {"en": "English", "es": "Español", "it": "Italiano"}


def answered(**right: Sequence[int]) -> dict[str, str]:
    """What a model writes that is right on some of the items, by their places, in each way."""
    entries = {}
    for at, item in enumerate(words(999).developing_on(ITEMS).development):
        source = f'Deutsch:"{item.context}"→'
        truth = f'"{item.accepted[0]}"'
        entries[f"{source}Indonesia:"] = truth if at in right["direct"] else '"x"'
        for code, name in NAMES.items():
            entries[f"{source}{name}:"] = f'"{code}{at}"'
            answer = truth if at in right[code] else f'"{code}"'
            entries[f'{source}{name}:"{code}{at}"→Indonesia:'] = answer
    return entries


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        recommending,
        "TRIALS",
        {name: replace(each, items=ITEMS) for name, each in recommending.TRIALS.items()},
    )


def asked(folder: Path, store: Path, entries: dict[str, str], **more: Any) -> Advice:
    session = bridgex.Session(str(folder), generate_with=Dictionary(entries), store=Store(store))
    request = {"candidates": ["en", "es", "it"], **more}
    return session.recommend("de", "id", **request)


@pytest.mark.usefixtures("few")
def test_a_bridge_is_recommended_that_gains_beyond_chance(
    tiny_folder: Path, tmp_path: Path
) -> None:
    entries = answered(direct=range(6), en=range(2, 20), es=range(3), it=())
    advice = asked(tiny_folder, tmp_path, entries, budget="medium")
    assert (advice.strategy, advice.best, advice.items) == ("bridge:en", "bridge:en", ITEMS)
    by_name = {each.name: each for each in advice.tried}
    assert list(by_name) == [
        *("direct", "bridge:en", "bridge:es", "bridge:it"),
        *("vote:auto", "average:auto"),
    ]
    assert by_name["direct"].value == 6 / 20
    assert by_name["bridge:en"].value == 18 / 20
    gain = advice.gain
    assert gain is not None
    assert (gain.gained, gain.lost) == (14, 2)
    tail = sum(math.comb(16, most) for most in (14, 15, 16)) / 2**16
    assert gain.p_value == pytest.approx(tail * 5), "three bridges and two strategies of several"
    assert gain.value == pytest.approx(12 / 20 * 16 / 18)
    through = [float(at >= 2) for at in range(20)]
    direct = [float(at < 6) for at in range(20)]
    error = difference(through, direct).variance ** 0.5
    reach = NormalDist().inv_cdf(1 - 0.05 / 10) * error
    assert gain.low == pytest.approx(gain.value - reach)
    assert gain.high == pytest.approx(gain.value + reach)
    assert by_name["bridge:en"].cost.passes == 2 * by_name["direct"].cost.passes == 40
    assert advice.times == 2
    (template,) = advice.templates
    assert template.pivot_prompt == 'Deutsch:"{text}"→English:'
    assert template.prompt == 'Deutsch:"{text}"→English:"{pivot}"→Indonesia:'
    answer = explain(advice).answer
    assert answer.startswith("Prompt through English: +53.3 points over direct are expected")
    assert "at 2.0 times the cost" in answer
    turned = asked(tiny_folder, tmp_path, entries, budget="medium", candidates=["it", "es", "en"])
    assert turned.tried == advice.tried


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ("vote:direct@45+en@55", "in 2 ways together, by vote: direct (45 %) and through English"),
        ("route[0.1_-0.2]:direct+replace:fr", "by route: direct and French instead:"),
        ("replace:fr", "Prompt French instead:"),
    ],
)
def test_a_strategy_is_said_in_words(strategy: str, words: str) -> None:
    gain = ExpectedGain(0.1, 0.02, 0.18, 0.01, 9, 1)
    tried = (
        Tried("direct", "direct", 0.5, None, Cost(10, 90)),
        Tried("best", strategy, 0.6, gain, Cost(20, 230)),
    )
    advice = Advice(
        *("bli", ("de", "id"), "accuracy", "medium", strategy, 50, tried, "best", (), "Why.", "N."),
        level=0.95,
    )
    answer = explain(advice).answer
    assert words in answer
    assert "+10.0 points over direct are expected (95 %, corrected: +2.0 to +18.0)" in answer
    assert answer.endswith("at 2.5 times the cost of an item.")


@pytest.mark.usefixtures("few")
def test_what_gains_by_chance_leaves_the_direct_prompt(tiny_folder: Path, tmp_path: Path) -> None:
    entries = answered(direct=range(6), en=range(3, 10), es=range(2), it=())
    advice = asked(tiny_folder, tmp_path, entries)
    assert (advice.strategy, advice.best, advice.budget) == ("direct", "bridge:en", "small")
    assert [each.name for each in advice.tried] == ["direct", "bridge:en"]
    assert "so the direct prompt stays" in advice.reason
    assert "--budget medium tries more ways" in advice.again
    assert "some " in advice.again, "how many items a gain of that size takes"
    (template,) = advice.templates
    assert (template.way, template.pivot_prompt) == ("direct", None)
    assert explain(advice).answer.startswith("Prompt directly")


def measured(session: bridgex.Session, pair: str, **gains: float) -> MeasuredPair:
    identity = session.model.identity
    estimates = {code: Estimate(value, 0.01) for code, value in gains.items()}
    return MeasuredPair(f"{identity} {identity.dtype}", "bli", ("x", pair), estimates, {})


def test_without_development_items_other_pairs_decide(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        recommending,
        "TRIALS",
        {name: replace(each, items=0) for name, each in recommending.TRIALS.items()},
    )
    session = bridgex.Session(str(tiny_folder), dtype="float32", store=Store(tmp_path))
    request: dict[str, Any] = {"candidates": ["en", "es"]}
    with pytest.raises(RequestError, match="no development items of bli and no earlier results"):
        session.recommend("de", "id", **request)
    sure = tuple(measured(session, str(at), en=0.3 + at / 100, es=0.0) for at in range(4))
    advice = session.recommend("de", "id", earlier=sure, **request)
    assert (advice.strategy, advice.tried, advice.gain) == ("bridge:en", (), None)
    assert "what other pairs show decides alone: en gains there" in advice.reason
    unsure = tuple(measured(session, str(at), en=0.3 * (at - 1), es=0.0) for at in range(4))
    advice = session.recommend("de", "id", earlier=unsure, **request)
    assert advice.strategy == "direct"
    assert "no bridge gains there beyond chance" in explain(advice).answer


@pytest.mark.usefixtures("few")
def test_weights_are_learnt_on_the_other_half(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = []

    def seen(session: Any, task: Any, strategy: Any, **how: Any) -> Any:
        if task.items and str(strategy).startswith("vote"):
            halves.append(({i.id for i in task.items}, {i.id for i in task.development}))
        return settled(session, task, strategy, **how)

    monkeypatch.setattr("bridgex.experiments.recommend.settled", seen)
    entries = answered(direct=range(6), en=range(3), es=range(2), it=())
    asked(tiny_folder, tmp_path, entries, budget="medium")
    folds = [(own, other) for own, other in halves if len(other) < ITEMS]
    assert len(folds) == 2
    assert all(not own & other and len(own | other) == ITEMS for own, other in folds)
    assert folds[0][0] == folds[1][1]


@pytest.mark.usefixtures("few")
def test_the_command(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    target = tmp_path / "advice.json"
    said = RUNNER.invoke(
        app,
        f"recommend de id --candidates en,es --model {tiny_folder} --json {target}".split(),
    )
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("Prompt directly: no other way is known to be better.")
    for text in ("bridge:en", "Why: ", "Next: ", "Prompt (direct):", 'Deutsch:"{text}"→Indonesia:'):
        assert text in said.stdout
    loaded = bridgex.load(target)
    assert isinstance(loaded, Advice)
    write_json(loaded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text("utf-8") == target.read_text("utf-8")
    page = report_page([loaded])
    assert "How to prompt for bli, German to Indonesian" in page
    assert "bridgex recommend de id" in page
    assert "<table" in loaded._repr_html_()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("de id --budget huge", "There is no budget 'huge'; use small, medium or large."),
        ("de de", "Source and target are both German"),
        ("de id --candidates en", "at least two"),
        ("de id --candidates en,es --earlier nowhere.json", "nowhere.json cannot be read"),
        ("de id --candidates en,es --task bly", "Did you mean 'bli'"),
    ],
)
def test_what_cannot_be_recommended_is_refused(words: str, message: str) -> None:
    said = RUNNER.invoke(app, ["recommend", *words.split()])
    assert said.exit_code == 1
    assert message in " ".join(said.stderr.split())


def test_no_words_of_a_pair_are_an_error(tiny_folder: Path, tmp_path: Path) -> None:
    session = bridgex.Session(str(tiny_folder), dtype="float32", store=Store(tmp_path))
    with pytest.raises(bridgex.TextError):
        session.recommend("sw", "yo", candidates=["en", "fr"], texts=Texts())
