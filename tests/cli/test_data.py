"""``bridgex data``: what is printed, asked and refused."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bridgex.cli import app
from bridgex.data.catalogue import SOURCES
from bridgex.languages import find
from bridgex.texts import read_corpus, read_lexicon
from tests.cli.running import RUNNER, refused
from tests.data.test_archives import tar_of
from tests.published import Published


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's own copy of two MUSE files."""
    folder = tmp_path / "my copy"
    folder.mkdir()
    (folder / "en-fr.txt").write_text("one un\n")
    (folder / "fr-en.txt").write_text("un one\n")
    return folder


def register(own: Path, data: Path, *more: str) -> str:
    words = ["data", "get", "muse", "--from", str(own), "--to", str(data), *more]
    result = RUNNER.invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_names_every_source_and_what_is_here(own: Path, own_cache: Path) -> None:
    before = RUNNER.invoke(app, ["data", "list"], env={"COLUMNS": "200"})
    assert before.exit_code == 0
    register(own, own_cache / "data", "--accept-licence")
    after = RUNNER.invoke(app, ["data", "list"], env={"COLUMNS": "200"}).stdout
    for source in SOURCES:
        rows = [line for line in after.splitlines() if line.startswith(f"│ {source.name} ")]
        assert len(rows) == 1
        cells = [cell.strip() for cell in rows[0].strip("│").split("│")]
        assert cells[1] == source.kind
        assert cells[4:6] == [source.licence, "no" if source.noncommercial else "yes"]
        assert cells[6] == ("2 files" if source.name == "muse" else "no")
    assert "2 files" not in before.stdout


def test_list_as_json(own: Path, tmp_path: Path) -> None:
    register(own, tmp_path / "data", "--accept-licence")
    result = RUNNER.invoke(app, ["data", "list", "--json", "-", "--in", str(tmp_path / "data")])
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert list(rows) == [source.name for source in SOURCES]
    assert rows["muse"]["noncommercial"] is True
    assert rows["muse"]["here"]["files"] == 2
    assert rows["muse"]["here"]["bytes"] == 14
    assert rows["muse"]["here"]["accepted"]
    assert rows["xcopa"]["here"] is None


def test_list_as_a_json_file(own: Path, tmp_path: Path) -> None:
    """As elsewhere: ``--json`` takes a file, and what is for people is printed as well."""
    file, words = tmp_path / "sources.json", ["data", "list", "--in", str(tmp_path / "data")]
    register(own, tmp_path / "data", "--accept-licence")
    result = RUNNER.invoke(app, [*words, "--json", str(file)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "panlex-bli" in result.stdout
    printed = RUNNER.invoke(app, [*words, "--json", "-"], env={"COLUMNS": "200"})
    assert json.loads(file.read_text("utf-8")) == json.loads(printed.stdout)
    assert "panlex-bli" in printed.stderr
    assert "is a folder" in refused(*words, "--json", str(tmp_path))
    assert not Path("-").exists()


@pytest.mark.parametrize("size", ["0", "-1", "many", "inf", "nan"])
def test_a_limit_that_is_none(size: str) -> None:
    result = RUNNER.invoke(app, ["data", "get", "xcopa", "--max-size", size])
    assert result.exit_code == 2
    assert "--max-size" in result.stderr


def test_the_option_that_raises_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.data.limits.GIB", 10_000)
    own, data = tmp_path / "own", tmp_path / "data"
    own.mkdir()
    text = b"one\n" * 50_000
    tar_of(own / "flores200_dataset.tar.gz", {"x/devtest/heb_Hebr.devtest": text})
    words = ["data", "get", "flores200", "--from", str(own), "--to", str(data), "--max-size"]
    assert "raise the limit with --max-size" in refused(*words, "19")
    assert RUNNER.invoke(app, [*words, "21"]).exit_code == 0
    assert (data / "flores200" / "devtest" / "heb_Hebr.devtest").read_bytes() == text


def test_get_prints_an_argument_that_works(own: Path, tmp_path: Path) -> None:
    printed = register(own, tmp_path / "my data", "--accept-licence")
    (line,) = [each for each in printed.splitlines() if each.startswith("For bridgex rank: ")]
    option, path = shlex.split(line.removeprefix("For bridgex rank: "))
    assert option == "--lexicon"
    lexicon = read_lexicon(path, find("en"), find("fr"))
    assert lexicon.entries == {"one": ("un",)}
    assert (lexicon.provenance.name, lexicon.provenance.licence) == ("MUSE", "CC BY-NC 4.0")


def test_get_of_a_corpus_prints_the_folder_to_read(published: Published, tmp_path: Path) -> None:
    copy = str(published.folder / "flores200")
    words = ["data", "get", "flores200", "--from", copy, "--to", str(tmp_path)]
    printed = RUNNER.invoke(app, words).stdout
    assert f"--corpus {tmp_path}/flores200/devtest" in printed
    corpus = read_corpus(tmp_path / "flores200" / "devtest", find("he"))
    assert len(corpus.sentences) == published.sentences
    assert corpus.provenance.licence == "CC BY-SA 4.0"
    assert corpus.provenance.name == "FLORES-200"


def test_a_licence_is_asked_for_at_a_terminal_only(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["data", "get", "muse", "--from", str(own), "--to", str(tmp_path / "data")]
    assert "accept it with --accept-licence" in refused(*words)
    monkeypatch.setattr("bridgex.cli.data._at_a_terminal", lambda: True)
    no = RUNNER.invoke(app, words, input="n\n")
    assert no.exit_code == 1
    assert "CC BY-NC 4.0, which forbids commercial use. Accept?" in no.stderr
    assert not (tmp_path / "data" / "muse" / "en-fr.txt").exists()
    yes = RUNNER.invoke(app, words, input="y\n")
    assert yes.exit_code == 0, yes.output
    again = RUNNER.invoke(app, words)
    assert again.exit_code == 0
    assert "Accept?" not in again.stderr


def test_check(own: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    register(own, data, "--accept-licence")
    words = ["data", "check", "--in", str(data)]
    for command in (words, [*words[:2], "muse", *words[2:]]):
        good = RUNNER.invoke(app, command)
        assert (good.exit_code, good.stdout) == (0, "muse: 2 of 2 files are as locked\n")
    (data / "muse" / "en-fr.txt").write_text("one deux\n")
    (data / "muse" / "fr-en.txt").unlink()
    bad = RUNNER.invoke(app, words)
    assert bad.exit_code == 1
    assert bad.stdout == "muse: 0 of 2 files are as locked\n"
    assert f"muse: {data}/muse/en-fr.txt is altered: 9 bytes instead of 7\n" in bad.stderr
    assert f"muse: {data}/muse/fr-en.txt is missing\n" in bad.stderr
    (data / "muse" / "en-fr.txt").write_text("two un\n")
    assert "SHA-256 is not the locked one" in RUNNER.invoke(app, words).stderr


def test_check_of_a_parallel_corpus_compares_its_lines(tmp_path: Path) -> None:
    copy, data = tmp_path / "copy", tmp_path / "data"
    (copy / "devtest").mkdir(parents=True)
    for code in ("heb_Hebr", "pes_Arab"):
        (copy / "devtest" / f"{code}.devtest").write_text("a\nb\n")
    words = ["data", "get", "flores200", "--from", str(copy), "--to", str(data)]
    assert RUNNER.invoke(app, words).exit_code == 0
    check = ["data", "check", "--in", str(data)]
    good = RUNNER.invoke(app, check)
    assert (good.exit_code, good.stdout.splitlines()[1:]) == (
        0,
        ["flores200: 2 languages, each with the same 2 sentences"],
    )
    assert "raise that limit (--limit size=4," in refused(*check, "--limit", "size=2")
    (copy / "devtest" / "ind_Latn.devtest").write_text("a\nb\nc\n")
    assert RUNNER.invoke(app, words).exit_code == 0
    message = refused(*check)
    assert "as many lines as each other" in message
    assert "ind_Latn.devtest has 3" in message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["get", "mus"], "Did you mean 'muse'?"),
        (["check", "mus"], "Did you mean 'muse'?"),
        (["check", "muse"], "fetch it with 'bridgex data get muse'"),
        (["check"], "fetch it with 'bridgex data get NAME'"),
        (["get", "xcopa", "--from", "nowhere"], "no folder with files in it"),
        (["get", "xcopa", "--from", ".", "--languages", "id"], "a copy is taken whole"),
        (["get", "xcopa", "--languages", "Hebrw"], "Did you mean 'Hebrew'?"),
    ],
)
def test_wrong_input(words: list[str], message: str) -> None:
    assert message in refused("data", *words)


def test_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEX_OFFLINE", "1")
    assert "BRIDGEX_OFFLINE is set" in refused("data", "get", "xcopa")


def test_help_imports_nothing_of_the_network() -> None:

    code = (
        "import sys, bridgex.cli\n"
        "heavy = {'httpx2', 'huggingface_hub', 'bridgex.data.catalogue'} "
        "& set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
