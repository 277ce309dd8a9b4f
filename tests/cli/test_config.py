"""``--config`` and ``--set``: what wins, and what is wrong in a file, with its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from bridgex.cli import app
from tests.cli.running import RUNNER, Asked, misused, refused


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "options.toml"


def written(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    return ["rank", "id", "he", "--config", str(file)]


def test_scalars_lists_switches_and_tables(file: Path, asked: Asked) -> None:
    given = asked(
        *written(
            file,
            'candidates = ["en", "de"]\n'
            "sentences = 9\n"
            'lexicon = ["a.txt", "b.txt"]\n'
            "convert-chinese = true\n"
            "without_universal = true\n"
            "special = false\n"
            "rate = 0.2\n"
            'sequences = "windows"\n'
            'set = ["bridges.kernel=linear"]\n'
            "[data]\n"
            'bli = "here"\n'
            "[endonym]\n"
            'id = "Indonesia"\n'
            "[limit]\n"
            "expansion = 200\n"
            "[bridges]\n"
            "level = 0.95\n"
            "band = [0.25, 0.5]\n"
            "[selection]\n"
            'method = "lape"\n'
            "[probe]\n"
            "shots = 3\n",
        )
    )
    assert given["candidates"] == ["en", "de"]
    texts, settings = given["texts"], given["settings"]
    assert texts.budget.sentences == 9
    assert [str(path) for path in texts.lexicon] == ["a.txt", "b.txt"]
    assert (texts.convert_chinese, dict(texts.endonyms)) == (True, {"id": "Indonesia"})
    assert (texts.limits.expansion, texts.limits.pairs) == (200, 20_000_000)
    assert str(texts.data) == "bli=here"  # no task of that name is asked for by rank
    assert settings.sequences == "windows"
    assert settings.selection.without_universal
    assert not settings.special
    assert (settings.selection.rate, settings.selection.method) == (0.2, "lape")
    assert (settings.bridges.level, settings.bridges.kernel) == (0.95, "linear")
    assert settings.bridges.band == (0.25, 0.5)
    assert settings.probe.shots == 3


def test_a_table_of_folders_is_by_task(file: Path, asked: Asked) -> None:
    written(file, 'tasks = ["bli", "mrc"]\npairs = "id-he"\n[data]\nbli = "a"\nmrc = "b"\n')
    given = asked("validate", "--config", str(file))
    assert given["tasks"] == ["bli", "mrc"]
    assert given["given"] == (["id-he"],)
    assert given["texts"].data == {"bli": Path("a"), "mrc": Path("b")}


@pytest.mark.parametrize(
    ("text", "words", "field", "expected"),
    [
        ("seed = 1", [], "bridges.seed", 1),
        ("seed = 1", ["--seed", "2"], "bridges.seed", 2),
        ("seed = 1", ["--set", "bridges.seed=3"], "bridges.seed", 3),
        ("[bridges]\nseed = 1", ["--seed", "2"], "bridges.seed", 2),
        ("seed = 4\n[bridges]\nseed = 1", [], "bridges.seed", 4),
        ("[bridges]\nlevel = 0.8", ["--set", "bridges.level=0.95"], "bridges.level", 0.95),
        ("[bridges]\nlevel = 0.8", ["--set", "bridges.seed=3"], "bridges.level", 0.8),
        ('set = "bridges.level=0.8"', ["--set", "bridges.seed=3"], "bridges.level", 0.8),
        ("rate = 0.2", ["--count", "9"], "selection.rate", None),
        ("rate = 0.2", ["--count", "9"], "selection.count", 9),
        ("count = 9", ["--set", "selection.rate=0.2"], "selection.rate", 0.2),
        ("[selection]\ncount = 9", ["--rate", "0.2"], "selection.count", None),
        ('preset = "paper"', [], "probe.pooling", "mean"),
        ('preset = "paper"', ["--preset", "default"], "probe.pooling", "last"),
        ("[probe]\nshots = 4", ["--shots", "0"], "probe.shots", 0),
        ("special = true", [], "probe.special", True),
        ("", ["--special"], "special", True),
        ("", ["--chat"], "probe.chat", True),
    ],
)
def test_the_command_line_wins_field_by_field(
    file: Path, asked: Asked, text: str, words: list[str], field: str, expected: Any
) -> None:
    value = asked(*written(file, text), *words)["settings"]
    for part in field.split("."):
        value = getattr(value, part)
    assert value == expected


def test_shots_of_a_task_are_not_those_of_the_probe(file: Path, asked: Asked) -> None:
    written(file, "shots = 2\nchat = true\n[probe]\nshots = 4\n")
    given = asked("evaluate", "id", "he", "--config", str(file))
    assert (given["asking"].shots, given["asking"].chat) == (2, True)
    assert (given["settings"].probe.shots, given["settings"].probe.chat) == (4, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = 1\nsentence = 9", "line 2: there is no option 'sentence'. Did you mean 'sent"),
        ("seed = 1\n\n[brigdes]\nlevel = 1", "line 3: there is no option 'brigdes'. Did you mean"),
        ("[probe]\nshots = 1\n[bridges]\nshots = 1", "line 4: there is no option 'shots'."),
        ("[bridges]\nlevl = 0.9", "line 2: there is no option 'levl'. Did you mean 'level'?"),
        ("\nbridges.levl = 0.9", "line 2: there is no option 'levl'. Did you mean 'level'?"),
        ("seed = 1\nbridges = {levl = 0.9}", "line 2: there is no option 'levl'."),
        ('set = ["bridges.levl=1"]', "line 1: there is no option 'bridges.levl'. Did you mean"),
        ("seed = 1\n[set]", "line 2: set = {} sets nothing"),
        ('set = ["bridges.level"]', "line 1: set = bridges.level sets nothing; write it as"),
        ("\nseed = 'x'", "line 2: seed cannot be 'x': input should be a valid integer"),
        ("seed = 1.5", "line 1: seed cannot be 1.5: input should be a valid integer"),
        ("rate = []", "line 1: rate cannot be []: input should be a valid number"),
        ("special = 1", "line 1: special = 1 must be true or false."),
        ("seed = true", "line 1: seed = True must be text, a number or a list of them."),
        ("corpus = 2026-01-01", "corpus = 2026-01-01 must be text, a number or a list of them."),
        ("lexicon = [true]", "lexicon = [True] must be text, a number or a list of them."),
        ("[limit]\nsize = 1.5", "must be a table of texts or whole numbers."),
        ("[data]\nbli = ['a']", "must be a table of texts or whole numbers."),
        ("[rate]\nx = 1", "line 1: rate = {'x': 1} must be a value, not a table."),
        ("config = 'x'", "line 1: there is no option 'config'."),
        ("source = 'id'", "line 1: there is no option 'source'."),
        ("a = = b", "options.toml is not TOML: "),
        ("seed = 1\nseed = 2", "options.toml is not TOML: "),
        ("a = " + "[" * 5000, "options.toml is not TOML: "),
        ("'\x1b[2J' = 1", "options.toml is not TOML: "),
        ('"\\u001b[2J" = 1', "there is no option '\\x1b[2J'."),
    ],
)
def test_what_is_wrong_in_a_file_is_one_message(file: Path, text: str, message: str) -> None:
    shown = misused(*written(file, text))
    assert message in shown
    assert shown.startswith(f"Invalid value for '--config': {file}")
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bridges]\nlevel = 1.5", "bridges.level cannot be 1.5: input should be less than 1."),
        ("rate = 7", "selection.rate cannot be 7.0: input should be less than"),
        ("[selection]\nrate = 0.1\ncount = 9", "give one of them"),
        ("[selection]\nmethod = 'x'", "There is no selection method 'x'. Use top, lape or lift."),
        ("[bridges]\nlevel = []", "bridges.level cannot be []: input should be a valid number."),
    ],
)
def test_a_setting_out_of_range_names_file_and_field(file: Path, text: str, message: str) -> None:
    sentence = refused(*written(file, text))
    assert sentence.startswith(f"Error: {file}: ")
    assert message in sentence


def test_a_file_that_cannot_be_read(tmp_path: Path, file: Path) -> None:
    command = ["rank", "id", "he", "--config"]
    assert "cannot be read (no such file or directory)" in misused(*command, str(file))
    assert "is not a file; name a TOML file" in misused(*command, str(tmp_path))
    assert "is not a file; name a TOML file" in misused(*command, "/dev/zero")
    file.write_bytes(b"\xff\xfe")
    assert "is not TOML, which is text in UTF-8" in misused(*command, str(file))
    file.write_bytes(b"#" * 2**21)
    assert "is too large" in misused(*command, str(file))
    assert "cannot be read" in misused(*command, "\x1b[2J.toml")
    assert "\x1b" not in misused(*command, "\x1b[2J.toml")


def test_a_byte_order_mark_is_no_key(file: Path, asked: Asked) -> None:
    written(file, "\ufeffseed = 5\n")
    assert asked("rank", "id", "he", "--config", str(file))["settings"].bridges.seed == 5


def test_commands_share_a_file(file: Path, asked: Asked) -> None:
    words = written(file, 'tasks = ["bli"]\npermutations = 9\nitems = 3\n[bridges]\nlevel = 0.8\n')
    assert asked(*words)["settings"].bridges.level == 0.8
    assert asked("spectrum", "--config", str(file))["permutations"] == 9
    listed = RUNNER.invoke(app, ["list", "tasks", "--config", str(file), "--json", "-"])
    assert json.loads(listed.stdout)[0]["task"] == "bli"


@pytest.mark.parametrize(
    "words",
    [
        ["rank", "id", "he"],
        ["spectrum"],
        ["evaluate", "id", "he"],
        ["prompt", "id", "he", "api"],
        ["validate", "--pairs", "id-he"],
    ],
)
def test_every_command_takes_every_setting(words: list[str], asked: Asked) -> None:
    changes = ["--set", "bridges.level=0.95", "--set", "probe.words = 60", "--seed", "7"]
    settings = asked(*words, *changes, "--set", "bridges.level=0.8")["settings"]
    assert (settings.bridges.level, settings.probe.words, settings.bridges.seed) == (0.8, 60, 7)
    assert "Did you mean 'bridges.level'?" in refused(*words, "--set", "bridges.levle=1")
    assert "Did you mean 'selection.rate'?" in refused(*words, "--set", "selection.rat=1")
    assert "sets nothing; write it as --set" in refused(*words, "--set", "bridges.level")
    assert "bridges.level cannot be '2'" in refused(*words, "--set", "bridges.level=2")
    assert "--set bridges.seed and --seed are one setting; give one of them." in refused(
        *words, "--set", "bridges.seed=1", "--seed", "1"
    )
    assert "give one of them" in refused(*words, "--rate", "0.1", "--count", "9")
