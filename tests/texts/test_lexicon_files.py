"""Dictionaries read from files and folders, composed where nothing serves, and written."""

import gzip
import hashlib
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import RequestError, TextError
from bridgex.languages import find
from bridgex.texts import (
    LICENCE_NOT_STATED,
    Composition,
    Lexicon,
    Provenance,
    compose,
    read_lexicon,
    write_lexicon,
)
from bridgex.texts.files import normalised, trimmed
from bridgex.texts.limits import ReadingLimits, reading_limits

ENGLISH, HEBREW, GERMAN, INDONESIAN = (find(code) for code in ("en", "he", "de", "id"))
NOWHERE = Provenance("none", "none", (), "")


def test_files_and_folders_merge_with_their_provenance(tmp_path: Path) -> None:
    (tmp_path / "en-de.txt").write_text("sea Meer\nsoil Erde\n", encoding="utf-8")
    table = tmp_path / "tables" / "words.tsv"
    table.parent.mkdir()
    table.write_text("concept\ten\tde\nsoil\tsoil\tBoden|Erde\nice\tice\tEis\n", encoding="utf-8")
    merged = read_lexicon([table, tmp_path], ENGLISH, GERMAN)
    assert list(merged.entries.items()) == [
        ("sea", ("Meer",)),
        ("soil", ("Erde", "Boden")),
        ("ice", ("Eis",)),
    ]
    raw = (tmp_path / "en-de.txt").read_bytes() + table.read_bytes()
    assert merged.provenance == Provenance(
        "word pairs + concept table",
        LICENCE_NOT_STATED,
        ("en-de.txt", "words.tsv"),
        hashlib.sha256(raw).hexdigest(),
    )
    assert read_lexicon(str(tmp_path), ENGLISH, GERMAN).digest == merged.digest


def test_no_file_for_the_pair_says_what_is_there(tmp_path: Path) -> None:
    for name in ("en-fr.txt", "de-en.5000-6500.txt", "README.md"):
        (tmp_path / name).write_text("a b\n", encoding="utf-8")
    (tmp_path / "wn-heb.tab").write_text("1-n\theb:lemma\tים\n", encoding="utf-8")
    with pytest.raises(TextError) as caught:
        read_lexicon(tmp_path, HEBREW, GERMAN)
    said = str(caught.value)
    assert said.startswith(f"No dictionary for Hebrew–German in {tmp_path}")
    assert "word pairs (de-en, en-fr) and Open Multilingual Wordnet (heb)" in said
    assert "nor two to compose it from through a pivot language" in said


def test_an_empty_folder_and_no_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no file in a known format"):
        read_lexicon(tmp_path, HEBREW, GERMAN)
    with pytest.raises(TextError, match="No lexicon was given"):
        read_lexicon([], HEBREW, GERMAN)


@pytest.mark.parametrize(
    "name", ["words.txt", "words.csv", "words.jsonl", "words", "train.tsv", "de-he.json"]
)
def test_an_unknown_format_says_which_are_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("index_id\tcategory\nsea\tMeer\n", encoding="utf-8")
    with pytest.raises(
        TextError, match=r"in no format known here.*en-he\.txt; .*\.tsv.*\.csv.*\.jsonl.*\.tab"
    ):
        read_lexicon(tmp_path / name, HEBREW, GERMAN)


@pytest.mark.parametrize(
    "name", ["en-de.txt", "words.tsv", "a.csv", "a.jsonl", "wn-deu.tab", "fr-de.txt", "words"]
)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!doctype html><title>Not found</title>", "is a web page"),
        (b"a b\n\xff\xfe\n", "line 2: not UTF-8"),
        (gzip.compress(b"sea Meer\n" * 99, mtime=0)[:-20], "cut short or damaged"),
        (b"\x1f\x8bno gzip at all", "cut short or damaged"),
    ],
)
def test_damage_is_named_whatever_the_format(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TextError) as caught:
        read_lexicon([path, tmp_path], ENGLISH, GERMAN)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["en-de.txt", "words.tsv", "wn-deu.tab", "words", "folder"])
def test_a_missing_path_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TextError, match=f"{name} is not there"):
        read_lexicon(tmp_path / name, ENGLISH, GERMAN)


@pytest.mark.parametrize("name", ["n" * 5000, "a\0b", "x/" * 3000])
def test_a_path_that_no_file_can_have_is_named(name: str) -> None:
    with pytest.raises(TextError, match=r"cannot be read: .*\."):
        read_lexicon(name, ENGLISH, GERMAN)


@pytest.mark.parametrize(
    "name", ["en-de.txt", "words.tsv", "words.csv", "words.jsonl", "wn-deu.tab"]
)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(TextError, match="is a device, pipe or socket, not a file"):
        read_lexicon(tmp_path / name, ENGLISH, GERMAN)
    with pytest.raises(TextError, match="is a device, pipe or socket, not a file"):
        read_lexicon("/dev/zero", ENGLISH, GERMAN)
    with pytest.raises(TextError, match="no file in a known format"):
        read_lexicon(tmp_path, ENGLISH, GERMAN)


def test_cells_that_multiply_are_refused(tmp_path: Path) -> None:
    words = "|".join(f"w{at}" for at in range(2000))
    rows = "".join(f"w{at}\t{words}\n" for at in range(600))
    (tmp_path / "words.tsv").write_text(f"en\tde\n{rows}", encoding="utf-8")
    with pytest.raises(TextError, match=r"more than 1,000,000 word pairs.*expansion=200,"):
        read_lexicon(tmp_path, ENGLISH, GERMAN)
    fewer = ReadingLimits(expansion=2000, pairs=1_100_000)
    with (
        reading_limits(fewer),
        pytest.raises(TextError, match=r"1,100,000 word pairs.*pairs=2200000"),
    ):
        read_lexicon(tmp_path, ENGLISH, GERMAN)
    with reading_limits(ReadingLimits(expansion=2000)):
        assert len(read_lexicon(tmp_path, ENGLISH, GERMAN).entries) == 600


def test_files_without_a_pair_of_words_are_refused(tmp_path: Path) -> None:
    (tmp_path / "words.tsv").write_text("en\tde\nsea\t\n\tMeer\n", encoding="utf-8")
    with pytest.raises(TextError, match=r"words.tsv gave no word pair for English–German"):
        read_lexicon(tmp_path, ENGLISH, GERMAN)


PIVOTED = {
    "en-id.txt": "moon bulan\nfire api\n",
    "en-he.txt": "moon ירח\nfire אש\n",
    "de-id.txt": "Mond bulan\nMonat bulan\n",
    "de-he.txt": "Mond ירח\nMonat חודש\n",
}


@pytest.fixture
def pivoted(tmp_path: Path) -> Path:
    for name, content in PIVOTED.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_where_nothing_serves_it_is_composed_through_english(pivoted: Path) -> None:
    made = read_lexicon(pivoted, INDONESIAN, HEBREW)
    assert made.entries == {"bulan": ("ירח",), "api": ("אש",)}
    assert made.provenance.steps[0].startswith("composed through en ")
    assert made.provenance.files == ("en-id.txt", "en-he.txt")
    into = read_lexicon(pivoted, INDONESIAN, ENGLISH)
    out_of = read_lexicon(pivoted, ENGLISH, HEBREW)
    assert compose(into, out_of).lexicon == made


def test_the_pivot_may_be_named_and_others_are_tried_after_english(pivoted: Path) -> None:
    through_german = read_lexicon(pivoted, INDONESIAN, HEBREW, pivot=GERMAN)
    assert through_german.entries == {"bulan": ("ירח", "חודש")}
    (pivoted / "en-he.txt").unlink()
    made = read_lexicon(pivoted, INDONESIAN, HEBREW)
    assert made.provenance == through_german.provenance
    with pytest.raises(
        TextError, match="nor two to compose it from through English; there is word"
    ):
        read_lexicon(pivoted, INDONESIAN, HEBREW, pivot=ENGLISH)
    with pytest.raises(RequestError, match="id is in the pair itself"):
        read_lexicon(pivoted, INDONESIAN, HEBREW, pivot=INDONESIAN)


def test_what_composing_asks_for_may_be_given(pivoted: Path) -> None:
    with pytest.raises(TextError, match="gives no word pair"):
        read_lexicon(pivoted, INDONESIAN, HEBREW, composition=Composition(paths=2))


def test_a_direct_dictionary_wins_over_any_pivot(pivoted: Path) -> None:
    (pivoted / "he-id.txt").write_text("לבנה bulan\n", encoding="utf-8")
    made = read_lexicon(pivoted, INDONESIAN, HEBREW, pivot=ENGLISH)
    assert made.entries == {"bulan": ("לבנה",)}
    assert made.provenance.steps == ()


def test_either_half_may_be_of_any_format(pivoted: Path) -> None:
    (pivoted / "en-id.txt").unlink()
    (pivoted / "words.jsonl").write_text('{"en": "fire", "id": ["api"]}\n', encoding="utf-8")
    made = read_lexicon(pivoted, INDONESIAN, HEBREW)
    assert made.entries == {"api": ("אש",)}
    assert made.provenance.name == "JSON Lines + word pairs"


CONTENTS = {
    "en-de.txt": "sea Meer\nice Eis\n",
    "words.tsv": "en\tde\nsea\tMeer\nice\tEis\n",
    "words.csv": "en,de\nsea,Meer\nice,Eis\n",
    "words.jsonl": '{"en": "sea", "de": "Meer"}\n{"en": "ice", "de": ["Eis"]}\n',
}


@pytest.mark.parametrize("name", CONTENTS)
def test_gzip_is_read_like_the_file_in_it(tmp_path: Path, name: str) -> None:
    plain = tmp_path / name
    plain.write_text(CONTENTS[name], encoding="utf-8")
    packed = tmp_path / "packed" / f"{name}.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    one, other = (read_lexicon(path, ENGLISH, GERMAN) for path in (plain, packed))
    assert one.entries == other.entries == {"sea": ("Meer",), "ice": ("Eis",)}
    assert other.provenance.digest == hashlib.sha256(packed.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


WORD = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
    .map(lambda word: trimmed(normalised(word)))
    .filter(lambda word: word and word == trimmed(normalised(word)))
)


@given(st.dictionaries(WORD, st.lists(WORD, min_size=1, max_size=3, unique=True), min_size=1))
def test_what_is_written_is_read(folder: Path, entries: dict[str, list[str]]) -> None:
    whole = {word: tuple(targets) for word, targets in entries.items()}
    path = write_lexicon(Lexicon(INDONESIAN, GERMAN, whole, NOWHERE), folder)
    assert path.name == "id-de.txt"
    again = read_lexicon(path, INDONESIAN, GERMAN)
    assert list(again.entries.items()) == list(whole.items())
    assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))
