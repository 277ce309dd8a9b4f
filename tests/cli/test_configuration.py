"""``bridgex config``: what is in force, where it came from, and that it is a file for --config."""

import tomllib
from pathlib import Path

import pytest

from bridgex.analysis.settings import RankSettings, preset, settings_fields
from bridgex.cli import app
from tests.cli.running import RUNNER


def shown(*words: str) -> str:
    done = RUNNER.invoke(app, ["config", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def origins(text: str) -> dict[str, str]:
    """Dotted name of what is shown → where it came from."""
    group, found = "", {}
    for line in text.splitlines():
        if line.startswith("["):
            group = f"{line.strip('[]')}."
        elif "  # " in line:
            name, _, rest = line.partition(" = ")
            found[group + name] = rest.rpartition("  # ")[2]
    return found


def test_each_value_has_its_origin(tmp_path: Path) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(
        'preset = "paper"\ncorpus = "flores"\nrate = 0.02\n[bridges]\nlevel = 0.8\nseed = 1\n',
        encoding="utf-8",
    )
    text = shown(
        "--config", str(file), "--seed", "3", "--set", "probe.words=60", "--dtype", "float32"
    )
    found = origins(text)
    assert found["bridges.level"] == found["selection.rate"] == found["corpus"] == str(file)
    assert found["bridges.seed"] == found["probe.words"] == found["dtype"] == "command line"
    assert found["bridges.measure"] == found["sequences"] == "preset paper"
    assert found["bridges.kernel"] == found["model"] == "default"
    values = tomllib.loads(text)
    assert values["bridges"]["seed"] == 3
    assert values["corpus"] == "flores"


def test_what_is_shown_is_a_file_that_gives_the_same(tmp_path: Path) -> None:
    file = tmp_path / "shown.toml"
    words = ("--preset", "paper", "--lexicon", "a.tsv", "--lexicon", 'b"\\.tsv', "--special")
    first = shown(*words)
    file.write_text(first, encoding="utf-8")
    values = tomllib.loads(shown("--config", str(file)))
    assert values == tomllib.loads(first)
    groups = {name: values.pop(name) for name in ("selection", "probe", "bridges")}
    given = {each: values[each] for each in ("sequences", "special")}
    special = {"special": True, "probe.special": True}
    assert RankSettings(**groups, **given) == preset("paper").changed(special)


def test_every_setting_is_shown() -> None:
    text = shown()
    assert all(name.rpartition(".")[2] in text for name in settings_fields())


def test_variables_are_shown_and_secrets_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEX_API_KEY", "do-not-print")
    monkeypatch.setenv("BRIDGEX_CACHE_MAX", "20GB\x1b[2J\nrate = 1")
    text = shown()
    assert "do-not-print" not in text
    assert "# BRIDGEX_API_KEY = (hidden)" in text
    assert "# BRIDGEX_CACHE_MAX = 20GB\\x1b[2J\\nrate = 1" in text
    tomllib.loads(text)
