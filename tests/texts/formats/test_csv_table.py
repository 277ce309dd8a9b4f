"""Tables of concepts separated by commas."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import TextError
from bridgex.languages import find
from bridgex.texts import read_lexicon
from bridgex.texts.files import normalised, trimmed

ENGLISH, INDONESIAN = find("en"), find("id")


def write(folder: Path, content: str) -> Path:
    path = folder / "words.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return path


def test_targets_stand_in_one_cell_or_in_rows_of_their_own(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'id,note,en\r\nair,"a, b",water\r\n\r\nbulan,,moon|month\r\nair,,"a ""w"""\r\n'
    )
    entries = read_lexicon(path, INDONESIAN, ENGLISH).entries
    assert entries == {"air": ("water", 'a "w"'), "bulan": ("moon", "month")}
    assert read_lexicon(path, ENGLISH, INDONESIAN).entries["moon"] == ("bulan",)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("api;fire", "line 3: 1 column where the header has 2"),
        ("api\tfire", "line 3: 1 column where"),
        ("api,fire,flame", "line 3: 3 columns where"),
        ('api,"fire', "line 3: not CSV"),
        ('"two\nlines",fire\napi', "line 5: 1 column where"),
        ('api,"fi"re', "line 3: not CSV"),
    ],
)
def test_a_row_that_is_wrong_is_named(tmp_path: Path, rows: str, said: str) -> None:
    path = write(tmp_path, f"id,en\nair,water\n{rows}\n")
    with pytest.raises(TextError) as caught:
        read_lexicon(path, INDONESIAN, ENGLISH)
    assert f"{path}, {said}" in str(caught.value)


def test_only_empty_targets_are_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(
        TextError,
        match=r"/words\.csv gave no word pair .* no entry has a word in both; fill in empty cells",
    ):
        read_lexicon(write(tmp_path, "id,en\nair,\napi, |\n"), INDONESIAN, ENGLISH)


@pytest.mark.parametrize(
    "content",
    [
        "id;en\napi;fire\n",
        "\ufeffid;en\r\napi;fire\r\n",
        "sep=;\nid;en\napi;fire\n",
        "sep=,\r\nid,en\r\napi,fire\r\n",
        "id\ten\napi\tfire\n",
        '"id";"en"\n"api";"fire"\n',
        'id, en\n"api", "fire"\n',
        "word_id,word_en\napi,fire\n",
        "word_id;word_en\napi;fire\n",
        "row_id,word_id,word_en\n7,api,fire\n",
        "id_word,note,en_word\napi,x,fire\n",
        "word-ind_Latn,word-eng_Latn\napi,fire\n",
        "Indonesian word,English word\napi,fire\n",
        "word (id),word (en)\napi,fire\n",
        "word_id,id,en\n7,api,fire\n",
        "ID,word_pos,EN\napi,x,fire\n",
    ],
)
def test_separators_and_headers_of_spreadsheets_are_read(tmp_path: Path, content: str) -> None:
    entries = read_lexicon(write(tmp_path, content), INDONESIAN, ENGLISH).entries
    assert entries == {"api": ("fire",)}


def test_a_lone_column_that_ends_in_a_code_is_not_a_language(tmp_path: Path) -> None:
    """``word_id`` beside ``en`` and ``he`` is a number, not Indonesian."""
    path = write(tmp_path, "word_id,en,he\n7,fire,אש\n")
    with pytest.raises(TextError, match=r"there is CSV table \(en, he\)"):
        read_lexicon(path, INDONESIAN, ENGLISH)
    path = write(tmp_path, "id,word_en,word_he\n7,fire,אש\n")
    with pytest.raises(TextError, match=r"there is CSV table \(en, he\)"):
        read_lexicon(path, INDONESIAN, ENGLISH)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("words.csv", "api;fire\nair;water\n", "'api;fire', names no two languages"),
        ("id-en.csv", "api,fire\n", "write a header such as 'id,en' above it"),
        ("words.tsv", "api\tfire\n", "write a header such as 'id TAB en' above it"),
        ("words.csv", "word_id,en\n7,fire\n", "names no two languages"),
    ],
)  # fmt: skip
def test_without_a_header_an_example_is_given(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TextError) as caught:
        read_lexicon(path, INDONESIAN, ENGLISH)
    assert said in str(caught.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
ROWS = st.lists(st.lists(TEXT | st.sampled_from(['"', ",", "a"]), max_size=3).map(",".join)).map(
    lambda rows: "\n".join(["en,id", *rows]).encode()
)


@given(st.binary() | ROWS)
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    path = folder / "words.csv"
    path.write_bytes(content)
    try:
        lexicon = read_lexicon(path, ENGLISH, INDONESIAN)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert all(word and all(targets) for word, targets in lexicon.entries.items())
    assert path.name in said


WORD = TEXT.map(lambda word: trimmed(normalised(word).replace("|", ""))).filter(
    lambda word: word and "\0" not in word and word == trimmed(normalised(word))
)


@given(st.lists(st.tuples(WORD, WORD), min_size=1))
def test_what_a_csv_writer_writes_is_read(folder: Path, pairs: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([("id", "en"), *pairs])
    lexicon = read_lexicon(write(folder, written.getvalue()), INDONESIAN, ENGLISH)
    assert {*lexicon.pairs()} == {*pairs}
    assert list(lexicon.entries) == list(dict.fromkeys(word for word, _ in pairs))
