"""Results on the terminal: the answer first, little or much of the rest, files beside it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from bridgex.cli import app
from bridgex.report.explain import explain
from bridgex.result import Result
from tests.cli.running import RUNNER
from tests.report.made import ablation, evaluation, ranking, spectrum, validation

COMMANDS: dict[str, tuple[list[str], Result]] = {
    "rank": (["rank", "id", "zh"], ranking()),
    "spectrum": (["spectrum"], spectrum(("zh", "fr", "it", "he"))),
    "evaluate": (["evaluate", "id", "he"], evaluation()),
    "validate": (["validate", "--pairs", "id-he,de-it"], validation()),
    "ablate": (["ablate", "id", "he"], ablation()),
}


def shown(name: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    given, result = COMMANDS[name]
    monkeypatch.setattr(f"bridgex.api.Session.{name}", lambda *_given, **_named: result)
    environment = {"COLUMNS": "80", "NO_COLOR": "1"}
    done = RUNNER.invoke(app, [*given, *words], env=environment)
    assert done.exit_code == 0, done.output
    return done


@pytest.mark.parametrize("name", COMMANDS)
def test_the_answer_comes_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(shown(name, monkeypatch).stdout.split())
    assert text.startswith(explain(COMMANDS[name][1]).answer)
    assert "Signature" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_quiet_is_the_answer_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = shown(name, monkeypatch, "-q")
    assert " ".join(done.stdout.split()) == explain(COMMANDS[name][1]).answer
    assert done.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_verbose_says_what_would_change_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "What would change it" not in shown(name, monkeypatch).stdout
    assert "What would change it" in shown(name, monkeypatch, "-v").stdout


@pytest.mark.parametrize("name", ["rank", "evaluate", "validate", "ablate"])
def test_the_table_is_written_as_csv(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    shown(name, monkeypatch, "--csv", str(path))
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len(COMMANDS[name][1].rows())
    alone = shown(name, monkeypatch, "--csv", "-")
    assert alone.stdout == path.read_text("utf-8")
    assert "Signature" in alone.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_json_on_standard_output_is_alone_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = shown(name, monkeypatch, "--json", "-")
    assert json.loads(done.stdout)["kind"] == COMMANDS[name][1].kind
    assert "Signature" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_tables_fit_80_columns_without_colour(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(name, monkeypatch).stdout.splitlines()
    assert "\x1b" not in "".join(lines)
    facts = ("Note: ", "Signature: ", "Layers", "Verdict: ", "unsure", "internal", "Named a bridge")
    for line in lines:
        assert len(line.rstrip()) <= 80 or ": " in line or line.startswith(facts), line


def test_columns_of_validate_are_words(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown("validate", monkeypatch).stdout
    for word in ("Over", "direct", "English", "Kendall's", "generated", "95 % interval"):
        assert word in text
    assert "− direct" not in text
    assert "Small regret is good" in text
