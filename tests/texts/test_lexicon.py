"""The dictionary, and the choice of the files that serve a pair."""

import hashlib
from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts import LICENCE_NOT_STATED, Lexicon, Provenance, read_lexicon

ENGLISH = languages.find("en")
HEBREW = languages.find("he")
GERMAN = languages.find("de")
NOWHERE = Provenance("none", "none", (), "")


def lexicon(**entries: tuple[str, ...]) -> Lexicon:
    return Lexicon(ENGLISH, GERMAN, entries, NOWHERE)


def test_reversed_turns_every_pair_in_order_of_appearance() -> None:
    there = lexicon(soil=("Boden", "Erde"), earth=("Erde",))
    back = there.reversed()
    assert list(back.entries.items()) == [("Boden", ("soil",)), ("Erde", ("soil", "earth"))]
    assert (back.source, back.target) == (GERMAN, ENGLISH)
    assert back.reversed().entries == there.entries


def test_identical_pairs_go_and_are_counted() -> None:
    kept, dropped = lexicon(
        hand=("Hand",), team=("Mannschaft", "Team"), sea=("Meer",)
    ).without_identical()
    assert kept.entries == {"team": ("Mannschaft",), "sea": ("Meer",)}
    assert dropped == 2


def test_the_digest_is_of_languages_words_and_their_order() -> None:
    one = lexicon(soil=("Boden", "Erde"), sea=("Meer",))
    others = [
        lexicon(soil=("Erde", "Boden"), sea=("Meer",)),
        lexicon(sea=("Meer",), soil=("Boden", "Erde")),
        lexicon(soil=("Boden",), sea=("Meer",)),
        Lexicon(ENGLISH, HEBREW, one.entries, NOWHERE),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5
    assert Lexicon(ENGLISH, GERMAN, dict(one.entries), NOWHERE).digest == one.digest


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
    assert "through a pivot language is not there yet" in said


def test_an_empty_folder_and_no_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no file in a known format"):
        read_lexicon(tmp_path, HEBREW, GERMAN)
    with pytest.raises(TextError, match="No lexicon was given"):
        read_lexicon([], HEBREW, GERMAN)


@pytest.mark.parametrize("name", ["words.txt", "words.csv", "words", "train.tsv", "de-he.json"])
def test_an_unknown_format_says_which_are_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("index_id\tcategory\nsea\tMeer\n", encoding="utf-8")
    with pytest.raises(TextError, match=r"in no format known here.*en-he\.txt; .*\.tsv.*\.tab"):
        read_lexicon(tmp_path / name, HEBREW, GERMAN)


@pytest.mark.parametrize("name", ["en-de.txt", "words.tsv", "wn-deu.tab", "fr-de.txt", "words"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!doctype html><title>Not found</title>", "is a web page"),
        (b"a b\n\xff\xfe\n", "line 2: not UTF-8"),
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


def test_files_without_a_pair_of_words_are_refused(tmp_path: Path) -> None:
    (tmp_path / "words.tsv").write_text("en\tde\nsea\t\n\tMeer\n", encoding="utf-8")
    with pytest.raises(TextError, match=r"words.tsv gave no word pair for English–German"):
        read_lexicon(tmp_path, ENGLISH, GERMAN)
