"""Reading a text file: what is refused, with which words, and what becomes of its characters."""

import bz2
import gzip
import hashlib
import lzma
import os
import socket
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import TextError
from bridgex.texts import files
from bridgex.texts.files import head, open_text, read_text, trimmed
from bridgex.texts.finding import files_in
from bridgex.texts.limits import ReadingLimits, reading_limits
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
        (b"\xef\xbb\xbfz\xed\xbf\xbfh\n", "line 1: not UTF-8"),
        (b"\xef\xbb\xbfa\n\xff\n", "line 2: not UTF-8"),
        (b"caf\xe9\n", "line 1: not UTF-8; convert the file to UTF-8 first (iconv"),
        ("text".encode("utf-16"), "line 1: not UTF-8 but UTF-16; convert it (iconv -f UTF-16"),
        ("\ufefftext".encode("utf-16-be"), "line 1: not UTF-8 but UTF-16"),
        ("text".encode("utf-32"), "line 1: not UTF-8 but UTF-32"),
        ("text".encode("utf-16-le"), "line 1: a NUL character"),
        (bz2.compress(b"text"), "is compressed with bzip2; unpack it first (bunzip2)"),
        (lzma.compress(b"text")[:-9], "is compressed with xz; unpack it first (unxz)"),
        (b"PK\x03\x04\x14\0", "is compressed with ZIP; unpack it first (unzip"),
        (gzip.compress(b"text\n" * 99, mtime=0)[:-9], "gzip file that is cut short or damaged"),
        (
            gzip.compress(b"text\n" * 99, mtime=0) + b"garbage",
            "gzip file that is cut short or damaged",
        ),
        (b"ab\ncd\ne" + "\u0301".encode() * 31, "line 3: more than 30 combining marks in a row"),
        (b"a\xcc\x81" + "\u0f73".encode() * 31, "line 1: more than 30 combining marks"),
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


def test_devices_pipes_and_sockets_are_refused_before_they_are_read(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe.txt", tmp_path / "link.txt"
    os.mkfifo(pipe)
    folder.symlink_to("/dev/zero")
    listening = socket.socket(socket.AF_UNIX)
    with listening:
        listening.bind(str(tmp_path / "socket.txt"))
        for path in (pipe, folder, Path("/dev/zero"), Path("/dev/null"), tmp_path / "socket.txt"):
            with pytest.raises(TextError, match=f"{path} (is a device|cannot be read)"):
                read_text(path)
            assert head(path) == []


def test_a_file_without_permission_names_the_remedy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = written(folder, b"text")
    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(TextError, match="cannot be read for lack of permission; ask its owner"):
        read_text(path)


@pytest.mark.parametrize("text", ["e" + "\u0301" * 30, "ש" + "\u05bc\u05b8" * 15, "a\u0301 " * 99])
def test_marks_that_writing_may_need_are_read(folder: Path, text: str) -> None:
    content = f"{text}\n{text}".encode()
    assert read_text(written(folder, content)).lines == (unicodedata.normalize("NFC", text),) * 2


def test_endless_marks_cost_no_time(folder: Path) -> None:
    """Ordering 80,000 marks takes seconds, since it is quadratic."""
    path = written(folder, ("a" + "\u0301\u0323" * 400_000).encode())
    start = time.process_time()
    with pytest.raises(TextError, match="line 1: more than 30 combining marks"):
        read_text(path)
    assert time.process_time() - start < 0.5


def test_lines_are_read_as_far_as_they_are_asked_for(folder: Path) -> None:
    lines = [f"line {at} é\u00ad".encode() for at in range(100_000)]
    path = written(folder, b"\n".join([*lines, b"\xff\xfe"]))
    reading = open_text(path).lines
    assert [next(reading) for _ in range(100_000)] == [f"line {at} é" for at in range(100_000)]
    with pytest.raises(TextError, match="line 100001: not UTF-8"):
        next(reading)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_are_the_same_in_pieces_of_any_size(
    folder: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    content = end.join([b"\xef\xbb\xbfa\xcc\x81", b"", "שלום".encode(), b"x" * 30, b"", b"z"])
    whole = read_text(written(folder, content)).lines
    assert whole == ("á", "", "שלום", "x" * 30, "", "z")
    for size in range(1, 40):
        monkeypatch.setattr(files, "_CHUNK", size)
        assert read_text(written(folder, content)).lines == whole
        assert read_text(written(folder, gzip.compress(content))).lines == whole
        with pytest.raises(TextError, match="line 7: not UTF-8"):
            read_text(written(folder, content + end + b"\xff" + end + b"last"))


def test_what_is_larger_than_the_limits_is_refused_until_they_are_raised(folder: Path) -> None:
    bomb = written(folder, gzip.compress((b"text " * 20 + b"\n") * 700_000))
    with pytest.raises(
        TextError, match=r"more than 100 times its size; check it, and.*expansion=200,"
    ):
        read_text(bomb)
    with reading_limits(ReadingLimits(expansion=2000)):
        assert len(read_text(bomb).lines) == 700_000
    with reading_limits(ReadingLimits(size=10)):
        assert read_text(written(folder, b"0123456789")).lines == ("0123456789",)
        with pytest.raises(TextError, match="has more than the 10 bytes that are read"):
            read_text(written(folder, b"0123456789\n"))
    with pytest.raises(TextError, match=r"has a line of more than 10,000,000 bytes.*line=20000000"):
        read_text(written(folder, b"x" * 11_000_000))


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Path) -> None:
    file = read_text(written(folder, b"a\n"))
    written(folder, b"other\n")
    with pytest.raises(TextError, match="has changed while it was read; run again"):
        provenance_of("plain text", "CC0", [file])


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


def test_a_folder_linked_into_itself_is_searched_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.txt").write_text("text")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "nothing.txt").symlink_to(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe.txt")
    assert [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)] == ["a/x.txt"]


def test_a_folder_of_very_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.texts.finding.MOST_FILES", 5)
    for at in range(6):
        (tmp_path / f"{at}.txt").touch()
    with pytest.raises(TextError, match="has more than 5 files and folders; give the folder"):
        list(files_in(tmp_path))


def test_provenance_names_files_without_folders_and_digests_their_bytes(tmp_path: Path) -> None:
    files = []
    for name, content in (("one.txt", b"a\r\n"), ("two.txt", b"b\n")):
        (tmp_path / name).write_bytes(content)
        files.append(read_text(tmp_path / name))
    provenance = provenance_of("plain text", "CC0", files)
    assert provenance.files == ("one.txt", "two.txt")
    assert provenance.digest == hashlib.sha256(b"a\r\nb\n").hexdigest()
    assert (provenance.name, provenance.licence) == ("plain text", "CC0")
