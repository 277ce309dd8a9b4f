"""``bridgex list``, and the names that help texts know without loading what they name."""

import json
from pathlib import Path

import pytest

from bridgex.choosers import CHOOSERS
from bridgex.cli import app, registered
from bridgex.languages import PAPER_LANGUAGES
from bridgex.tasks import TASKS
from tests.cli.running import RUNNER, misused, refused


def test_the_names_in_help_texts_are_those_of_the_registries() -> None:
    assert TASKS.names == registered.TASKS
    assert set(registered.CHOOSERS) == {"internal", *CHOOSERS.names}
    assert registered.tasks_help().endswith(", topic or translation")


@pytest.mark.parametrize(
    ("what", "key", "names"),
    [
        ("tasks", "task", list(TASKS)),
        ("choosers", "chooser", list(CHOOSERS)),
        ("languages", "code", [language.code for language in PAPER_LANGUAGES]),
    ],
)
def test_what_is_listed(what: str, key: str, names: list[str], tmp_path: Path) -> None:
    rows = json.loads(RUNNER.invoke(app, ["list", what, "--json", "-"]).stdout)
    assert [row[key] for row in rows] == names
    assert all(all(row.values()) for row in rows)
    file = tmp_path / "list.json"
    shown = RUNNER.invoke(app, ["list", what, "--json", str(file)])
    assert json.loads(file.read_text("utf-8")) == rows
    assert [line.split()[0] for line in shown.stdout.splitlines()] == names
    assert RUNNER.invoke(app, ["list", what]).stdout == shown.stdout


def test_models_lists_every_family_and_why_some_are_refused() -> None:
    printed = RUNNER.invoke(app, ["list", "models", "--json", "-"])
    families = {row["family"]: row for row in json.loads(printed.stdout)}
    assert families["llama"] == {
        "family": "llama",
        "kind": "gated",
        "proof": "proved by a test",
    }
    assert families["mamba"]["kind"] == "refused"
    assert families["mamba"]["proof"]
    assert "families can be read" in printed.stderr
    lines = RUNNER.invoke(app, ["list", "models"]).stdout.splitlines()
    assert len(lines) == len(families)


def test_what_cannot_be_listed(tmp_path: Path) -> None:
    assert "'task' is not one of 'tasks', 'choosers'" in misused("list", "task")
    missing = RUNNER.invoke(app, ["list"])
    assert missing.exit_code == 2
    assert "Missing argument 'what'" in missing.stderr
    assert "choosers" in missing.stderr
    assert "is a folder; name a file in it" in refused("list", "tasks", "--json", str(tmp_path))
