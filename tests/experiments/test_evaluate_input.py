"""Bad input and bad answers, from the command line: named or counted, never dropped in silence."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridgex.cli import app
from bridgex.lm import generate as generation
from bridgex.lm.backend import Generated
from bridgex.tasks.split import is_development
from tests.experiments.made import write_belebele

RUNNER = CliRunner()
PASSAGES = [
    each
    for each in (f"Die Katze Nummer {at} schläft." for at in range(40))
    if not is_development(each)
]


def write(folder: Path, passages: Sequence[str] = PASSAGES[:5], **changed: Any) -> Path:
    return write_belebele(folder, passages, **changed)


def words(data: Path, model: object, *more: str) -> list[str]:
    command = ["evaluate", "de", "en", "--task", "mrc", "--data", str(data), "--model", str(model)]
    return [*command, "--dtype", "float32", "--strategies", "direct,bridge:fr", *more]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"mc_answer3": None}, "line 1: no field 'mc_answer3'"),
        ({"correct_answer_num": "5"}, "correct_answer_num is '5', none of 1, 2, 3, 4"),
        ({"correct_answer_num": None}, "correct_answer_num is 'None', none of 1, 2, 3, 4"),
    ],
)
def test_a_damaged_item_is_named(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    result = RUNNER.invoke(app, words(write(tmp_path, **changed), "no/model"))
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_language_that_the_benchmark_lacks_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    for pair in (("de", "he"), ("he", "de")):
        command = ["evaluate", *pair, "--task", "mrc", "--data", str(tmp_path)]
        result = RUNNER.invoke(app, command)
        assert result.exit_code == 1
        assert "no file for Hebrew" in result.stderr
        assert "it has de, en." in result.stderr
    validated = RUNNER.invoke(
        app, ["validate", "--pairs", "de-en,de-he", "--tasks", "mrc", "--data", str(tmp_path)]
    )
    assert validated.exit_code == 1
    assert "no file for Hebrew" in validated.stderr


def test_nothing_left_to_evaluate_is_said(tmp_path: Path) -> None:
    passages = [each for each in (f"Text {at}" for at in range(99)) if is_development(each)]
    result = RUNNER.invoke(app, words(write(tmp_path, passages), "no/model"))
    assert result.exit_code == 1
    assert "No item of mrc is left to evaluate for German–English" in result.stderr


def test_bad_answers_are_counted_and_reported(
    tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["", "la la la la la la la la la la", "none of them", "B"]

    def generate(_model: Any, prompts: Sequence[object], *, on_result: Any, **_more: Any) -> None:
        for at, text in enumerate(said[: len(prompts)]):
            on_result(at, Generated(text))

    monkeypatch.setattr(generation, "generate", generate)
    data = write(tmp_path, [*PASSAGES[:4], PASSAGES[4] + " " * 3 + "x" * 1200])
    out, lines = tmp_path / "e.json", tmp_path / "items.jsonl"
    files = ["--json", str(out), "--items-out", str(lines)]
    result = RUNNER.invoke(app, words(data, tiny_folder, "--answer", "generate", *files))
    assert result.exit_code == 0, result.output
    assert "mrc, German–English, 5 items" in result.stdout
    counted = "Problems: direct: 1 empty, 1 repeats, 1 too long, 1 unreadable"
    assert counted in result.stdout
    bridged = "bridge:fr: 1 empty, 1 no pivot, 1 repeats, 1 too long, 1 unreadable"
    assert bridged in result.stdout
    direct, through = json.loads(out.read_text(encoding="utf-8"))["results"]
    assert direct["measures"][0]["value"] == 1 / 5
    assert sum(direct["problems"].values()) == 4
    assert sum(through["problems"].values()) == 5
    kept = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [each["problem"] for each in kept[:5]] == [
        "empty",
        "repeats",
        "unreadable",
        None,
        "too_long",
    ]
    assert [each["score"] for each in kept[:5]] == [0, 0, 0, 1, 0]
    assert kept[0]["written"] == ""


def evaluated(folder: Path, data: Path, *asked: str) -> tuple[dict[str, Any], str]:
    out = folder / "e.json"
    command = ["evaluate", *asked, "--data", str(data), "--dtype", "float32", "--json", str(out)]
    result = RUNNER.invoke(app, command)
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text(encoding="utf-8")), result.stdout


def test_a_task_in_one_language_is_the_baseline_of_others(
    tmp_path: Path, tiny_folder: Path
) -> None:
    data = write(tmp_path / "data")
    asked = ["--task", "mrc", "--model", str(tiny_folder)]
    found, shown = evaluated(tmp_path, data, "de", "de", *asked)
    assert found["pair"] == ["de", "de"]
    assert [each["strategy"] for each in found["results"]] == ["direct", "bridge:en"]
    assert "mrc, German–German, 5 items" in shown
    english, _ = evaluated(tmp_path, data, "en", "en", *asked)
    assert [each["strategy"] for each in english["results"]] == ["direct"]
    refused = RUNNER.invoke(
        app, ["evaluate", "de", "de", *asked, "--data", str(data), "--strategies", "bridge:auto"]
    )
    assert refused.exit_code == 1
    assert "both German" in refused.stderr


def test_the_files_of_a_benchmark_are_in_the_result(tmp_path: Path, tiny_folder: Path) -> None:
    data = write(tmp_path / "data")
    asked = ["--task", "mrc", "--model", str(tiny_folder), "--strategies", "direct"]
    found, _ = evaluated(tmp_path, data, "de", "en", *asked)
    files = ["deu_Latn.jsonl", "eng_Latn.jsonl"]
    whole = hashlib.sha256(b"".join((data / name).read_bytes() for name in files)).hexdigest()
    texts = found["provenance"]["texts"]
    assert (texts["name"], texts["files"], texts["digest"]) == ("belebele", files, whole)
    assert texts["licence"] == "not stated in the files"
    assert f" · belebele {whole[:8]} · 5 items · " in found["signature"]


def test_a_sample_of_items_is_drawn_by_the_seed(tmp_path: Path, tiny_folder: Path) -> None:
    data = write(tmp_path / "data", PASSAGES)

    def drawn(*more: str) -> tuple[set[str], str]:
        asked = ["--task", "mrc", "--model", str(tiny_folder), "--strategies", "direct", *more]
        found, _ = evaluated(tmp_path, data, "de", "en", *asked)
        outcomes = found["results"][0]["outcomes"]
        return {each["item"] for each in outcomes}, found["provenance"]["task"]

    few, digest = drawn("--items", "4")
    assert few < drawn("--items", "8")[0]
    assert len(few) == 4
    assert drawn("--items", "4") == (few, digest)
    other = drawn("--items", "4", "--seed", "1")
    assert other[0] != few
    assert other[1] != digest
    assert drawn("--items", "999") == drawn()
