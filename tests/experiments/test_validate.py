"""A validation from Python and from the command line, on a tiny random model."""

import io
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

import bridgex
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.choosers import ChooserInput, Cost, choosers_named
from bridgex.cli import app
from bridgex.cli.validate import _folders
from bridgex.errors import RequestError, TextError
from bridgex.evaluation.results import Result
from bridgex.evaluation.run import Run
from bridgex.evaluation.strategies import Strategy
from bridgex.experiments.case import Case, Chosen, Validation
from bridgex.experiments.measures import judge
from bridgex.experiments.validate import _apart, validate
from bridgex.languages import find
from bridgex.report.validation import WIDTH, print_validation
from bridgex.session import Stages
from bridgex.storage.store import Store
from bridgex.tasks.base import Item
from bridgex.tasks.bli import Bli
from bridgex.tasks.outcomes import Measure, Outcome
from bridgex.texts import fold, sample_lexicon

RUNNER = CliRunner()
CHOOSERS = ("english", "random", "development", "chain_likelihood", "latent_language", "oracle")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


def small(folder: Path, store: Store, *pairs: str, **more: Any) -> Validation:
    request = {
        "choosers": CHOOSERS,
        "candidates": ["en", "es", "it"],
        "items": 6,
        "development": 8,
        "model": str(folder),
        "dtype": "float32",
        "store": store,
    }
    return validate(pairs, **{**request, **more})


def test_every_chooser_is_held_against_every_bridge(tiny_folder: Path, store: Store) -> None:
    found = small(tiny_folder, store, "de-id", "en-fr")
    first, second = found.cases
    assert list(first.accuracy) == ["direct", "bridge:en", "bridge:es", "bridge:it"]
    assert list(second.accuracy) == ["direct", "bridge:es", "bridge:it"]
    assert (first.items, first.development) == (6, 8)
    assert set(first.chosen) == set(CHOOSERS)
    assert list(second.gaps) == ["english"]
    assert "not among the candidates of en-fr" in second.gaps["english"]
    assert [each.chooser for each in found.summaries] == list(CHOOSERS)
    english = found.summaries[0]
    assert english.pairs == 1
    assert english.gaps == {"en-fr": second.gaps["english"]}
    assert english.regret.interval is None
    for result in first.results:
        assert first.accuracy[result.strategy] == sum(each.score for each in result.outcomes) / 6
    oracle = first.chosen["oracle"]
    for code, score in oracle.ranking.scores.items():
        assert score.value == first.accuracy[f"bridge:{code}"]
    regrets = [each.regret.value for each in found.summaries if each.chooser == "oracle"]
    assert regrets in ([0.0], [None])
    values = json.loads(json.dumps(found.to_dict()))
    scores = values["cases"][0]["choosers"]["latent_language"]["scores"]
    assert scores["es"]["size"] == first.chosen["latent_language"].ranking.evidence["items"]["es"]
    assert values["cases"][0]["choosers"]["development"]["cost"]["generated"] > 0


def test_nothing_is_run_twice(tiny_folder: Path, store: Store) -> None:
    small(tiny_folder, store, "de-id")
    computed = list(store.computed)
    again = small(tiny_folder, store, "de-id", choosers=(*CHOOSERS, "typology:family"))
    assert store.computed == computed
    evaluated = bridgex.evaluate(
        "de",
        "id",
        strategies=["direct", "bridge:es"],
        items=6,
        model=str(tiny_folder),
        dtype="float32",
        store=store,
    )
    assert store.computed == computed
    for result in evaluated.results:
        assert again.cases[0].accuracy[result.strategy] == result.measures[0].value


class Listening:
    """A chooser that notes the question and from then on every prompt, and serves nobody."""

    name = "listening"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.asked: list[str] = []
        self.question: ChooserInput | None = None

    def rank(self, question: ChooserInput) -> BridgeRanking:
        self.question = question
        for name in ("written", "likelihoods", "latent"):
            self.monkeypatch.setattr(Stages, name, self.heard(getattr(Stages, name)))
        raise TextError("Only listening.")

    def heard(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(stages: Stages, prompts: Sequence[Any], *rest: Any, **more: Any) -> Any:
            self.asked += [getattr(each, "text", each) for each in prompts]
            return method(stages, prompts, *rest, **more)

        return call


def test_no_evaluated_word_was_a_development_or_probe_word(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Listening(monkeypatch)
    others = choosers_named(["development", "chain_likelihood", "latent_language"])
    monkeypatch.setattr(
        "bridgex.experiments.validate.choosers_named", lambda _: (listening, *others)
    )
    found = small(tiny_folder, Store(tmp_path), "de-id")
    case, question = found.cases[0], listening.question
    assert case.gaps == {"listening": "Only listening."}
    assert len(case.chosen) == 3
    assert question is not None
    assert question.probe is not None
    german, indonesian = question.pair
    tried = {prompt.split('"')[1] for prompt in listening.asked}
    evaluated = {each.item: each.accepted for each in case.results[0].outcomes}
    probed = question.probe.entries
    assert len(tried) == 8
    assert len(evaluated) == 6
    dictionary = sample_lexicon(german, indonesian).without_identical()[0].entries
    groups = [{word: dictionary[word] for word in words} for words in (tried, evaluated, probed)]
    for first, second in itertools.combinations(groups, 2):
        assert not {fold(each, german) for each in first} & {fold(each, german) for each in second}
        translations = (
            {fold(word, indonesian) for words in group.values() for word in words}
            for group in (first, second)
        )
        assert not set.intersection(*translations)


def test_the_best_and_the_worst_are_an_extreme_pair() -> None:
    """Six heads more of six: p is 0.03 for two candidates named before, not for two of four."""
    items = tuple(Item(str(at), str(at), ("x",)) for at in range(10))
    task = Bli(source=find("de"), target=find("id"), items=items)
    right = {"en": 8, "es": 2, "it": 5, "fr": 5}
    runs = {
        f"bridge:{code}": Run(
            Strategy(find(code)),
            tuple(
                Outcome(each.id, "", None, "", None, None, ("x",), float(at < count), None)
                for at, each in enumerate(items)
            ),
            0,
            0,
            0,
        )
        for code, count in right.items()
    }
    accuracy = {code: count / 10 for code, count in right.items()}
    assert _apart(task, {code: accuracy[code] for code in ("en", "es")}, runs)
    assert not _apart(task, accuracy, runs)


def made(accuracy: dict[str, float], chosen: dict[str, float], advice: str, pair: str) -> Case:
    """A case of which only accuracies and one chooser's scores matter."""
    results = tuple(
        Result(name, name, (Measure("accuracy", value),), {}, {}, {}, ())
        for name, value in accuracy.items()
    )
    order = sorted(chosen, key=lambda code: -chosen[code])
    source, target = pair.split("-")
    ranking = BridgeRanking(
        (source, target),
        {code: Score(chosen[code], sizes={3: 12345}) for code in order},
        (3,),
        {},
        {},
        0,
        {},
        {},
        Verdict("clear", (order[0],), "Why."),
    )
    bridges = {code: accuracy[f"bridge:{code}"] for code in chosen}
    judgement = judge(
        ranking,
        bridges,
        direct=accuracy["direct"],
        apart=True,
        direct_advised=advice == "direct",
    )
    said = Chosen(ranking, advice, judgement, Cost(123_456, 12_345_678))
    return Case(
        (source, target), "bli", "accuracy", 9, 9, results, {"typology:phonology": said}, {}
    )


def test_summaries_of_accuracies_made_by_hand() -> None:
    cases = (
        made({"direct": 0.2, "bridge:en": 0.1, "bridge:es": 0.4}, {"en": 2, "es": 1}, "x", "de-id"),
        made(
            {"direct": 0.5, "bridge:en": 0.1, "bridge:es": 0.4},
            {"en": 1, "es": 2},
            "direct",
            "it-id",
        ),
    )
    (found,) = Validation(("typology:phonology",), cases).summaries
    assert found.regret.value == pytest.approx(0.15)
    assert found.over_direct.value == pytest.approx((-0.1 - 0.1) / 2)
    assert found.over_english.value == pytest.approx((0.0 + 0.3) / 2)
    assert found.tau.value == pytest.approx(0.0)
    assert found.hit.value == 0.5
    assert (found.direct.right, found.direct.times) == (1, 1)
    assert found.regret.interval is not None
    assert found.regret.interval.standard_error == pytest.approx(0.15)
    assert found.cost == Cost(246_912, 24_691_356)


@pytest.mark.parametrize("width", [WIDTH, 80])
def test_the_table_is_whole_in_eighty_columns(width: int) -> None:
    wide = {"direct": 0.0, "bridge:en": 1.0, "bridge:es": 0.0}
    other = {"direct": 1.0, "bridge:en": 0.0, "bridge:es": 1.0}
    cases = [
        made(wide, {"en": 1, "es": 2}, "x", "de-id"),
        made(other, {"en": 2, "es": 1}, "x", "it-id"),
    ]
    validation = Validation(("typology:phonology", "english"), tuple(cases))
    console = Console(width=width, file=io.StringIO(), record=True)
    print_validation(validation, console)
    lines = console.export_text().splitlines()
    table = lines[: next(at for at, each in enumerate(lines) if each.startswith("Chose: pairs"))]
    assert all(len(each.rstrip()) <= width for each in table)
    assert sum(each.startswith("english ") for each in table) == (1 if width == WIDTH else 2)
    rows = [each.split() for each in table if each.startswith("typology:phonology ")]
    assert [cell for row in rows for cell in row if cell != "typology:phonology"] == [
        "2/2",
        "100.0±0.0",
        "-50.0±98.0",
        "-50.0±98.0",
        "-1.00±0.00",
        "0.00",
        "—",
        "—",
        "—",
        "247k",
        "24.7M",
    ]
    assert any("es 2 (12345), en 1 (12345)" in each for each in lines)
    assert "…" not in "".join(table)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"pairs": ["de:id"]}, "'de:id' is no pair; write source-target"),
        ({"pairs": ["de-id-en"]}, "is no pair"),
        ({"pairs": []}, "at least one pair"),
        ({"choosers": ["enlish"]}, "Did you mean 'english'"),
        ({"tasks": ["bly"]}, "Did you mean 'bli'"),
        ({"tasks": ["mrc"]}, "--data"),
        ({"candidates": ["en", "de"]}, "at least two candidates"),
    ],
)
def test_bad_input_is_refused_before_the_model_is_found(more: dict[str, Any], message: str) -> None:
    request: dict[str, Any] = {"pairs": ["de-id"], "model": "no/such/model", **more}
    with pytest.raises(RequestError, match=message):
        validate(request.pop("pairs"), **request)


def test_folders_of_tasks() -> None:
    tasks = ["bli", "mrc", "nli"]
    assert _folders([], tasks) == {}
    assert _folders(["a"], tasks) == dict.fromkeys(tasks, "a")
    assert _folders(["mrc=b"], tasks) == {"mrc": "b"}
    assert _folders(["a", "mrc=b"], tasks) == {"bli": "a", "mrc": "b", "nli": "a"}
    assert _folders(["odd=a"], ["mrc"]) == {"mrc": "odd=a"}


def test_the_command_prints_and_writes(tiny_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "validation.json"
    words = ["--pairs", "de-id", "--choosers", "english,random", "--candidates", "en,es"]
    sizes = ["--items", "3", "--development", "2", "--dtype", "float32"]
    command = ["validate", *words, *sizes, "--model", str(tiny_folder), "--json", str(out)]
    result = RUNNER.invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "english" in result.stdout
    assert "de-id bli, 3 items: direct" in result.stdout
    values = json.loads(out.read_text(encoding="utf-8"))
    assert [each["chooser"] for each in values["summaries"]] == ["english", "random"]
    assert values["cases"][0]["choosers"]["english"]["verdict"]["kind"] == "clear"
    refused = RUNNER.invoke(app, ["validate", "--pairs", "de-id", "--choosers", "oracel"])
    assert refused.exit_code == 1
    assert "Did you mean 'oracle'" in refused.stderr
