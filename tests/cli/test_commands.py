"""The command line: every wrong input ends with one sentence and a non-zero exit code."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from bridgex.bridges import BridgeRanking
from bridgex.cli import app
from bridgex.cli.process import INTERRUPTED
from bridgex.languages import find
from bridgex.progress import Advance
from bridgex.report.progress import TerminalProgress
from bridgex.report.ranking import print_ranking
from bridgex.texts import sample_corpus, sample_lexicon
from tests.cli.running import RUNNER, refused


def rank(*words: str) -> str:
    return refused("rank", *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["Hebrw", "id"], "Did you mean 'Hebrew'"),
        (["id", "ind"], "both Indonesian"),
        (["id", "he", "--candidates", "en,he"], "in the pair itself"),
        (["id", "he", "--candidates", "en"], "at least two candidates"),
        (["id", "he", "--candidates", ""], "at least two candidates"),
        (["id", "he", "--preset", "papper"], "Did you mean 'paper'"),
        (
            ["id", "he", "--rate", "0"],
            "selection.rate cannot be 0.0: input",
        ),
        (["id", "he", "--rate", "0.1", "--count", "9"], "give one of them"),
        (
            ["id", "he", "--count", "0"],
            "selection.count cannot be 0: input should be",
        ),
        (["id", "he", "--method", "lapee"], "Did you mean 'lape'"),
        (
            ["id", "he", "--shots", "-1"],
            "probe.shots cannot be -1: input should be",
        ),
        (["id", "he", "--sentences", "9", "--tokens", "9"], "in sentences or in tokens, not both"),
        (
            ["id", "he", "--sentences", "0"],
            "sentences cannot be 0: input should be",
        ),
        (["id", "he", "--field", "text"], "of a corpus that is not given; add --corpus"),
        (["id", "ko"], "--corpus DIR"),
        (["id", "he", "--corpus", "not-there"], "not-there is not there"),
        (["id", "he", "--lexicon", "not-there.txt"], "not-there.txt"),
        (["id", "he", "--endonym", "id"], "not LANGUAGE=NAME"),
        (["id", "he", "--limit", "9"], "--limit 9 is not NAME=VALUE; write one such as"),
        (["id", "he", "--limit", "size=9", "--limit", "size=8"], "is a second value for it"),
        (["id", "he", "--limit", "size=9GB"], "size cannot be '9GB': input should be a valid"),
        (["id", "he", "--limit", "sise=9"], "There is no field 'sise'. Did you mean 'size'?"),
        (["id", "he", "--endonym", "id=a", "--endonym", "id=b"], "a second name"),
        (["id", "he", "--endonym", "id=a", "--endonym", "ind=b"], "two endonyms"),
        (["id", "he", "--endonym", "ko=Korea"], "given for Korean"),
        (["id", "he", "--pivot", "he", "--lexicon", "."], "cannot be its pivot"),
        (["id", "he", "--pivot", "Hebrw", "--lexicon", "."], "Did you mean 'Hebrew'"),
        (["id", "he", "--pivot", "en"], "of a dictionary that is not given; add --lexicon"),
        (["id", "he", "--model", "./not-there"], "no model folder or GGUF file"),
        (["id", "he", "--model", "not-there.gguf"], "no GGUF file"),
        (["id", "he", "--device", "cuda:7"], "'cuda:7' is not available"),
        (["id", "he", "--device", "toaster"], "'toaster' is not available"),
        (["id", "he", "--dtype", "int8"], "Unknown dtype 'int8'"),
    ],
)
def test_bad_input(words: list[str], message: str) -> None:
    sentence = rank(*words)
    assert any(each in sentence for each in message.split("|")), sentence


def test_a_model_that_is_not_on_this_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in rank("id", "he", "--model", "someone/some-model")
    assert "neither demo" in rank("id", "he", "--model", "no model: at all")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("he.txt", b"", "empty"),
        ("he.txt", b"\xff\xfe\xff", "UTF-8"),
        ("he.txt", b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
    ],
)
def test_a_corpus_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    for code in ("id", "en", "de"):
        (tmp_path / f"{code}.txt").write_text("Satu kalimat.\n", encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    sentence = rank("id", "he", "--candidates", "en,de", "--corpus", str(tmp_path))
    assert message in sentence
    assert name in sentence


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xff\xfe\xff", "UTF-8"),
        (b"{}", "line 1"),
        (b"api api\nkopi kopi\n", "no usable word pair"),
    ],
)
def test_a_lexicon_that_cannot_be_used(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "id-he.txt"
    path.write_bytes(content)
    assert message in rank("id", "he", "--lexicon", str(path))


def test_too_few_words(tmp_path: Path, tiny_folder: Path) -> None:
    path = tmp_path / "id-he.txt"
    path.write_text("api אש\nair מים\n", encoding="utf-8")
    words = ["--lexicon", str(path), "--model", str(tiny_folder), "--rate", "0.3"]
    assert "Only 2 words" in rank("id", "he", *words)


def test_an_architecture_without_a_row(tmp_path: Path, tiny_folder: Path) -> None:
    for path in tiny_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "bert", "architectures": ["BertForMaskedLM"]}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert "bert" in rank("id", "he", "--model", str(tmp_path)).casefold()


def test_damaged_weights(tmp_path: Path, tiny_folder: Path) -> None:
    for path in tiny_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    assert "cannot be loaded" in rank("id", "he", "--model", str(tmp_path))


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("BRIDGEX_CACHE", str(blocked / "cache"))
    assert "BRIDGEX_CACHE" in rank("id", "he", "--model", str(tiny_folder))


def test_debug_shows_the_traceback() -> None:
    result = RUNNER.invoke(app, ["rank", "id", "id", "--debug"])
    assert result.exit_code != 0
    assert result.exception is not None
    assert "both Indonesian" in str(result.exception)


def test_ctrl_c_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_words: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bridgex.api.Session.rank", interrupted)
    assert "Interrupted" in refused("rank", "id", "he", code=INTERRUPTED)


@pytest.fixture(scope="module")
def words(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What asks for a whole small run."""
    folder = tmp_path_factory.mktemp("run")
    for code in ("zh", "he", "en", "de", "fr"):
        sentences = sample_corpus(find(code)).sentences[:10]
        (folder / "corpus").mkdir(exist_ok=True)
        (folder / "corpus" / f"{code}.txt").write_text("\n".join(sentences), encoding="utf-8")
    entries = list(sample_lexicon(find("zh"), find("he")).entries.items())[:30]
    rows = [f"{word} {target}" for word, targets in entries for target in targets]
    (folder / "zh-he.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    words = ["rank", "zh", "Hebrew", "--model", str(tiny_folder), "--dtype", "float32"]
    words += ["--candidates", "en, deu,fra_Latn", "--rate", "0.3"]
    return [*words, "--corpus", str(folder / "corpus"), "--lexicon", str(folder / "zh-he.txt")]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that a whole run has filled."""
    return tmp_path_factory.mktemp("filled")


def started(*words: str, cache: Path, **streams: Any) -> subprocess.Popen[str]:
    """Start the program as a user would."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", "from bridgex.cli import main; main()", *words],
        text=True,
        stderr=subprocess.PIPE,
        env={**os.environ, "BRIDGEX_CACHE": str(cache), "COLUMNS": "80"},
        **streams,
    )


@pytest.fixture(scope="module")
def printed(words: list[str], cache: Path) -> tuple[str, Path]:
    """What a whole run prints into a pipe, and its JSON."""
    path = cache / "r.json"
    with started(*words, "--json", str(path), cache=cache, stdout=subprocess.PIPE) as program:
        out, errors = program.communicate()
    assert program.returncode == 0, errors
    return out, path


def test_a_closed_pipe_ends_quietly_and_loses_no_file(
    printed: tuple[str, Path], words: list[str], cache: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.json"
    reading, writing = os.pipe()
    os.close(reading)
    with started(*words, "--json", str(path), cache=cache, stdout=writing) as program:
        os.close(writing)
        _, errors = program.communicate()
    assert program.returncode != 0
    assert "Traceback" not in errors
    assert path.read_bytes() == printed[1].read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device to write to")
def test_output_that_cannot_be_written_is_one_sentence(
    printed: tuple[str, Path], words: list[str], cache: Path
) -> None:
    with Path("/dev/full").open("w") as full:  # noqa: SIM117
        with started(*words, cache=cache, stdout=full) as program:
            _, errors = program.communicate()
    assert program.returncode == 1
    assert errors.startswith("Error: [Errno 28] No space left on device; check the path")


@pytest.mark.parametrize(
    "stage", ["counting", "Asking for translations", "Reading the probe's", "Scoring candidates"]
)
def test_ctrl_c_in_the_middle_leaves_nothing_half_written(
    words: list[str],
    own_cache: Path,
    tmp_path: Path,
    stage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def interrupting(_self: object, what: str, _total: int | None = None) -> Iterator[Advance]:
        yield lambda _units: signal.raise_signal(signal.SIGINT) if stage in what else None

    monkeypatch.setattr(TerminalProgress, "__call__", interrupting)
    path = tmp_path / "r.json"
    assert "Interrupted" in refused(*words, "--json", str(path), code=INTERRUPTED)
    assert not path.exists()
    assert not list(tmp_path.iterdir())
    assert not list(own_cache.rglob(".partial-*"))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (KeyError("layer"), "bridgex itself failed (KeyError: 'layer'); run the same"),
        (PermissionError(13, "Permission denied", "x.txt"), "Permission denied: 'x.txt'; check"),
        (
            torch.OutOfMemoryError("Tried to allocate 2 GiB.\nmore"),
            "Memory ran out (Tried",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_what_to_do(
    fault: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_words: object, **_named: object) -> None:
        raise fault

    monkeypatch.setattr("bridgex.api.Session.rank", failing)
    assert said in rank("id", "he")
    shown = RUNNER.invoke(app, ["rank", "id", "he", "--debug"])
    assert shown.exception is fault


@pytest.mark.parametrize(
    "words",
    [
        ["rank", "id", "he", "--json"],
        ["demo", "--json"],
        ["spectrum", "--json"],
        ["evaluate", "id", "he", "--json"],
        ["evaluate", "id", "he", "--items-out"],
        ["validate", "--pairs", "id-he", "--json"],
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    words: list[str], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    assert "is a folder; name a file in it" in refused(*words, str(tmp_path))
    assert "(not a directory)" in refused(*words, str(blocked / "new" / "r.json"))
    assert list(tmp_path.iterdir()) == [blocked]


def test_a_folder_of_tables_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path,
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    assert "is a file; name a folder" in refused("spectrum", "--csv", str(blocked))
    assert "(not a directory)" in refused("spectrum", "--csv", str(blocked / "new"))


def test_a_narrow_window_cuts_no_number(printed: tuple[str, Path]) -> None:
    ranking = BridgeRanking.from_dict(json.loads(printed[1].read_text(encoding="utf-8")))
    narrow = Console(width=30, record=True, file=io.StringIO())
    print_ranking(ranking, narrow)
    assert narrow.width == 30
    text = narrow.export_text()
    for score in ranking.scores.values():
        assert f"{score.value:.4g}" in text
    assert "…  ┃" not in text


def test_the_first_tutorial_shows_what_is_printed(printed: tuple[str, Path]) -> None:
    page = Path(__file__).parents[2] / "docs" / "tutorials" / "first_ranking.md"
    text = page.read_text(encoding="utf-8")
    shown = text[text.index("\nBridges from ") :].partition("```")[0]
    for text in (shown, printed[0]):
        assert columns(text) == ["Place", "Bridge", "Score", "90 % interval", "p (null)", "Neurons"]
    labels = {line.partition(":")[0] for line in shown.splitlines() if ": " in line}
    assert labels >= {"Verdict", "Layers used", "Words understood", "Signature"}
    assert labels <= {line.partition(":")[0] for line in printed[0].splitlines()}


def columns(text: str) -> list[str]:
    (header,) = (line for line in text.splitlines() if "Place" in line)
    return [cell.strip() for cell in header.strip("┃\n").split("┃")]


def test_what_is_printed(printed: tuple[str, Path]) -> None:
    text, path = printed
    ranking = json.loads(path.read_text(encoding="utf-8"))
    assert "Bridges from Chinese to Hebrew" in text
    for code, score in ranking["scores"].items():
        (row,) = [line for line in text.splitlines() if f"({code}) " in line]
        for shown in (f"{score['value']:.4g}", f"{score['interval']['low']:.4g}"):
            assert shown in row
        assert row.split("│")[-2].strip() == str(sum(score["sizes"].values()))
    for label in ("Verdict: ", "Layers used: ", "Words understood: ", "Signature: "):
        assert label in text
    assert ranking["signature"] in text.replace("\n", " ")
    assert "\x1b" not in text


def test_what_is_written(printed: tuple[str, Path]) -> None:
    ranking = json.loads(printed[1].read_text(encoding="utf-8"))
    assert ranking["pair"] == ["zh", "he"]
    assert set(ranking["scores"]) == {"en", "de", "fr"}
    provenance = ranking["provenance"]
    assert len(provenance["probe"]["answers"]) == 30
    assert len(provenance["corpora"]) == 5
    assert provenance["model"]["digest"]
    assert provenance["settings"]["selection"]["rate"] == 0.3
    assert provenance["overlap"]["zh-he"]["shared"] > 0


def test_json_on_standard_output_is_alone_there(
    words: list[str], cache: Path, printed: tuple[str, Path]
) -> None:
    with started(*words, "--json", "-", cache=cache, stdout=subprocess.PIPE) as program:
        out, errors = program.communicate()
    assert program.returncode == 0, errors
    assert out.encode() == printed[1].read_bytes()
    assert "Bridges from Chinese to Hebrew" in errors


@pytest.mark.parametrize("command", ["spectrum", "evaluate", "validate", "prompt"])
def test_json_of_every_command_is_alone_on_standard_output(
    words: list[str], cache: Path, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    own = {
        "spectrum": ["spectrum", "--languages", "en,de,fr", "--permutations", "9"],
        "evaluate": ["evaluate", "zh", "he", "--items", "2", "--strategies", "direct,bridge:en"],
        "validate": ["validate", "--pairs", "zh-he", "--items", "2", "--choosers", "english"],
        "prompt": ["prompt", "zh", "he", "火", "--bridge", "en"],
    }[command]
    shared = words[3:]
    if command == "spectrum":
        at = shared.index("--candidates")
        shared = shared[:at] + shared[at + 2 :]
    done = RUNNER.invoke(app, [*own, *shared, "--json", "-"], env={"BRIDGEX_CACHE": str(cache)})
    assert done.exit_code == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    assert len(done.stderr.splitlines()) >= 2
    assert capfd.readouterr().out == ""  # what no stream of Python's shows


def test_two_outputs_that_are_one_file_are_refused(tmp_path: Path) -> None:
    both = ["evaluate", "id", "he", "--json", "out.json", "--items-out", "./out.json"]
    assert "are the same file; give each output its own." in refused(*both)
    both = ["evaluate", "id", "he", "--json", "-", "--items-out", "-"]
    assert "are the same file" in refused(*both)
    both = ["spectrum", "--csv", str(tmp_path / "a"), "--json", str(tmp_path / "a")]
    assert "are the same file" in refused(*both)
    assert not list(tmp_path.iterdir())


def test_names_that_are_not_utf8_and_escapes_are_shown(tmp_path: Path) -> None:
    name = tmp_path / "\udcff\x1b[2J\u202e"
    for option in ("--lexicon", "--corpus", "--model", "--data"):
        command = "evaluate" if option == "--data" else "rank"
        more = ["--task", "nli"] if option == "--data" else []
        sentence = refused(command, "id", "he", option, str(name), *more)
        assert "\\udcff\\x1b[2J\\u202e" in sentence
    assert "\\x1b[2J" in refused("rank", "\x1b[2J", "he")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device to write to")
def test_the_version_on_a_full_device(cache: Path) -> None:
    with Path("/dev/full").open("w") as full, started("--version", cache=cache, stdout=full) as it:
        _, errors = it.communicate()
    assert it.returncode == 1
    assert errors.startswith("Error: Cannot write to standard output (no space left on device)")
