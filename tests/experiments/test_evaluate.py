"""Strategies side by side, from Python and from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bridgex
from bridgex.api import Session
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.choosers import Choice, ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.choosers.recommend import recommend
from bridgex.cli import app
from bridgex.errors import RequestError
from bridgex.evaluation.run import Run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.significance import accuracy_difference, wilson
from bridgex.evaluation.strategies import DIRECT, Strategy, needs_recommendation, parse
from bridgex.experiments.prompt import BridgedPrompt
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.session import Cost, ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.split import split_words
from bridgex.tasks.topic import Topic
from bridgex.texts import sample_lexicon

RUNNER = CliRunner()
PAIR = find("id"), find("he")


def choice(kind: str, first: str = "de") -> Choice:
    scores = {code: Score(1.0 / at) for at, code in enumerate((first, "en", "fr"), 1)}
    verdict = Verdict(kind, (first,), "Why.")  # type: ignore[arg-type]
    ranking = BridgeRanking(("id", "he"), scores, (1, 2, 3), {}, {}, 0, {}, {}, verdict, 0.9)
    return Choice(ranking, "some", Cost())


def test_names_of_strategies() -> None:
    german = Strategy(find("de"))
    assert parse("direct", PAIR, None) == DIRECT
    assert parse(" bridge:German", PAIR, None) == german
    assert parse("replace:de", PAIR, None) == Strategy(find("de"), keep_source=False)
    assert parse("bridge:auto", PAIR, german) == german
    assert parse("replace:auto", PAIR, german) == Strategy(find("de"), keep_source=False)
    assert parse("replace:auto", PAIR, DIRECT) == DIRECT
    assert [str(each) for each in (DIRECT, german)] == ["direct", "bridge:de"]
    assert str(Strategy(find("de"), keep_source=False)) == "replace:de"
    assert needs_recommendation(["direct", "bridge:auto"])
    assert not needs_recommendation(["direct", "bridge:en"])
    for name, message in [
        ("bridge:he", "in the pair itself"),
        ("brigde:en", "Did you mean 'bridge:en'"),
        ("bridge", "no strategy"),
        ("bridge:", "no strategy"),
    ]:
        with pytest.raises(RequestError, match=message):
            parse(name, PAIR, None)


def asked(model: Path, store: Path, development: int = 20) -> ChooserInput:
    """What choosers of Indonesian and Hebrew words are given."""
    words = Bli.of_words(split_words(sample_lexicon(*PAIR)))
    task = replace(words, items=()).developing_on(development)
    session = ModelSession(str(model), dtype="float32", store=Store(store))
    candidates = tuple(find(code) for code in ("de", "en", "fr"))
    return ChooserInput(PAIR, candidates, session, task, task, task.probe)


class Trials:
    """Stands for the model: how many development items each way has right."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **right: int) -> None:
        self.right, self.tried, self.tasks = right, list[set[str]](), list[str]()
        monkeypatch.setattr("bridgex.choosers.development.run", self.run)

    def run(self, _session: ModelSession, task: Task, strategy: Strategy, **_more: object) -> Run:
        self.tried.append({each.context for each in task.items})
        self.tasks.append(task.name)
        right = self.right[strategy.bridge.code if strategy.bridge else "direct"]
        outcomes = tuple(
            Outcome(each.id, "", None, "", None, None, (), float(at < right), None)
            for at, each in enumerate(task.items)
        )
        return Run(strategy, outcomes, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "direct", "through", "advised"),
    [
        ("clear", 3, 8, "bridge:de"),
        ("tie", 3, 8, "bridge:de"),
        ("untested", 3, 8, "bridge:de"),
        ("clear", 3, 7, "direct"),
        ("clear", 5, 5, "direct"),
        ("clear", 6, 5, "direct"),
        ("undetermined", 0, 9, "direct"),
        ("no_evidence", 0, 9, "direct"),
    ],
)
def test_the_detour_must_be_worth_it(
    monkeypatch: pytest.MonkeyPatch,
    tiny_folder: Path,
    tmp_path: Path,
    kind: str,
    direct: int,
    through: int,
    advised: str,
) -> None:
    trials, given = Trials(monkeypatch, direct=direct, de=through), asked(tiny_folder, tmp_path)
    found = recommend(given, choice(kind))
    assert str(found.strategy) == advised
    developed = {each.context for each in given.task.development}
    assert all(words == developed for words in trials.tried)
    assert str(found).startswith(f"{advised}. some: {kind}. Why.")
    assert (found.gain is None) == (kind in {"undetermined", "no_evidence"})
    if found.gain is None:
        assert trials.tried == []
        assert str(found).endswith("No bridge is advised; go directly.")
    else:
        said = f"accuracy: {direct / 20:.1%} directly, {through / 20:.1%} through German."
        assert f"On 20 development items of bli, {said}" in str(found)


def test_the_first_of_equal_candidates_is_not_the_one_named_first(
    monkeypatch: pytest.MonkeyPatch, tiny_folder: Path, tmp_path: Path
) -> None:
    Trials(monkeypatch, direct=3, en=4, de=9)
    given = asked(tiny_folder, tmp_path)
    even = by_value("random", given, {"en": 1.0, "de": 1.0, "fr": 0.5}, why="is near")
    assert even.best == "en"
    found = recommend(given, Choice(even, "random", Cost()))
    assert str(found.strategy) == "bridge:de"
    assert "tie. en, de share the first place: each is near." in found.reason
    assert "15.0% directly, 20.0% through English, 45.0% through German" in found.reason


def test_too_few_items_of_a_task_are_replaced_by_words(
    monkeypatch: pytest.MonkeyPatch, tiny_folder: Path, tmp_path: Path
) -> None:
    trials, given = Trials(monkeypatch, direct=3, de=4), asked(tiny_folder, tmp_path)
    items = given.task.development
    for few, task in [(items[:7], "bli"), (items[:8], "topic")]:
        topic = Topic(source=PAIR[0], target=PAIR[1], items=(), development=few)
        recommend(replace(given, task=topic), choice("clear"))
        assert trials.tasks[-1] == task
    topic = replace(topic, development=items[:7])
    recommend(replace(given, task=topic, words=None), choice("clear"))
    assert trials.tasks[-1] == "topic"
    none = recommend(
        replace(given, task=replace(topic, development=()), words=None), choice("clear")
    )
    assert none.strategy == DIRECT
    assert none.reason.endswith(
        "There are no development items to try German on, so no bridge is advised."
    )


class Asking:
    """A chooser that keeps what it is given and cannot serve it."""

    name = "asking"
    inputs: ChooserInput | None = None

    def rank(self, inputs: ChooserInput) -> Choice:
        self.inputs = inputs
        raise RequestError("Only asking.")


@pytest.mark.parametrize("of", ["evaluate", "prompt", "validate"])
def test_a_chooser_never_sees_an_evaluated_word(tiny_folder: Path, tmp_path: Path, of: str) -> None:
    asking, words = Asking(), split_words(sample_lexicon(*PAIR))
    evaluated = {item.context: item.accepted for item in Bli.of_words(words).evaluated_on(9).items}
    session = Session(str(tiny_folder), dtype="float32", store=Store(tmp_path))
    nine = TaskSettings(items=9)
    if of == "validate":
        found = session.validate(
            ["id-he"], choosers=[asking], candidates=["de", "en"], asking=nine
        ).cases[0]
        assert found.gaps == {"asking": "Only asking."}
        assert list(found.chosen) == ["oracle"]
        asked_of = {outcome.prompt.split('"')[1] for outcome in found.results[0].outcomes}
        assert asked_of == set(evaluated)
    else:
        with pytest.raises(RequestError, match="Only asking"):
            if of == "prompt":
                session.prompt("id", "he", next(iter(evaluated)), chooser=asking)
            session.evaluate("id", "he", chooser=asking, asking=nine)
        assert session.loads == 0
    inputs = asking.inputs
    assert inputs is not None
    assert inputs.probe is not None
    assert inputs.words is not None
    assert inputs.task.items == inputs.words.items == ()
    kept = sample_lexicon(*PAIR).without_identical()[0].entries
    seen = [
        *inputs.probe.entries,
        *(each.context for each in inputs.words.development),
        *(each.context for each in inputs.task.development),
        *(each.context for each in inputs.task.examples),
    ]
    assert len(inputs.task.development) == 50
    assert set(evaluated).isdisjoint(seen)
    accepted = {each for some in evaluated.values() for each in some}
    assert accepted.isdisjoint(each for word in seen for each in kept[word])


def test_auto_may_be_chosen_otherwise(tiny_folder: Path, tmp_path: Path) -> None:
    session = Session(str(tiny_folder), device="cpu", dtype="float32", store=Store(tmp_path))

    def strategy(chooser: str, pair: tuple[str, str] = ("de", "id")) -> tuple[str, str]:
        found = session.evaluate(
            *pair,
            strategies=["direct", "bridge:auto"],
            chooser=chooser,
            candidates=["en", "es"],
            asking=TaskSettings(items=3),
        )
        assert found.provenance["chooser"] == chooser
        assert found.provenance["ranking"]["provenance"]["chooser"] == chooser
        return found.results[1].strategy, found.recommendation or ""

    chosen, why = strategy("english")
    assert chosen in {"direct", "bridge:en"}
    assert "english: untested. en is always chosen" in why
    assert "development: " in strategy("development")[1]
    with pytest.raises(RequestError, match="Did you mean 'english'"):
        strategy("enlish")
    with pytest.raises(RequestError, match="stands for several choosers; use one of typology:fam"):
        strategy("typology")
    with pytest.raises(RequestError, match="The oracle is no chooser"):
        strategy("oracle")


@pytest.fixture(scope="module")
def written(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line writes for one evaluation, run twice."""
    folder = tmp_path_factory.mktemp("evaluation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIDGEX_CACHE", str(folder / "cache"))
        patch.setenv("COLUMNS", "80")
        words = ["evaluate", "id", "he", "--model", str(tiny_folder), "--device", "cpu"]
        words += ["--dtype", "float32", "--items", "5", "--strategies"]
        words += ["direct,bridge:en,replace:fr", "--shots", "1"]
        words += ["--json", str(folder / "e.json"), "--items-out", str(folder / "items.jsonl")]
        for name in ("first.txt", "second.txt"):
            result = RUNNER.invoke(app, words)
            assert result.exit_code == 0, result.output
            (folder / name).write_text(result.stdout, encoding="utf-8")
    return folder


def test_what_is_printed(written: Path) -> None:
    printed = (written / "first.txt").read_text(encoding="utf-8")
    assert printed == (written / "second.txt").read_text(encoding="utf-8")
    evaluation = json.loads((written / "e.json").read_text(encoding="utf-8"))
    assert "bli, Indonesian–Hebrew, 5 items" in printed
    for result in evaluation["results"]:
        (row,) = [line for line in printed.splitlines() if line.startswith(f"{result['name']} ")]
        assert f"{100 * result['measures'][0]['value']:.1f} %" in row
        assert len(row.rstrip()) <= 80
        assert row.count("…") == 1  # of the interval: nothing is cut
    assert evaluation["signature"] in printed


def test_what_is_written(written: Path) -> None:
    evaluation = json.loads((written / "e.json").read_text(encoding="utf-8"))
    items = (written / "items.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in items.splitlines()]
    assert len(rows) == 15
    scores = {
        name: [row["score"] for row in rows if row["strategy"] == name]
        for name in ("direct", "bridge:en", "replace:fr")
    }
    for result in evaluation["results"]:
        own, bounds = scores[result["name"]], result["intervals"]["accuracy"]
        expected = wilson(int(sum(own)), 5)
        assert result["measures"][0]["value"] == sum(own) / 5
        assert (bounds["low"], bounds["high"]) == (expected.low, expected.high)
        assert set(result["differences"]) == {"direct", "bridge:en"} - {result["name"]}
        for rival, found in result["differences"].items():
            difference = accuracy_difference(own, scores[rival])
            assert found["accuracy"]["p_value"] == difference.p_value
            assert found["accuracy"]["value"] == difference.value
        problems = [row["problem"] for row in rows if row["strategy"] == result["name"]]
        assert result["problems"] == {each: problems.count(each) for each in set(problems) if each}
    for row in rows:
        assert {"item", "prompt", "pivot", "written", "answer", "accepted", "score"} <= set(row)
        assert row["problem"] in {"no_pivot", "too_long"} or row["prompt"]


def test_one_task_of_every_kind_of_answer(tiny_folder: Path, shared: Path, tmp_path: Path) -> None:
    for task, folder, pair, split in [
        ("topic", "sib200", ("he", "ar"), "dev"),
        ("translation", "flores200", ("fi", "zh"), None),
    ]:
        found = bridgex.evaluate(
            *pair,
            task=task,
            strategies=["direct", "bridge:en"],
            model=str(tiny_folder),
            texts=Texts(data=shared / "data" / folder, split=split),
            asking=TaskSettings(items=3),
            device="cpu",
            dtype="float32",
            store=Store(tmp_path),
        )
        assert found.items == 3
        assert [each.name for each in found.results] == ["direct", "bridge:en"]
        assert all(len(each.outcomes) == 3 for each in found.results)


def test_a_ready_prompt(tiny_folder: Path, tmp_path: Path) -> None:
    session = Session(str(tiny_folder), device="cpu", dtype="float32", store=Store(tmp_path))

    def ready(text: str, bridge: str, shots: int = 0) -> BridgedPrompt:
        return session.prompt("id", "he", text, bridge=bridge, asking=TaskSettings(shots=shots))

    assert ready("api", bridge="direct").text == 'Indonesia:"api"→עִברִית:'
    chain = ready("api", bridge="fr")
    assert chain.text == f'Indonesia:"api"→Français:"{chain.pivot}"→עִברִית:'
    text = ready("Saya makan\nnasi.", bridge="direct")
    assert text.text == "Indonesia: Saya makan nasi.\nעִברִית:"
    shown = ready("api", bridge="direct", shots=2).text.split("\n")
    assert len(shown) == 3
    assert shown[-1] == 'Indonesia:"api"→עִברִית:'
    with pytest.raises(RequestError, match="no text"):
        ready(" \n", bridge="direct")
    with pytest.raises(RequestError, match="8 solved examples for Indonesian–Hebrew; use --shots"):
        ready("api", bridge="direct", shots=20)


@pytest.mark.parametrize(
    ("code", "text", "word"),
    [
        ("fr", "l'eau", True),
        ("he", "בית ספר", True),
        ("ja", "コミュニケーション", True),
        ("zh", "火", True),
        ("zh", "我想去北京看一看长城", True),
        ("zh", "我想明天去北京看一看长城", False),
        ("zh", "我吃。", False),
        ("ar", "نعم، شكرا", False),
        ("en", "take off your hat", False),
    ],
)
def test_a_word_is_told_from_a_text(tiny_folder: Path, code: str, text: str, word: bool) -> None:
    source, target = find(code), find("fi")
    prompted = bridgex.prompt(code, "fi", text, bridge="direct", model=str(tiny_folder)).text
    chain, sentence = f'{source.endonym}:"{text}"→', f"{source.endonym}: {text}\n"
    assert prompted.removeprefix(chain if word else sentence) == f"{target.endonym}:"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evaluate", "id", "id"], "both Indonesian"),
        (["evaluate", "id", "id", "--task", "translation"], "both Indonesian"),
        (["evaluate", "id", "he", "--scoring", "bytes"], "'sum', 'per_token'"),
        (["evaluate", "id", "he", "--scoring", "sum"], "bli has no options to score"),
        (["evaluate", "id", "he", "--task", "mcr"], "Did you mean 'mrc'"),
        (["evaluate", "id", "he", "--task", "mrc"], "--data"),
        (["evaluate", "id", "he", "--strategies", "bridge:he"], "in the pair itself"),
        (["evaluate", "id", "he", "--strategies", "brigde:en"], "Did you mean 'bridge:en'"),
        (["evaluate", "id", "he", "--answer", "guess"], "'likelihood' or 'generate'"),
        (["evaluate", "id", "he", "--prompt", "mine"], "'default', 'lm-eval' or 'paper'"),
        (["evaluate", "id", "he", "--prompt", "lm-eval"], "bli has no prompts in the style lm-ev"),
        (["evaluate", "id", "he", "--instruction-language", "id"], "'target', 'source', 'bridge'"),
        (["evaluate", "id", "he", "--instruction-language", "english"], "prompts of bli have no"),
        (["evaluate", "id", "he", "--candidates", "en"], "at least two candidates"),
        (["evaluate", "id", "he", "--lexicon", "not-there.txt"], "not-there.txt"),
        (["prompt", "id", "he", ""], "no text"),
        (["prompt", "id", "he", "api", "--bridge", "he"], "in the pair itself"),
        (["prompt", "id", "id", "api"], "both Indonesian"),
    ],
)
def test_bad_input_is_one_sentence(words: list[str], message: str) -> None:
    result = RUNNER.invoke(app, words)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.strip().splitlines()
    assert message in line
    assert line.endswith((".", "…"))


def test_a_composed_dictionary_is_named_in_the_signature(tiny_folder: Path, tmp_path: Path) -> None:
    ours = sample_lexicon(find("id"), find("en")), sample_lexicon(find("en"), find("he"))
    for lexicon in ours:
        pairs = [f"{word}\t{to}\n" for word, targets in lexicon.entries.items() for to in targets]
        (tmp_path / f"{lexicon.source}-{lexicon.target}.txt").write_text("".join(pairs), "utf-8")
    found = Session(str(tiny_folder), device="cpu", dtype="float32").evaluate(
        "id",
        "he",
        strategies=["direct"],
        texts=Texts(lexicon=(tmp_path,)),
        asking=TaskSettings(items=2),
    )
    assert " composed through en (" in found.signature
    (step,) = (each for each in found.provenance["texts"]["steps"] if "composed" in each)
    assert step in found.signature
