"""Corpora in each format: what is read, and what is refused by file and line."""

import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts import read_corpus
from bridgex.texts.files import normalised

HEBREW = languages.find("he")


def read(path: Path, content: bytes, field: str | None = None) -> tuple[str, ...]:
    path.write_bytes(content)
    return read_corpus(path.parent, HEBREW, field).sentences


def table(**columns: Sequence[object]) -> bytes:
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(columns), sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("field", ["text", "sentence"])
def test_json_lines_are_read_and_normalised_after_their_escapes(tmp_path: Path, field: str) -> None:
    texts = ["\ufeffone\u00a0 two\n", "e\u0301\u200b", " ", "שלום"]
    lines = "\r\n".join(json.dumps({"id": 1, field: text}) for text in texts)
    assert read(tmp_path / "he.jsonl", lines.encode()) == ("one two", "é", "שלום")


def test_tabs_and_quotes_are_read_as_in_csv(tmp_path: Path) -> None:
    content = 'index_id\ttext\n1\t"a ""b""\tc\nd"\n\n2\te\n'
    assert read(tmp_path / "he.tsv", content.encode()) == ('a "b" c d', "e")


def test_parquet_is_read_by_row(tmp_path: Path) -> None:
    content = table(id=[1, 2, 3], text=["a\u00a0b", "", "ג"])
    assert read(tmp_path / "he.parquet", content) == ("a b", "ג")


FLORES_PLUS: dict[str, object] = {
    "id": 1,
    "iso_639_3": "heb",
    "iso_15924": "Hebr",
    "glottocode": "hebr1245",
    "text": "שלום",
    "url": "https://en.wikinews.org/wiki/x",
    "domain": "wikinews",
    "topic": "health",
    "has_image": "no",
    "has_hyperlink": "no",
    "last_updated": "1.0",
}
"""A row as in the tables of openlanguagedata/flores_plus, whose text has much beside it."""


def test_flores_plus_is_read_as_the_hub_publishes_it(tmp_path: Path) -> None:
    folder = tmp_path / "devtest"
    folder.mkdir()
    (folder / "arb_Arab.parquet").write_bytes(table(text=["سلام"]))
    rows = {name: [value] for name, value in FLORES_PLUS.items()}
    assert read(folder / "heb_Hebr.parquet", table(**rows)) == ("שלום",)
    (folder / "heb_Hebr.parquet").unlink()
    assert read(folder / "heb_Hebr.jsonl", json.dumps(FLORES_PLUS).encode()) == ("שלום",)


@pytest.mark.parametrize(
    ("name", "content"),
    [("he.txt", b"a\n"), ("he.jsonl", b'{"text": "a"}\n'), ("he.tsv", b"text\na\n")],
)
def test_gzip_is_read_like_the_file_in_it(tmp_path: Path, name: str, content: bytes) -> None:
    packed = gzip.compress(content)
    assert read(tmp_path / f"{name}.gz", packed) == ("a",)
    with pytest.raises(TextError, match=rf"{name}\.gz is a gzip file that is cut short"):
        read(tmp_path / f"{name}.gz", packed[:-4])


@pytest.mark.parametrize("name", ["he.jsonl", "he.tsv", "he.parquet"])
def test_a_field_may_be_named(tmp_path: Path, name: str) -> None:
    contents = {
        "he.jsonl": b'{"text": "a", "sentence_ng": "b"}',
        "he.tsv": b"text\tsentence_ng\na\tb\n",
        "he.parquet": table(text=["a"], sentence_ng=["b"]),
    }
    assert read(tmp_path / name, contents[name]) == ("a",)
    assert read(tmp_path / name, contents[name], "sentence_ng") == ("b",)
    with pytest.raises(TextError, match=rf"{name}, line \d: no (field|column) 'c'; it has text, "):
        read(tmp_path / name, contents[name], "c")


@pytest.mark.parametrize(
    "content",
    [
        "1\tone two\n2\tthree\n",
        "\ufeff1\tone two\r\n2\tthree\r\n",
        "17\tone two\n\n4711\tthree\n",
        "0\tone\u00a0two\n1\tthree\n2\t\n",
    ],
)
def test_the_numbers_of_numbered_lines_are_no_text(tmp_path: Path, content: str) -> None:
    """As in the Leipzig Corpora Collection."""
    assert read(tmp_path / "he.txt", content.encode()) == ("one two", "three")
    (tmp_path / "he.txt").unlink()
    assert read(tmp_path / "he.txt.gz", gzip.compress(content.encode())) == ("one two", "three")


def test_a_numbered_line_may_stand_alone(tmp_path: Path) -> None:
    assert read(tmp_path / "he.txt", b"1\tone two\n") == ("one two",)


@pytest.mark.parametrize("line", ["three", "x\tthree", "3\tthree\tdrei"])
def test_a_line_without_number_among_numbered_ones_is_named(tmp_path: Path, line: str) -> None:
    numbered = "".join(f"{at}\tline\n" for at in range(1, 61))
    with pytest.raises(TextError, match=r"he\.txt, line 61: not a number, a tab and a sentence"):
        read(tmp_path / "he.txt", f"{numbered}{line}\n".encode())


@pytest.mark.parametrize(
    "content",
    [
        "one\teins\ntwo\tzwei\n",
        "1\teng\tone\n2\teng\ttwo\n",
        "text\tlabel\none\t\ntwo\tb\n",
        'id\ttext\n7\t"one"\n',
        "1\tone\teins\n2\ttwo\tzwei\n",
    ],
)
def test_columns_are_no_plain_text(tmp_path: Path, content: str) -> None:
    with pytest.raises(TextError, match=r"he\.txt has \d columns separated by tabs.*name the file"):
        read(tmp_path / "he.txt", content.encode())


def test_a_tab_within_a_sentence_is_white_space(tmp_path: Path) -> None:
    assert read(tmp_path / "he.txt", b"one\ttwo\nthree\n2010\twas a year\n") == (
        "one two",
        "three",
        "2010 was a year",
    )


def test_reading_a_table_stops_when_it_has_enough(tmp_path: Path) -> None:
    contents = {
        "he.jsonl": b'{"text": "a"}\n\n{"text": "b"}\n{"text": \n',
        "he.tsv": b"text\tn\na\t1\n\t1\nb\t2\nc\n",
        "he.parquet": table(text=["a", "", "b", None]),
    }
    for name, content in contents.items():
        folder = tmp_path / name.removeprefix("he.")
        folder.mkdir()
        (folder / name).write_bytes(content)
        assert read_corpus(folder, HEBREW, sentences=2).sentences == ("a", "b")
        with pytest.raises(TextError, match=r", line 4|, line 5"):
            read_corpus(folder, HEBREW)


def test_plain_text_has_no_fields(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="is plain text and has no field 'c'"):
        read(tmp_path / "he.txt", b"a\n", "c")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("he.jsonl", b'{"text": "a"}\n{"text": \n', "line 2: not JSON"),
        ("he.jsonl", b'{"text": "a"}\n\n["text"]\n', "line 3: no JSON object"),
        ("he.jsonl", b"[" * 100_000, "line 1: not JSON"),
        ("he.jsonl", b'{"text": 1}', "line 1: 'text' is no text"),
        ("he.jsonl", b'{"text": "\\ud800"}', "line 1: 'text' contains invalid characters"),
        ("he.jsonl", b'{"text": "\\u0000"}', "line 1: 'text' contains invalid characters"),
        ("he.jsonl", b'{"text": "a' + b"\\u0301" * 31 + b'"}', "more than 30 combining marks"),
        ("he.jsonl", b'{"text": ' + b"1" * 5000 + b"}", "line 1: not JSON"),
        ("he.jsonl", b'{"a": ' * 100_000, "line 1: not JSON"),
        ("he.jsonl", b'{"text": " "}', "has no sentences"),
        ("he.tsv", b"text\tn\na\n", "line 2: 1 column where 2 belong"),
        ("he.tsv", b'text\tn\n"a\tb\nc\td\n', "line 3: wrongly quoted"),
        ("he.tsv", b"text\ttext\na\tb\n", "line 1: the header names a column twice"),
        ("he.tsv", b"words\tn\na\tb\n", "line 2: no field 'text'; it has words, n"),
        ("he.tsv", b"text\tn\n", "has no sentences"),
        ("he.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
        ("he.parquet", table(words=["a"]), "line 1: no column 'text'; it has words"),
        ("he.parquet", table(text=["a", None]), "line 2: 'text' is no text"),
        ("he.parquet", table(text=["a"])[:-3], "cannot be read as Parquet"),
    ],
)
def test_damage_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(TextError) as caught:
        read(tmp_path / name, content)
    assert f"{tmp_path / name}" in str(caught.value)
    assert said in str(caught.value)


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TextError, match=r"pip install 'bridgex\[parquet\]'"):
        read(tmp_path / "he.parquet", b"")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


TEXTS = st.lists(st.text(max_size=8), min_size=1, max_size=4)
ROWS = st.lists(st.text('ab\t"\n\u00a0', max_size=9)).map(
    lambda rows: "\n".join(["n\ttext", *rows]).encode()
)
OBJECTS = st.lists(
    st.one_of(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: st.dictionaries(st.sampled_from(["text", "n"]), inner, max_size=2),
            max_leaves=4,
        ).map(json.dumps),
        st.text(max_size=5),
    )
).map(lambda lines: "\n".join(lines).encode())
DAMAGED = st.tuples(TEXTS, st.integers(0), st.binary(min_size=1, max_size=4)).map(
    lambda given: _damaged(table(text=given[0]), *given[1:])
)


def _damaged(whole: bytes, at: int, by: bytes) -> bytes:
    at %= len(whole)
    return whole[:at] + by + whole[at + len(by) :]


@pytest.mark.parametrize(
    ("name", "contents"),
    [("he.jsonl", OBJECTS), ("he.tsv", ROWS), ("he.parquet", DAMAGED)],
    ids=["jsonl", "tsv", "parquet"],
)
def test_any_bytes_are_read_or_refused_by_name(
    folder: Path, name: str, contents: st.SearchStrategy[bytes]
) -> None:
    path = folder / name.removeprefix("he.") / name
    path.parent.mkdir()

    @settings(deadline=None)
    @given(st.binary() | contents)
    def any_bytes(content: bytes) -> None:
        try:
            sentences = read(path, content)
        except TextError as refusal:
            said = str(refusal)
        else:
            said = name
            assert all(each == normalised(each) != "" for each in sentences)
            "".join(sentences).encode()
        assert name in said

    any_bytes()


@settings(deadline=None)
@given(TEXTS)
def test_what_is_written_is_read(folder: Path, texts: list[str]) -> None:
    wanted = tuple(each for text in texts if (each := normalised(text.replace("\0", ""))))
    path = folder / "written" / "he.jsonl"
    path.parent.mkdir(exist_ok=True)
    lines = [json.dumps({"text": text.replace("\0", "")}) for text in ["a", *texts]]
    assert read(path, "\n".join(lines).encode()) == ("a", *wanted)
