"""Strategies side by side, from Python and from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bridgex
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.cli import app
from bridgex.comparison import accuracy_difference, wilson
from bridgex.errors import RequestError
from bridgex.languages import find
from bridgex.progress import silent
from bridgex.prompting import BridgedPrompt
from bridgex.recommendation import recommend, recommended
from bridgex.running import Run
from bridgex.stages import Stages
from bridgex.store import Store
from bridgex.strategies import DIRECT, Strategy, needs_recommendation, parse
from bridgex.tasks.base import Outcome
from bridgex.tasks.bli import bli
from bridgex.tasks.split import split_words
from bridgex.texts import Lexicon, sample_lexicon

RUNNER = CliRunner()
PAIR = find("id"), find("he")


def ranking(kind: str, first: str = "de") -> BridgeRanking:
    scores = {code: Score(1.0) for code in (first, "en", "fr")}
    verdict = Verdict(kind, (first,), "Why.")  # type: ignore[arg-type]
    return BridgeRanking(("id", "he"), scores, (1, 2, 3), {}, {}, 0, {}, {}, verdict)


def test_names_of_strategies() -> None:
    german = Strategy(find("de"))
    assert parse("direct", PAIR, None) == DIRECT
    assert parse(" bridge:German", PAIR, None) == german
    assert parse("replace:de", PAIR, None) == Strategy(find("de"), beside=False)
    assert parse("bridge:auto", PAIR, german) == german
    assert parse("replace:auto", PAIR, german) == Strategy(find("de"), beside=False)
    assert parse("replace:auto", PAIR, DIRECT) == DIRECT
    assert [str(each) for each in (DIRECT, german)] == ["direct", "bridge:de"]
    assert str(Strategy(find("de"), beside=False)) == "replace:de"
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


@pytest.mark.parametrize(
    ("kind", "direct", "through", "advised"),
    [
        ("clear", 3, 5, "bridge:de"),
        ("tie", 3, 5, "bridge:de"),
        ("clear", 5, 5, "direct"),
        ("clear", 6, 5, "direct"),
        ("undetermined", 0, 9, "direct"),
    ],
)
def test_the_detour_must_be_worth_it(
    monkeypatch: pytest.MonkeyPatch, kind: str, direct: int, through: int, advised: str
) -> None:
    task = bli(split_words(sample_lexicon(*PAIR)), items=20)
    tried: list[set[str]] = []

    def fake(stages: Stages, task: object, strategy: Strategy, **more: object) -> Run:
        items = task.items  # type: ignore[attr-defined]
        tried.append({each.context for each in items})
        right = direct if strategy == DIRECT else through
        outcomes = tuple(
            Outcome(each.id, "", None, "", None, None, (), float(at < right), None)
            for at, each in enumerate(items)
        )
        return Run(strategy, outcomes, 0, 0, 0)

    monkeypatch.setattr("bridgex.recommendation.run", fake)
    found = recommend(None, ranking(kind), task)  # type: ignore[arg-type]
    assert str(found.strategy) == advised
    evaluated = {each.context for each in task.items}
    assert all(words and evaluated.isdisjoint(words) for words in tried)
    assert str(found).startswith(f"{advised}. ")


def test_the_ranking_never_sees_an_evaluated_word(monkeypatch: pytest.MonkeyPatch) -> None:
    words, seen = split_words(sample_lexicon(*PAIR)), list[Lexicon]()

    def fake(*_pair: str, lexicon: Lexicon, **_more: object) -> BridgeRanking:
        seen.append(lexicon)
        return ranking("undetermined")

    monkeypatch.setattr("bridgex.recommendation.rank", fake)
    stages = Stages(None, Store(), silent)  # type: ignore[arg-type]
    recommended(stages, words, dictionaries={})
    evaluated = words.parts.test.entries
    assert set(evaluated).isdisjoint(seen[0].entries)
    accepted = {each for some in evaluated.values() for each in some}
    assert accepted.isdisjoint(each for some in seen[0].entries.values() for each in some)


@pytest.fixture(scope="module")
def written(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line writes for one evaluation, run twice."""
    folder = tmp_path_factory.mktemp("evaluation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIDGEX_CACHE", str(folder / "cache"))
        patch.setenv("COLUMNS", "150")
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
        (row,) = [line for line in printed.splitlines() if line.startswith(f"│ {result['name']} ")]
        assert f"{100 * result['measures'][0]['value']:.1f} %" in row
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
        assert {"item", "prompt", "via", "written", "answer", "accepted", "score"} <= set(row)
        assert row["problem"] in {"no rendering", "too long"} or row["prompt"]


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
            data=shared / "data" / folder,
            split=split,
            items=3,
            device="cpu",
            dtype="float32",
            store=Store(tmp_path),
        )
        assert found.items == 3
        assert [each.name for each in found.results] == ["direct", "bridge:en"]
        assert all(len(each.outcomes) == 3 for each in found.results)


def test_a_ready_prompt(tiny_folder: Path, tmp_path: Path) -> None:
    def ready(text: str, **more: object) -> BridgedPrompt:
        return bridgex.prompt(
            "id",
            "he",
            text,
            model=str(tiny_folder),
            device="cpu",
            dtype="float32",
            store=Store(tmp_path),
            **more,  # type: ignore[arg-type]
        )

    assert ready("api", bridge="direct").text == 'Indonesia:"api"→עִברִית:'
    chain = ready("api", bridge="fr")
    assert chain.text == f'Indonesia:"api"→Français:"{chain.rendering}"→עִברִית:'
    text = ready("Saya makan\nnasi.", bridge="direct")
    assert text.text == "Indonesia: Saya makan nasi.\nעִברִית:"
    shown = ready("api", bridge="direct", shots=2).text.split("\n")
    assert len(shown) == 3
    assert shown[-1] == 'Indonesia:"api"→עִברִית:'
    with pytest.raises(RequestError, match="no text"):
        ready(" \n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evaluate", "id", "id"], "both Indonesian"),
        (["evaluate", "id", "he", "--task", "mcr"], "Did you mean 'mrc'"),
        (["evaluate", "id", "he", "--task", "mrc"], "--data"),
        (["evaluate", "id", "he", "--strategies", "bridge:he"], "in the pair itself"),
        (["evaluate", "id", "he", "--strategies", "brigde:en"], "Did you mean 'bridge:en'"),
        (["evaluate", "id", "he", "--answer", "guess"], "likelihood or generate"),
        (["evaluate", "id", "he", "--prompt", "mine"], "default or paper"),
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
