"""MUSE and PanLex-BLI files."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts import read_lexicon

ENGLISH = languages.find("en")
HEBREW = languages.find("he")
INDONESIAN = languages.find("id")


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8", newline="")
    return path


def test_tabs_and_spaces_mix_and_targets_gather_in_file_order(tmp_path: Path) -> None:
    path = write(tmp_path, "en-he.0-5000.txt", "sea ים\nland\tארץ\r\n\nsea \t אגם\nsea ים\n")
    entries = read_lexicon(path, ENGLISH, HEBREW).entries
    assert list(entries.items()) == [("sea", ("ים", "אגם")), ("land", ("ארץ",))]


def test_words_of_several_parts_stand_between_tabs(tmp_path: Path) -> None:
    path = write(tmp_path, "en-he.txt", "ice  cream\tגלידה\n")
    assert read_lexicon(path, ENGLISH, HEBREW).entries == {"ice cream": ("גלידה",)}


def test_a_direct_file_comes_before_a_reversed_one(tmp_path: Path) -> None:
    write(tmp_path, "he-en.txt", "ים sea\nים ocean\nאגם sea\n")
    backwards = read_lexicon(tmp_path, ENGLISH, HEBREW)
    assert backwards.entries == {"sea": ("ים", "אגם"), "ocean": ("ים",)}
    write(tmp_path, "en-he.txt", "sea ים\n")
    direct = read_lexicon(tmp_path, ENGLISH, HEBREW)
    assert direct.entries == {"sea": ("ים",)}
    assert direct.provenance.files == ("en-he.txt",)


def test_several_files_of_a_pair_merge_by_name(tmp_path: Path) -> None:
    write(tmp_path, "eng-heb.5000-6500.txt", "lake אגם\n")
    write(tmp_path, "en-iw.0-5000.txt", "sea ים\n")
    merged = read_lexicon(tmp_path, ENGLISH, HEBREW)
    assert list(merged.entries) == ["sea", "lake"]


def test_another_script_is_another_language(tmp_path: Path) -> None:
    write(tmp_path, "en-zh_Hant.txt", "horse 馬\n")
    with pytest.raises(TextError, match=r"word pairs \(en-zh_Hant\)"):
        read_lexicon(tmp_path, ENGLISH, languages.find("zh"))


@pytest.mark.parametrize(
    ("row", "columns"),
    [("sea", "1 column "), ("the sea ים", "3 columns"), ("a\tb\tc", "3 columns")],
)
def test_a_row_of_other_columns_is_named(tmp_path: Path, row: str, columns: str) -> None:
    path = write(tmp_path, "en-he.txt", f"sea ים\n\n{row}\n")
    with pytest.raises(TextError) as caught:
        read_lexicon(path, ENGLISH, HEBREW)
    assert str(caught.value).startswith(f"{path}, line 3: {columns}")


def read(folder: Path, content: str) -> dict[str, tuple[str, ...]]:
    return dict(read_lexicon(write(folder, "id-he.txt", content), INDONESIAN, HEBREW).entries)


def test_rows_without_a_translation_are_no_pairs(tmp_path: Path) -> None:
    """Two words of one cell are not a word and its translation."""
    content = "New York\t\nhot dog\t\nrumah\tבית\n\tבית\nkucing\t\u200b \nair\tמים\t\t\n"
    assert read(tmp_path, content) == {"rumah": ("בית",), "air": ("מים",)}
    assert read(tmp_path, content.replace("\n", "\r\n")) == {"rumah": ("בית",), "air": ("מים",)}


def test_only_rows_without_translations_are_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"id-he\.txt gave no word pair"):
        read(tmp_path, "New York\t\nhot dog\t\n")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("hot dog", "line 2: 1 column where"),
        ("hot\u00a0dog", "line 2: 1 column where"),
        ("hot dog\t\tnoun", "line 2: 3 columns where"),
        ("1\trumah\tבית", "line 2: 3 columns where"),
        ('"hot dog\tבית', "line 2: wrongly quoted"),
        ('"hot" dog\tבית', "line 2: wrongly quoted"),
    ],
)
def test_where_words_have_spaces_only_tabs_separate(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(TextError) as caught:
        read(tmp_path, f"New York\tניו יורק\n{row}\n")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("row", "word", "translation"),
    [
        ('"New York"\t"ניו יורק"', "New York", "ניו יורק"),
        ('"hot\tdog"\tנקניקייה', "hot dog", "נקניקייה"),
        ('"""a"" b"\tx', '"a" b', "x"),
        ('laporan\tדו"ח', "laporan", 'דו"ח'),
        ('laporan דו"ח', "laporan", 'דו"ח'),
        ('"rumah" "בית"', "rumah", "בית"),
        ("New\u00a0York\tניו\u2009יורק", "New York", "ניו יורק"),
        ("\ufeffrumah\tב\u200bית", "rumah", "בית"),
    ],
)
def test_quoting_of_spreadsheets_is_undone(
    tmp_path: Path, row: str, word: str, translation: str
) -> None:
    assert read(tmp_path, row) == {word: (translation,)}


@pytest.mark.parametrize(
    "header", ["id\the", "Indonesian\tHebrew", "ind_Latn heb-Hebr", '"id"\t"he"']
)
def test_a_first_row_that_names_the_languages_is_a_header(tmp_path: Path, header: str) -> None:
    assert read(tmp_path, f"{header}\nrumah\tבית\nid\tאיד\n") == {
        "rumah": ("בית",),
        "id": ("איד",),
    }
    path = tmp_path / "id-he.txt"
    assert read_lexicon(path, HEBREW, INDONESIAN).entries == {"בית": ("rumah",), "איד": ("id",)}


@pytest.mark.parametrize(
    "row", ["rumah, בית", "rumah; בית", "rumah: בית", "rumah,בית", "rumah;בית"]
)
def test_other_separators_are_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(TextError, match=r"line 1: ('.' between the columns; .* id,he|1 column)"):
        read(tmp_path, f"{row}\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


WORD = st.text(st.characters(categories=["L"]), min_size=1).map(
    lambda word: unicodedata.normalize("NFC", word)
)
ROWS = st.lists(st.lists(WORD, max_size=3).flatmap(
    lambda words: st.sampled_from([" ", "\t", " \t"]).map(lambda between: between.join(words))
)).map(lambda rows: "\n".join(rows).encode())  # fmt: skip


@given(st.binary() | ROWS)
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    path = folder / "en-he.txt"
    path.write_bytes(content)
    try:
        lexicon = read_lexicon(path, ENGLISH, HEBREW)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert all(word and all(targets) for word, targets in lexicon.entries.items())
    assert path.name in said


@given(st.dictionaries(WORD, st.lists(WORD, min_size=1, unique=True), min_size=1))
def test_what_is_written_is_read(folder: Path, entries: dict[str, list[str]]) -> None:
    rows = [f"{word} {target}\n" for word, targets in entries.items() for target in targets]
    lexicon = read_lexicon(write(folder, "en-he.txt", "".join(rows)), ENGLISH, HEBREW)
    assert list(lexicon.entries.items()) == [
        (word, tuple(targets)) for word, targets in entries.items()
    ]
