"""Locks that are broken, stray or no files: said in a source's folder, ignored above a text."""

import os
from pathlib import Path

import pytest

from bridgex.errors import TextError
from bridgex.languages import find
from bridgex.texts import read_lexicon
from bridgex.texts.lock import LOCK_NAME, Lock, lock_above, lock_of, read_lock, write_lock

LOCK = Lock(
    source="muse",
    title="MUSE",
    licence="CC BY-NC 4.0",
    noncommercial=True,
    accepted=None,
    origin="https://there",
    revision=None,
)
BROKEN = ["", "{", "null", "{}", "[" * 100_000, '{"source": "\\ud800"}', "\0", "fifo", "folder"]


def broken(folder: Path, content: str) -> None:
    """Put what is no lock in the place of one."""
    place = folder / LOCK_NAME
    if content == "fifo":
        os.mkfifo(place)
    elif content == "folder":
        place.mkdir()
    else:
        place.write_text(content)


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_lock_in_its_own_folder(tmp_path: Path, content: str) -> None:
    broken(tmp_path, content)
    with pytest.raises(TextError, match=r"(is damaged|is not a file); move the folder .* away"):
        read_lock(tmp_path)


@pytest.mark.parametrize("content", BROKEN)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_broken_lock_above_a_text_is_ignored_with_a_note(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str, depth: int
) -> None:
    folder = tmp_path.joinpath(*["sub"] * depth)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "en-fr.txt").write_text("one un\n")
    broken(tmp_path, content)
    for _ in range(2):
        lexicon = read_lexicon(folder / "en-fr.txt", find("en"), find("fr"))
    assert lexicon.entries == {"one": ("un",)}
    assert lexicon.provenance.name == "word pairs"
    (note,) = [record.getMessage() for record in caplog.records]
    assert note.startswith(f"{tmp_path / LOCK_NAME} is ")
    assert "it is ignored" in note
    assert "delete" not in note


@pytest.mark.parametrize("stray", ["lock of something else", "{"])
def test_a_stray_lock_does_not_hide_the_one_above_it(tmp_path: Path, stray: str) -> None:
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "en-fr.txt"
    file.write_text("one un\n")
    lock = LOCK.with_files([lock_of("sub/en-fr.txt", file)])
    write_lock(tmp_path, lock)
    if stray == "{":
        (tmp_path / "sub" / LOCK_NAME).write_text(stray)
    else:
        write_lock(tmp_path / "sub", LOCK)
    assert lock_above(file) == (lock, lock.files[0])


def test_files_of_a_lock_are_sorted_and_replaced(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_text(name)
    lock = LOCK.with_files(lock_of(name, tmp_path / name) for name in ("b", "a"))
    assert [file.path for file in lock.files] == ["a", "b"]
    (tmp_path / "a").write_text("longer")
    again = lock.with_files([lock_of("a", tmp_path / "a")])
    assert [(file.path, file.size) for file in again.files] == [("a", 6), ("b", 1)]
    assert [file.path for file in again.without_file("a").files] == ["b"]
