"""A validation from Python and from the command line, on a tiny random model."""

import errno
import io
import itertools
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

import bridgex
from bridgex.analysis.settings import preset
from bridgex.api import Session
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.choosers import Choice, ChooserInput
from bridgex.cli import app
from bridgex.cli.request import folders
from bridgex.errors import RequestError, StoreError, TextError
from bridgex.evaluation.results import StrategyResult
from bridgex.evaluation.run import Run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.significance import Bounds
from bridgex.evaluation.strategies import Strategy
from bridgex.experiments.case import BEST_BRIDGE, BEST_PER_ITEM, Case, Chosen
from bridgex.experiments.measures import judge
from bridgex.experiments.validate import differs_significantly
from bridgex.experiments.validation import Validation
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.report.files import write_json
from bridgex.report.validation import print_validation
from bridgex.session import Cost, ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.tasks.outcomes import Measure, Outcome
from bridgex.texts import fold, sample_lexicon
from tests.experiments.made import write_belebele

RUNNER = CliRunner()
CHOOSERS = ("english", "random", "development", "chain_likelihood", "latent_language")
EVERYONE = (*CHOOSERS, "oracle")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


def session_of(folder: Path, store: Store) -> Session:
    return Session(str(folder), dtype="float32", store=store)


def small(folder: Path, store: Store, *pairs: str, **more: Any) -> Validation:
    request = {
        "choosers": CHOOSERS,
        "candidates": ["en", "es", "it"],
        "asking": TaskSettings(items=6),
        "development": 8,
    }
    return session_of(folder, store).validate(pairs, **{**request, **more})


def test_every_chooser_is_held_against_every_bridge(tiny_folder: Path, store: Store) -> None:
    found = small(tiny_folder, store, "de-id", "en-fr")
    first, second = found.cases
    assert list(first.accuracy) == ["direct", "bridge:en", "bridge:es", "bridge:it"]
    assert list(second.accuracy) == ["direct", "bridge:es", "bridge:it"]
    assert (first.items, first.development) == (6, 8)
    assert set(first.chosen) == set(EVERYONE)
    assert list(second.gaps) == ["english"]
    assert "not among the candidates of en-fr" in second.gaps["english"]
    assert found.choosers == EVERYONE
    assert [each.chooser for each in found.summaries] == list(EVERYONE)
    english = found.summaries[0]
    assert english.pairs == 1
    assert english.gaps == {"en-fr": second.gaps["english"]}
    assert english.regret.interval is None
    for result in first.results:
        assert first.accuracy[result.strategy] == sum(each.score for each in result.outcomes) / 6
    oracle = first.chosen["oracle"]
    for code, score in oracle.ranking.scores.items():
        assert score.value == first.accuracy[f"bridge:{code}"]
    assert oracle.cost == Cost()
    regrets = [each.regret.value for each in found.summaries if each.chooser == "oracle"]
    assert regrets in ([0.0], [None])
    values = json.loads(json.dumps(found.to_dict()))
    chosen = values["cases"][0]["chosen"]
    scores = chosen["latent_language"]["ranking"]["scores"]
    assert scores["es"]["items"] == first.chosen["latent_language"].ranking.scores["es"].items
    assert chosen["development"]["cost"]["generated"] > 0
    assert Validation.from_dict(values) == found


def test_nothing_is_run_twice(tiny_folder: Path, store: Store) -> None:
    small(tiny_folder, store, "de-id")
    computed = list(store.computed)
    again = small(tiny_folder, store, "de-id", choosers=(*CHOOSERS, "typology:family"))
    assert store.computed == computed
    evaluated = session_of(tiny_folder, store).evaluate(
        "de", "id", strategies=["direct", "bridge:es"], asking=TaskSettings(items=6)
    )
    assert store.computed == computed
    for result in evaluated.results:
        assert again.cases[0].accuracy[result.strategy] == result.measures[0].value


def test_a_pair_and_a_task_under_two_names_are_one(tiny_folder: Path, store: Store) -> None:
    found = small(
        tiny_folder,
        store,
        "de-id",
        "deu-Indonesian",
        choosers=["english", "english"],
        tasks=["bli", Bli],
    )
    assert [case.name for case in found.cases] == [(("de", "id"), "bli")]
    assert found.choosers == ("english", "oracle")
    assert found.summaries[0].pairs == 1


def test_internal_says_what_its_settings_were(tiny_folder: Path, store: Store) -> None:
    own = preset("demo").changed({"selection.rate": 0.05, "bridges.null_draws": 9})
    texts = Texts(budget=Budget(sentences=20))
    name = "internal:demo[selection.rate=0.05,bridges.null_draws=9]"
    found = small(
        tiny_folder,
        store,
        "de-id",
        choosers=["internal", "internal:demo"],
        texts=texts,
        settings=own,
        asking=TaskSettings(items=2),
    )
    (case,) = found.cases
    assert found.choosers == (name, "internal:demo", "oracle")
    assert list(case.chosen) == [name, "internal:demo", "oracle"]
    assert case.chosen[name].ranking.signature != case.chosen["internal:demo"].ranking.signature
    assert "top 5 %" in case.chosen[name].ranking.signature
    assert found.settings["settings"] == name.removeprefix("internal:")
    evaluated = session_of(tiny_folder, store).evaluate(
        "de",
        "id",
        strategies=["bridge:auto"],
        candidates=["en", "es", "it"],
        texts=texts,
        settings=own,
        asking=TaskSettings(items=2),
    )
    assert evaluated.provenance["chooser"] == name
    assert f"{name}: " in (evaluated.recommendation or "")
    shown = printed(found).splitlines()
    assert f"internal:demo[…]: {name}" in shown
    assert sum(line.startswith("internal:demo[…] ") for line in shown) == 2  # rows of two tables
    assert all(len(line.rstrip()) <= 80 for line in shown[: shown.index("")])
    assert evaluated.provenance["ranking"]["signature"] == case.chosen[name].ranking.signature


def printed(validation: Validation, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    print_validation(validation, console)
    return console.export_text()


class Failing:
    """A chooser that fails with an error."""

    name = "failing"

    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    def rank(self, inputs: ChooserInput) -> Choice:
        raise self.problem


def test_storage_that_fails_ends_a_validation(tiny_folder: Path, store: Store) -> None:
    full = StoreError("The cache cannot be written (no space left on device); free some.")
    with pytest.raises(StoreError, match="no space left"):
        small(tiny_folder, store, "de-id", choosers=["english", Failing(full)])


def test_a_full_disk_in_the_middle_of_a_chooser_ends_a_validation(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, request = Store(tmp_path), {"asking": TaskSettings(items=3), "choosers": ["english"]}
    small(tiny_folder, store, "de-id", development=0, **request)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bridgex.storage.items._append", full)
    with pytest.raises(StoreError, match=r"(?i)no space left"):
        small(tiny_folder, store, "de-id", **{**request, "choosers": ["development"]})


def test_choosers_that_cannot_serve_are_named_and_the_rest_loads(
    tiny_folder: Path, store: Store, tmp_path: Path
) -> None:
    failing = Failing(TextError("It knows no German."))
    found = small(tiny_folder, store, "de-id", choosers=[failing, "english", "random"])
    (case,) = found.cases
    assert case.gaps == {"failing": "It knows no German."}
    assert list(case.chosen) == ["english", "random", "oracle"]
    path = tmp_path / "validation.json"
    write_json(found, path)
    loaded = Validation.load(path)
    assert loaded == bridgex.load(path) == found
    assert loaded.summaries[0].gaps == {"de-id": "It knows no German."}
    assert loaded.summaries[0].regret.value is None
    assert printed(loaded) == printed(found)
    assert "de-id bli, failing left out: It knows no German." in printed(loaded)


def test_a_chooser_without_words_is_a_gap_that_says_why(tiny_folder: Path, tmp_path: Path) -> None:
    """A dictionary that does not serve the pair is named; the benchmark goes on without it."""
    passages = [f"Die Katze Nummer {at} schläft." for at in range(40)]
    data, words = write_belebele(tmp_path / "belebele", passages), tmp_path / "words"
    words.mkdir()
    (words / "fr-it.txt").write_text("feu\tfuoco\n" * 3, encoding="utf-8")
    found = small(
        tiny_folder,
        Store(tmp_path / "store"),
        "de-en",
        tasks=["mrc"],
        choosers=["latent_language", "random"],
        candidates=["es", "it"],
        texts=Texts(data=data, lexicon=(words,)),
    )
    assert list(found.cases[0].gaps) == ["latent_language"]
    (note,) = found.notes
    assert note.startswith("de-en: ")
    assert str(words) in note
    assert note.endswith("Choosers that look at words cannot serve this pair.")


class Listening:
    """A chooser that notes what it is given, from then on every prompt, and serves nobody."""

    name = "listening"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.asked: list[str] = []
        self.inputs: ChooserInput | None = None

    def rank(self, inputs: ChooserInput) -> Choice:
        self.inputs = inputs
        for name in ("generate", "score", "latent"):
            self.monkeypatch.setattr(ModelSession, name, self.heard(getattr(ModelSession, name)))
        raise TextError("Only listening.")

    def heard(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(session: ModelSession, prompts: Sequence[Any], *rest: Any, **more: Any) -> Any:
            self.asked += [getattr(each, "text", each) for each in prompts]
            return method(session, prompts, *rest, **more)

        return call


def test_no_evaluated_word_was_a_development_or_probe_word(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Listening(monkeypatch)
    choosers = [listening, "development", "chain_likelihood", "latent_language"]
    found = small(tiny_folder, Store(tmp_path), "de-id", choosers=choosers)
    case, inputs = found.cases[0], listening.inputs
    assert case.gaps == {"listening": "Only listening."}
    assert list(case.chosen) == ["development", "chain_likelihood", "latent_language", "oracle"]
    assert inputs is not None
    assert inputs.probe is not None
    assert inputs.words is not None
    assert inputs.task.items == inputs.words.items == ()
    german, indonesian = inputs.pair
    tried = {prompt.split('"')[1] for prompt in listening.asked}
    evaluated = {each.item: each.accepted for each in case.results[0].outcomes}
    probed = inputs.probe.entries
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
    assert differs_significantly(task, {code: accuracy[code] for code in ("en", "es")}, runs)
    assert not differs_significantly(task, accuracy, runs)


def made(accuracy: dict[str, float], chosen: dict[str, float], advice: str, pair: str) -> Case:
    """A case of which only accuracies and one chooser's scores matter."""
    results = tuple(
        StrategyResult(
            *(name, name, (Measure("accuracy", value),)),
            {"accuracy": Bounds(value, value)},
            {},
            {},
            None,
            (),
        )
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
        0.9,
    )
    bridges = {code: accuracy[f"bridge:{code}"] for code in chosen}
    judgement = judge(
        ranking,
        bridges,
        direct=accuracy["direct"],
        differs_significantly=True,
        direct_advised=advice == "direct",
    )
    said = Chosen(ranking, advice, judgement, Cost(123_456, 12_345_678))
    return Case(
        "a model",
        (source, target),
        "bli",
        "accuracy",
        "digest",
        9,
        9,
        results,
        {"typology:phonology": said},
        {},
        {"direct": Cost(9, 90)},
        {BEST_BRIDGE: max(bridges.values()), BEST_PER_ITEM: 1.0},
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
    (found,) = Validation(("typology:phonology",), cases, {}).summaries
    assert found.regret.value == pytest.approx(0.15)
    assert found.over_direct.value == pytest.approx((-0.1 - 0.1) / 2)
    assert found.over_english.value == pytest.approx((0.0 + 0.3) / 2)
    assert found.tau.value == pytest.approx(0.0)
    assert found.hit.value == 0.5
    assert (found.direct.right, found.direct.times) == (1, 1)
    assert found.regret.interval is not None
    assert found.regret.interval.standard_error == pytest.approx(0.15)
    reach = 12.706204736432095 * 0.15  # Student's t with one degree of freedom
    assert found.regret.interval.high - 0.15 == pytest.approx(reach)
    assert found.cost == Cost(246_912, 24_691_356)


WIDE = 130


@pytest.mark.parametrize("width", [WIDE, 80])
def test_the_table_is_whole_in_eighty_columns(width: int) -> None:
    wide = {"direct": 0.0, "bridge:en": 1.0, "bridge:es": 0.0}
    other = {"direct": 1.0, "bridge:en": 0.0, "bridge:es": 1.0}
    cases = [
        made(wide, {"en": 1, "es": 2}, "x", "de-id"),
        made(other, {"en": 2, "es": 1}, "x", "it-id"),
    ]
    validation = Validation(("typology:phonology", "english"), tuple(cases), {})
    lines = printed(validation, width).splitlines()
    table = lines[: next(at for at, each in enumerate(lines) if each.startswith("Named a bridge:"))]
    assert all(len(each.rstrip()) <= width for each in table)
    assert sum(each.startswith("english ") for each in table) == (1 if width == WIDE else 2)
    rows = [each.split() for each in table if each.startswith("typology:phonology ")]
    assert [cell for row in rows for cell in row if cell != "typology:phonology"] == [
        "2/2",
        "100.0±0.0",
        "-50.0±635.3",
        "-50.0±635.3",
        "-1.00±0.00",
        "0.00",
        "1.00",
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
        ({"pairs": ["de:id"]}, "'de:id' is not a language pair; write source-target"),
        ({"pairs": ["de-id-en"]}, "is not a language pair"),
        ({"pairs": ["de-deu"]}, "both German"),
        ({"pairs": []}, "at least one pair"),
        ({"choosers": ["enlish"]}, "Did you mean 'english'"),
        ({"choosers": ["oracle"]}, "The oracle is no chooser"),
        ({"choosers": []}, "one chooser"),
        ({"tasks": ["bly"]}, "Did you mean 'bli'"),
        ({"tasks": ["mrc"]}, "--data"),
        ({"candidates": ["en", "de"]}, "at least two candidates"),
        ({"asking": TaskSettings(shots=20)}, "8 solved examples for German–Indonesian; use --sh"),
    ],
)
def test_bad_input_is_refused_before_the_model_is_found(more: dict[str, Any], message: str) -> None:
    request: dict[str, Any] = {"pairs": ["de-id"], "model": "no/such", **more}
    with pytest.raises(RequestError, match=message):
        bridgex.validate(request.pop("pairs"), **request)


def test_folders_of_tasks() -> None:
    tasks = ["bli", "mrc", "nli"]
    a, b = Path("a"), Path("b")
    assert folders([], tasks) is None
    assert folders(["a"], tasks) == a
    assert folders(["mrc=b"], tasks) == {"mrc": b}
    assert folders(["a", "mrc=b"], tasks) == {"bli": a, "mrc": b, "nli": a}
    assert folders(["odd=a"], ["mrc"]) == Path("odd=a")
    for given, message in [
        (["a", "b"], "--data names 2 folders for all tasks (a, b)"),
        (["mrc=a", "mrc=b"], "--data names two folders for mrc"),
    ]:
        with pytest.raises(RequestError, match=re.escape(message)):
            folders(given, tasks)


def test_two_folders_are_refused_on_the_command_line() -> None:
    words = ["validate", "--pairs", "de-id", "--tasks", "bli,mrc", "--data", "a", "--data", "b"]
    result = RUNNER.invoke(app, words)
    assert result.exit_code == 1
    assert "--data names 2 folders for all tasks (a, b); write TASK=FOLDER" in result.stderr


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
    names = [each["chooser"] for each in values["derived"]["summaries"]]
    assert names == ["english", "random", "oracle"]
    assert values["cases"][0]["chosen"]["english"]["ranking"]["verdict"]["kind"] == "untested"
    refused = RUNNER.invoke(app, ["validate", "--pairs", "de-id", "--choosers", "oracle"])
    assert refused.exit_code == 1
    assert "The oracle is no chooser" in refused.stderr


def test_strategies_and_bounds_stand_beside_the_choosers(tiny_folder: Path, store: Store) -> None:
    asked = ["vote:auto", "vote:direct@50+es@50", "replace:es"]
    found = small(tiny_folder, store, "de-id", "en-fr", choosers=["random"], strategies=asked)
    again = small(tiny_folder, store, "de-id", "en-fr", choosers=["random"])
    first = found.cases[0]
    names = ["direct", "bridge:en", "bridge:es", "bridge:it", *asked]
    assert [each.name for each in first.results] == names
    assert first.chosen == again.cases[0].chosen
    single = first.results[:4]
    assert first.bounds == {
        BEST_BRIDGE: max(each.value for each in single[1:]),
        BEST_PER_ITEM: sum(
            max(each.outcomes[at].score for each in single) for at in range(first.items)
        )
        / first.items,
    }
    assert again.cases[0].bounds == first.bounds
    vote = first.costs["vote:direct@50+es@50"]
    assert vote == first.costs["direct"] + first.costs["bridge:es"]
    summaries = {each.strategy: each for each in found.strategies}
    assert list(summaries) == [*names, BEST_BRIDGE, BEST_PER_ITEM]
    assert summaries["bridge:en"].pairs == 1
    assert summaries["vote:auto"].pairs == 2
    assert summaries[BEST_PER_ITEM].cost is None
    gains = [case.bounds[BEST_PER_ITEM] - case.accuracy["direct"] for case in found.cases]
    assert summaries[BEST_PER_ITEM].over_direct.value == pytest.approx(sum(gains) / 2)
    text = printed(found, 80)
    assert BEST_PER_ITEM in text
    assert "vote:auto" in text
    assert Validation.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_auto_is_no_strategy_to_validate(tiny_folder: Path, store: Store) -> None:
    with pytest.raises(RequestError, match="leave it out of --strategies"):
        small(tiny_folder, store, "de-id", strategies=["bridge:auto"])
