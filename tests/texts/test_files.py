"""Reading a text file: what is refused, with which words, and what becomes of its characters."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import TextError
from bridgex.texts.files import head, read_text, trimmed
from bridgex.texts.finding import files_in
from bridgex.texts.provenance import provenance_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def written(folder: Path, content: bytes) -> Path:
    path = folder / "text.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\n", ("a", "b")),
        (b"a\nb", ("a", "b")),
        (b"a\n\nb\n\n", ("a", "", "b", "")),
        (b"a\r\nb\rc\n", ("a", "b", "c")),
        (b"\xef\xbb\xbfa\n", ("a",)),
        ("a\u2028b\x0bc\x85d\n".encode(), ("a\u2028b\x0bc\x85d",)),
        ("so\u00adft \u200bzero\ufeff\u200e\u202e\n".encode(), ("soft zero",)),
        ("می\u200cخواهم\n".encode(), ("می\u200cخواهم",)),
        ("e\u0301\n".encode(), ("é",)),
        (b"a \t b\n", ("a \t b",)),
    ],
)
def test_lines_are_what_the_policy_says(
    folder: Path, content: bytes, lines: tuple[str, ...]
) -> None:
    assert read_text(written(folder, content)).lines == lines


def test_white_space_of_any_kind_becomes_one_plain_space() -> None:
    assert trimmed("\u3000a\u00a0\u202f b\tc\u2009 ") == "a b c"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"good\nbad \xff\n", "line 2: not UTF-8"),
        ("text".encode("utf-16"), "line 1: not UTF-8"),
        (b"a\nb\0c\n", "line 2: a NUL character"),
        (b"<!DOCTYPE html>\n<html><body>404</body></html>", "is a web page"),
        (b"\xef\xbb\xbf\n  <HTML>404", "is a web page"),
        (b"<!-- served by x -->\n<html>404", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "run git lfs pull"),
    ],
)
def test_what_is_no_text_is_refused_by_name(folder: Path, content: bytes, said: str) -> None:
    path = written(folder, content)
    with pytest.raises(TextError) as caught:
        read_text(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(folder: Path) -> None:
    with pytest.raises(TextError, match="is not there"):
        read_text(folder / "absent.txt")
    with pytest.raises(TextError, match="is a folder"):
        read_text(folder)
    with pytest.raises(TextError, match="cannot be read: File name too long"):
        read_text(folder / ("long" * 100))
    with pytest.raises(TextError, match="cannot be read: embedded null byte"):
        read_text(folder / "a\0b")


@given(st.binary())
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    path = written(folder, content)
    try:
        file = read_text(path)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = str(path)
        assert b"".join(file.chunks()) == content
        assert all("\n" not in line and "\r" not in line for line in file.lines)
    assert str(path) in said


def test_head_takes_any_bytes_and_stops_early(folder: Path) -> None:
    assert head(written(folder, b"a\r\n\xff" + b"b" * 9000))[0] == "a"
    assert len(head(written(folder, b"b\n" * 90_000))) < 33_000
    assert head(folder / "absent.txt") == []


def test_folders_are_searched_three_deep_by_name_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b/deep/deeper", ".unfinished"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("z.txt", "a.txt", ".hidden", "b/c.txt", "b/.hidden", "b/deep/d.txt",
                 "b/deep/deeper/e.txt", ".unfinished/f.txt"):  # fmt: skip
        (tmp_path / name).write_text("text")
    found = [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)]
    assert found == ["a.txt", "z.txt", "b/c.txt", "b/deep/d.txt"]


def test_provenance_names_files_without_folders_and_digests_their_bytes(tmp_path: Path) -> None:
    files = []
    for name, content in (("one.txt", b"a\r\n"), ("two.txt", b"b\n")):
        (tmp_path / name).write_bytes(content)
        files.append(read_text(tmp_path / name))
    provenance = provenance_of("plain text", "CC0", files)
    assert provenance.files == ("one.txt", "two.txt")
    assert provenance.digest == hashlib.sha256(b"a\r\nb\n").hexdigest()
    assert (provenance.name, provenance.licence) == ("plain text", "CC0")
