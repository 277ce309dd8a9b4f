"""Mutated inputs by the hundred thousand: every reader gives a value or refuses in a sentence."""

import json
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import typer

from bridgex import load
from bridgex.cli import app
from bridgex.errors import BridgexError
from bridgex.languages import PAPER_LANGUAGES, find
from bridgex.tasks import TaskRequest, parsing, task_named
from bridgex.tasks.numbers import number
from bridgex.texts import read_corpus, read_lexicon
from bridgex.texts.names import stated
from bridgex.texts.words import fold
from tests.hardening.cases import attempt
from tests.hardening.commands import Forks, World
from tests.hardening.tally import Tally
from tests.tasks.given import FolderTexts
from tests.tasks.test_benchmarks import FILES, both
from tests.texts.formats.test_table import TABLE

FAMILY = "fuzzed inputs"
INDONESIAN, HEBREW = find("id"), find("he")
PIECES = (
    *("", " ", "\t", "\n", "\r", "\r\n", "\0", '"', "'", ",", ";", "|", "\\", "{", "}", "[", "]"),
    *(":", "/", "..", "-", "_", "@", "(", ")", "^", "%", "$", "=", "#", "<", ">", "<html>"),
    *(
        "0",
        "1",
        "-1",
        "9" * 400,
        "1e999",
        "NaN",
        "null",
        "true",
        "1.5",
        "1,000",
        "½",
        "٣",
        "十二万",
    ),
    *("\ufeff", "\u200b", "\u202e", "\u2028", "\x1b[2J", "\x9b", "\ud800", "\udfff", "\U0010ffff"),
    *("é", "e\u0301", "\u0301" * 40, "火", "אש", "api", "ß", "İ", "ﬁ", "क्ष", "👩‍👧", "𝟛", "Ⅻ"),
    *("A", "B.", "(C)", "<think>", "</think>", "→", ":", "«", "»", "「", "」", "„", "“"),
    *("en", "heb_Hebr", "zh-Hant", "id-he", "x-klingon", "i-default", "art-lojban", "root", "und"),
)
BYTES = (b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\x1f\x8b", b"\x80", b"\xed\xa0\x80", b"\0")


def draws(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


def text(draw: random.Random, seeds: Sequence[str] = ()) -> str:
    """Return a text of odd pieces, or one of ``seeds`` with some put in or taken out."""
    whole = draw.choice(seeds) if seeds and draw.random() < 0.8 else ""
    for _ in range(draw.randint(1, 5)):
        start = draw.randint(0, len(whole))
        end = start + draw.choice((0, 0, 0, 1, 3, 20))
        whole = whole[:start] + draw.choice(PIECES) + whole[end:]
    return whole


def raw(draw: random.Random, seeds: Sequence[str]) -> bytes:
    """Return the bytes of such a text, at times harmed as bytes."""
    content = text(draw, seeds).encode("utf-8", "surrogatepass")
    if draw.random() < 0.3:
        at = draw.randint(0, len(content))
        content = content[:at] + draw.choice(BYTES) + content[at + draw.randint(0, 3) :]
    return content


@pytest.mark.parametrize("name", ["numbers", "answers", "words", "names of files", "languages"])
def test_texts(name: str, tally: Tally) -> None:
    readers: dict[str, tuple[int, Sequence[str], Callable[[str, random.Random], object]]] = {
        "numbers": (
            60_000,
            ("1,234.5", "11万4200", "-3 1/2", "3 × 10⁵", "12:30", "$1.000", "十二万三千", "१२३"),
            lambda given, draw: number(given, draw.choice((None, *PAPER_LANGUAGES))),
        ),
        "answers": (
            50_000,
            ('"api"', "B. a dog", "<think>x</think> A", "true / false", "„Feuer“", "答えは「火」"),
            read_answer,
        ),
        "words": (
            30_000,
            ("kata", "אֵשׁ", "Straße", "人民", "क्षत्रिय"),
            lambda given, draw: fold(given, draw.choice(PAPER_LANGUAGES)),
        ),
        "names of files": (
            40_000,
            ("flores/heb_Hebr.devtest", "id-he.txt", "zh-TW", "test.trg", "Serbian_Latin.tsv.gz"),
            lambda given, _: stated(given.replace("/", "_") or "x"),
        ),
        "languages": (6000, ("he", "heb_Hebr", "zh-Hant-TW", "Hebrew", "sr@latin"), find_language),
    }
    count, seeds, reader = readers[name]
    draw = draws(len(name))
    for _ in range(count):
        given = text(draw, seeds)
        attempt(tally, FAMILY, (name, given), partial(reader, given, draw))
    tally.require(FAMILY, count)


def find_language(given: str, _draw: random.Random) -> object:
    return find(given)


def read_answer(given: str, draw: random.Random) -> None:
    language = draw.choice(PAPER_LANGUAGES)
    parsing.without_thinking(given)
    parsing.unfinished_thinking(given)
    parsing.first_line(given)
    parsing.first_paragraph(given)
    parsing.quoted(given)
    for count in (2, 4):
        assert parsing.letter(given, count) in {None, *"ABCD"[:count]}
        assert parsing.first_capital(given, count) in {None, *"ABCD"[:count]}
    options = ("true", "false", "火")
    assert parsing.option(given, options, language) in {None, *options}


LEXICONS = {
    "id-he.txt": "api\tאש\nair\tמים\n" * 3,
    "words.tsv": TABLE,
    "words.csv": 'id,he\napi,אש\n"a ""b""",x\n',
    "words.jsonl": '{"id": "api", "he": "אש"}\n{"id": ["a", "b"], "he": "c"}\n',
    "wn-data-ind.tab": "# Wordnet\tind\n00001740-n\tind:lemma\tapi\n",
}
CORPORA = {
    "he.txt": "one sentence\n\nanother one\n",
    "he.jsonl": '{"text": "one"}\n{"text": "two"}\n',
    "he.tsv": 'id\ttext\n1\tone\n2\t"two"\n',
    "he.csv": 'id,text\n1,"one, two"\n',
}


@pytest.mark.parametrize("name", LEXICONS)
def test_lexicons(name: str, tmp_path: Path, tally: Tally) -> None:
    path, draw = tmp_path / name, draws(1)
    for number_of in range(1500):
        path.write_bytes(content := raw(draw, [LEXICONS[name]]))
        given = path if number_of % 2 else tmp_path
        attempt(tally, FAMILY, content, partial(read_lexicon, given, INDONESIAN, HEBREW))
    tally.require(FAMILY, 1500)


@pytest.mark.parametrize("name", CORPORA)
def test_corpora(name: str, tmp_path: Path, tally: Tally) -> None:
    path, draw = tmp_path / name, draws(2)
    for _ in range(1500):
        path.write_bytes(content := raw(draw, [CORPORA[name]]))
        attempt(tally, FAMILY, content, lambda: read_corpus(tmp_path, HEBREW))
    tally.require(FAMILY, 1500)


@pytest.mark.parametrize("name", FILES)
def test_benchmarks(name: str, tmp_path: Path, tally: Tally) -> None:
    both(tmp_path, name)
    draw, task = draws(3), task_named(name)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    whole = {path: path.read_text(encoding="utf-8") for path in paths}
    for _ in range(800):
        path = draw.choice(paths)
        path.write_bytes(content := raw(draw, [whole[path]]))
        attempt(
            tally,
            FAMILY,
            (path.name, content),
            lambda: task.read(TaskRequest(), INDONESIAN, HEBREW, FolderTexts(tmp_path)),
        )
        path.write_text(whole[path], encoding="utf-8")
    tally.require(FAMILY, 800)


CONFIG = """
sentences = 8
rate = 0.02
convert-chinese = true
lexicon = ["a.tsv", "b.tsv"]
endonym = {id = "Bahasa"}
set = ["bridges.level=0.95"]
[bridges]
level = 0.9
[selection]
method = "lape"
"""


def test_configs(tmp_path: Path, tally: Tally) -> None:
    path, draw = tmp_path / "config.toml", draws(4)
    command: Any = typer.main.get_command(app)
    rank = command.commands["rank"]
    for _ in range(3000):
        path.write_bytes(content := raw(draw, [CONFIG]))
        words = ["id", "he", "--config", str(path)]

        def parse(words: list[str] = words) -> None:
            with command.make_context("bridgex", ["rank", *words]) as root:
                rank.make_context("rank", list(words), parent=root)

        attempt(tally, FAMILY, content, parse, (BridgexError, typer.BadParameter))
    tally.require(FAMILY, 3000)


@pytest.fixture(scope="module")
def results(forks: Forks, world: World, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """JSON of a result of each kind."""
    texts = []
    for name in ("rank", "evaluate", "spectrum", "validate"):
        folder = tmp_path_factory.mktemp(name)
        done = forks.run(world.commands()[name], folder)
        assert done.ended.code == 0, done.errors
        texts.append((folder / "out.json").read_text(encoding="utf-8"))
    return texts


def test_results(results: list[str], tmp_path: Path, tally: Tally) -> None:
    """Damaged as text, and with wrong values in the right places."""
    path, draw = tmp_path / "out.json", draws(5)
    for _ in range(1500):
        path.write_bytes(content := raw(draw, results))
        attempt(tally, FAMILY, content[:200], lambda: show(path))
    odd: tuple[object, ...] = (None, True, -1, 1e308, "", "x", [], {}, [None], {"x": 1}, "1", 2**70)
    for _ in range(1500):
        values = json.loads(draw.choice(results))
        place = harm(values, draw, odd)
        path.write_text(json.dumps(values), encoding="utf-8")
        attempt(tally, FAMILY, place, lambda: show(path))
    tally.require(FAMILY, 3000)


def show(path: Path) -> None:
    """Read a result and use it as a reader would."""
    result = load(path)
    result.to_dict()
    repr(result)
    list(islice(result.rows(), 3))


def harm(values: Any, draw: random.Random, odd: Sequence[object]) -> str:
    """Put an odd value somewhere into nested values, or take one away; return where."""
    place = ""
    while True:
        key: Any = draw.choice(list(values) if isinstance(values, dict) else range(len(values)))
        place += f"/{key}"
        if isinstance(values[key], dict | list) and values[key] and draw.random() < 0.85:
            values = values[key]
            continue
        if draw.random() < 0.2:
            del values[key]
        else:
            values[key] = draw.choice(odd)
        return place
