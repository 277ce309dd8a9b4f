"""Help: instant, whole at 80 columns, in the order a user meets the commands."""

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.models import OptionInfo

from bridgex import __version__
from bridgex.cli import app
from bridgex.cli.app import COMMANDS
from tests.cli.running import RUNNER, misused

PAGES = [
    [],
    *([name] for name in COMMANDS),
    *(["data", name] for name in ("list", "get", "check")),
    *(["neurons", name] for name in ("export", "convert")),
    *([name, "lm-eval"] for name in ("export", "import")),
]
SWITCHES = ("--debug", "--help", "--version", "--convert-chinese", "--special", "--chat")


def page(*words: str) -> str:
    shown = RUNNER.invoke(app, [*words, "--help"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0, shown.output
    return shown.stdout


@pytest.mark.parametrize(("commit", "shown"), [("", ""), ("0a1b2c3", " (commit 0a1b2c3)")])
def test_version(commit: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.environment.commit", lambda: commit)
    assert RUNNER.invoke(app, ["--version"]).stdout == f"bridgex {__version__}{shown}\n"


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = "{'torch', 'transformers', 'pydantic', 'numpy', 'scipy', 'httpx2', 'huggingface_hub'}"
    code = (
        "import sys, bridgex, bridgex.cli\n"
        f"heavy = {heavy} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_commands_are_in_the_order_a_user_meets_them() -> None:
    panel = page().partition("Commands")[2]
    names = [match[1] for match in re.finditer(r"^│ ([\w-]+)", panel, re.MULTILINE)]
    assert names == list(COMMANDS)


@pytest.mark.parametrize("words", PAGES, ids=" ".join)
def test_a_page_reads_well_at_80_columns(words: list[str]) -> None:
    lines = page(*words).splitlines()
    assert all(len(line) <= 80 for line in lines)
    for line in lines:
        assert not re.search(r"<(bool|list\[|.*range)", line.split("  [")[0]) or "x>=" in line
        for switch in SWITCHES:
            assert not re.search(rf"{switch}\b.*<", line)
    options = re.findall(r"^│ +(?:\* +)?(--[\w-]+)", "\n".join(lines), re.MULTILINE)
    assert len(options) == len(set(options))
    assert "--help" in options


def test_every_option_is_explained() -> None:
    for words in PAGES:
        for line in page(*words).splitlines():
            if match := re.match(r"│ +(?:\* +)?(--[\w-]+)(.*)│$", line):
                assert re.search(r"[A-Za-z]{3}", re.sub(r"<[^>]*>|-h\b", "", match[2])), line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnk"], "No such command 'rnk'. Did you mean 'rank'?"),
        (["\x1b[2J\u202e"], "No such command '\\x1b[2J\\u202e'."),
        (["rank", "id", "he", "x\x1b[2J\u202e"], "(x\\x1b[2J\\u202e)"),
        (["rank", "id", "he", "--sett"], "No such option: --sett"),
        (["rank", "id", "he", "--\x1b]0;x\x07"], "No such option: --\\x1b]0;x\\x07"),
        (["rank", "id"], "Missing argument 'target'."),
        (["rank", "id", "he", "--seed", "x"], "Invalid value for '--seed'"),
        (["list", "\x1b[2J\udcff"], "\\x1b[2J\\udcff"),
    ],
)
def test_a_misuse_is_one_message_whose_words_are_shown(words: list[str], message: str) -> None:
    shown = misused(*words)
    assert message in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def outputs() -> Iterator[tuple[str, OptionInfo]]:
    """Command and parameter of every file or folder that is written."""
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    for command in [each for group in groups if group for each in group.registered_commands]:
        assert command.callback is not None
        for parameter in inspect.signature(command.callback).parameters.values():
            for option in getattr(parameter.annotation, "__metadata__", ()):
                if isinstance(option, OptionInfo) and (option.help or "").startswith("Write "):
                    yield f"{command.callback.__name__} {parameter.name}", option


def test_what_is_written_need_not_be_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = dict(outputs())
    assert {"rank json", "demo json", "spectrum csv", "evaluate items_out"} <= found.keys()
    assert {"list_known json", "list_sources json"} <= found.keys()
    assert [name for name, option in found.items() if option.readable] == []
    real = os.access
    monkeypatch.setattr(  # whoever runs the tests may be allowed everything
        os, "access", lambda path, mode, **more: mode != os.R_OK and real(path, mode, **more)
    )
    (tmp_path / "list.json").write_text("")
    done = RUNNER.invoke(app, ["list", "tasks", "--json", str(tmp_path / "list.json")])
    assert done.exit_code == 0, done.output
    assert "bli" in (tmp_path / "list.json").read_text(encoding="utf-8")
