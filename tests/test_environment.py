"""What an installation says of itself."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import bridgex
from bridgex.cli import app
from bridgex.environment import EXTRAS, SECRETS, VARIABLES, commit, environment
from bridgex.version import __version__
from tests.cli.running import RUNNER


def test_facts_are_those_of_this_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGEX_CACHE", str(tmp_path))
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a").write_bytes(bytes(1000))
    facts = environment()
    assert facts["bridgex"] == __version__
    assert facts["libraries"]["torch"] == metadata.version("torch")
    assert torch.device(facts["device"]).type == facts["device"].partition(":")[0]
    assert isinstance(getattr(torch, facts["dtype"]), torch.dtype)
    assert facts["cache"] == {"folder": str(tmp_path), "bytes": 1000}


def test_a_cache_that_is_not_there_yet_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGEX_CACHE", str(tmp_path / "none"))
    assert environment()["cache"]["bytes"] == 0


def test_the_extras_are_those_of_the_package() -> None:
    page = (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8")
    declared = set(tomllib.loads(page)["project"]["optional-dependencies"])
    assert set(EXTRAS) == declared - {"docs", "test", "dev"}


def test_every_environment_variable_that_the_sources_read_is_in_the_table() -> None:
    house = Path(bridgex.__file__).parent
    sources = {path: path.read_text("utf-8") for path in house.rglob("*.py")}
    read = {
        name
        for text in sources.values()
        for name in re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", text)
    }
    named = set(re.findall(r"\b(?:BRIDGEX|HF|SBATCH)_[A-Z_]+\b", "\n".join(sources.values())))
    assert read - {"WINDIR"} <= set(VARIABLES)
    assert named <= set(VARIABLES)
    assert set(SECRETS) <= set(VARIABLES)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            '{"url": "x", "vcs_info": {"vcs": "git", "commit_id": "0123456789abcdef"}}',
            "0123456789ab",
        ),
        ('{"url": "x", "dir_info": {"editable": true}}', ""),
        ("{", ""),
        (None, ""),
    ],
)
def test_the_commit_is_what_pip_recorded(
    record: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bridgex.environment.__file__", str(tmp_path / "a" / "b" / "environment.py")
    )
    recorded = SimpleNamespace(read_text=lambda _name: record)
    monkeypatch.setattr(metadata, "distribution", lambda _name: recorded)
    assert commit() == expected


def test_the_commit_of_a_checkout_is_what_git_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(
        "bridgex.environment.__file__", str(tmp_path / "a" / "b" / "environment.py")
    )
    asked = []

    def run(words: tuple[str, ...], **_how: object) -> SimpleNamespace:
        asked.append(words)
        return SimpleNamespace(stdout="0a1b2c3-dirty\n")

    monkeypatch.setattr("bridgex.environment.subprocess.run", run)
    assert commit() == "0a1b2c3-dirty"
    assert str(tmp_path) in asked[0]
    monkeypatch.setattr("bridgex.environment.subprocess.run", no_git)
    assert commit() == ""


def no_git(*_words: object, **_how: object) -> None:
    raise FileNotFoundError("git")


def test_a_missing_extra_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRAS, "chinese", ("no_such_module",))
    shown = RUNNER.invoke(app, ["info"])
    assert shown.exit_code == 0, shown.output
    assert "Not installed: pip install 'bridgex[chinese" in shown.stdout
    printed = json.loads(RUNNER.invoke(app, ["info", "--json", "-"]).stdout)
    assert printed["extras"]["chinese"] is False
    assert printed["extras"]["gguf"] is environment()["extras"]["gguf"]


def test_the_citation_names_this_version() -> None:
    citation = (Path(__file__).parents[1] / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {__version__}\n" in citation
