"""What an installation says of itself."""

import json
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import torch

from bridgex.cli import app
from bridgex.environment import EXTRAS, environment
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
    assert set(EXTRAS) == declared - {"test", "dev"}


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
