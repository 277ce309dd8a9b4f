"""Tables of concepts with a column for each language."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts import read_lexicon

ENGLISH = languages.find("en")
INDONESIAN = languages.find("id")
SWAHILI = languages.find("sw")

TABLE = """concept\tpos\ten\tid\tsw\n
soil\tnoun\tsoil|earth\ttanah\tudongo | ardhi
land\tnoun\tland\ttanah|darat|darat\tnchi\r
world\tnoun\tearth|world\tbumi\t
sea\tnoun\tsea||ocean\tlaut\tbahari
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "words.tsv"
    path.write_text(content, encoding="utf-8", newline="")
    return path


def test_first_words_are_entries_and_all_words_are_accepted(tmp_path: Path) -> None:
    entries = read_lexicon(write(tmp_path, TABLE), ENGLISH, INDONESIAN).entries
    assert list(entries.items()) == [
        ("soil", ("tanah",)),
        ("land", ("tanah", "darat")),
        ("earth", ("bumi", "tanah")),
        ("sea", ("laut",)),
    ]


def test_concepts_that_share_their_first_word_are_one_entry(tmp_path: Path) -> None:
    entries = read_lexicon(write(tmp_path, TABLE), INDONESIAN, ENGLISH).entries
    assert entries["tanah"] == ("soil", "earth", "land")


def test_an_empty_cell_leaves_the_concept_out(tmp_path: Path) -> None:
    entries = read_lexicon(write(tmp_path, TABLE), ENGLISH, SWAHILI).entries
    assert list(entries.items()) == [
        ("soil", ("udongo", "ardhi")),
        ("land", ("nchi",)),
        ("sea", ("bahari",)),
    ]


@pytest.mark.parametrize("header", ["eng_Latn\tind-Latn", "English\tIndonesia", "EN\tID"])
def test_headers_may_be_any_usual_code(tmp_path: Path, header: str) -> None:
    path = write(tmp_path, f"{header}\nsea\tlaut\n")
    assert read_lexicon(path, ENGLISH, INDONESIAN).entries == {"sea": ("laut",)}


def test_a_missing_column_says_which_are_there(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"No dictionary .* concept table \(en, id, sw\)"):
        read_lexicon(write(tmp_path, TABLE), ENGLISH, languages.find("fi"))


def test_two_columns_for_a_language_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "en\teng\tid\nsea\tocean\tlaut\n")
    with pytest.raises(TextError, match="line 1: the header needs one column each for English"):
        read_lexicon(path, ENGLISH, INDONESIAN)


@pytest.mark.parametrize(
    ("row", "columns"),
    [("sea", "1 column"), ("a\tb\tc", "3 columns"), ("sea laut", "1 column"), ("a,b", "1 column")],
)
def test_a_row_of_other_columns_is_named(tmp_path: Path, row: str, columns: str) -> None:
    path = write(tmp_path, f"en\tid\nsoil\ttanah\n{row}\n")
    with pytest.raises(TextError) as caught:
        read_lexicon(path, ENGLISH, INDONESIAN)
    assert str(caught.value).startswith(f"{path}, line 3: {columns} where the header has 2")


def test_quoted_cells_may_hold_tabs_and_quotes(tmp_path: Path) -> None:
    path = write(tmp_path, '"en"\t"id"\n"hot\tdog"\t"""sosis"" roti"\n5" disc\tcakram\n')
    assert read_lexicon(path, ENGLISH, INDONESIAN).entries == {
        "hot dog": ('"sosis" roti',),
        '5" disc': ("cakram",),
    }


@pytest.mark.parametrize("row", ['"sea\tlaut', '"sea" x\tlaut', 'sea\t"laut'])
def test_a_quotation_without_end_is_named(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, f"en\tid\n{row}\nland\tdarat\n")
    with pytest.raises(TextError, match="line 2: wrongly quoted"):
        read_lexicon(path, ENGLISH, INDONESIAN)


def test_headers_with_more_than_a_code_and_long_headers_are_read(tmp_path: Path) -> None:
    others = [f"note {at}" for at in range(1000)]
    header = "\t".join([*others, "word_eng_Latn", "word_id"])
    path = write(tmp_path, header + "\n" + "\t" * 1000 + "sea\tlaut\n")
    assert read_lexicon(path, ENGLISH, INDONESIAN).entries == {"sea": ("laut",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\t\n\r"))
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map("\t".join)).map(
    lambda rows: "\n".join(["en\tid\tpos", *rows]).encode()
)


@given(st.binary() | TABLES)
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    path = folder / "words.tsv"
    path.write_bytes(content)
    try:
        lexicon = read_lexicon(path, ENGLISH, INDONESIAN)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert all(word and all(targets) for word, targets in lexicon.entries.items())
    assert path.name in said
