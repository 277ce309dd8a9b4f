"""Remembered digests are trusted where nothing about a file has changed, and nowhere else."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridgex.lm import digests
from bridgex.lm.digests import MEMORY, file_digest, remembered_digests, verify_digests


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is old enough to be remembered."""
    monkeypatch.setattr(digests, "SETTLED", 0.0)
    path = tmp_path / "weights"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that were read."""
    paths: list[Path] = []

    def counted(path: Path, *given: Any) -> str:
        paths.append(path)
        return file_digest(path, *given)

    monkeypatch.setattr(digests, "file_digest", counted)
    return paths


def digest(path: Path) -> str:
    return remembered_digests([path])[0]


def keep_times(path: Path, change: Callable[[], object]) -> None:
    """Change a file as ``cp -p``, ``rsync -t`` and ``tar`` do."""
    before = path.stat()
    change()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"WEIGHTS")
    other.replace(path)


def linked(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"WEIGHTS")
    path.unlink()
    path.symlink_to(other)


def test_an_unchanged_file_is_read_once(file: Path, read: list[Path]) -> None:
    assert digest(file) == digest(file) == file_digest(file)
    assert read == [file]


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"WEIGHTS"), replaced, linked])
def test_another_content_of_the_same_size_and_time_is_seen(
    file: Path, change: Callable[[Path], object]
) -> None:
    before = digest(file)
    keep_times(file, lambda: change(file))
    assert file.stat().st_size == len(b"weights")
    assert digest(file) == file_digest(file) != before


def test_a_file_just_written_is_not_remembered(
    file: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SETTLED", 3600.0)
    digest(file)
    digest(file)
    assert read == [file, file]


@pytest.mark.parametrize(
    "alter",
    [
        lambda record: record | {"sha256": "0" * 64},
        lambda record: record | {"sha256": record["sha256"][::-1]},
        lambda record: record | {"sha256": 7},
        lambda record: record | {"stamp": []},
        lambda record: record | {"check": ""},
        lambda _record: "0" * 64,
        lambda _record: None,
        lambda _record: [],
    ],
)
def test_an_altered_record_is_not_trusted(
    file: Path, own_cache: Path, alter: Callable[[dict[str, Any]], Any]
) -> None:
    expected = digest(file)
    memory = own_cache / MEMORY
    records = json.loads(memory.read_text(encoding="utf-8"))
    memory.write_text(json.dumps({path: alter(each) for path, each in records.items()}))
    assert digest(file) == expected


@pytest.mark.parametrize("content", ["", "[]", "7", "{", "[" * 100_000, "\udcff"])
def test_a_damaged_memory_is_forgotten(file: Path, own_cache: Path, content: str) -> None:
    (own_cache / MEMORY).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert digest(file) == file_digest(file)


def test_a_record_of_another_file_is_not_trusted(file: Path, own_cache: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"WEIGHTS")
    remembered_digests([file, other])
    memory = own_cache / MEMORY
    records = json.loads(memory.read_text(encoding="utf-8"))
    assert len(records) == 2
    swapped = dict(zip(records, reversed(records.values()), strict=True))
    memory.write_text(json.dumps(swapped), encoding="utf-8")
    assert remembered_digests([file, other]) == [file_digest(file), file_digest(other)]


def test_other_records_stay_when_one_is_added(file: Path, read: list[Path]) -> None:
    other = Path(shutil.copy(file, file.with_name("other")))
    digest(file)
    digest(other)
    digest(file)
    digest(other)
    assert read == [file, other]


def test_verifying_reads_again_what_no_time_stamp_shows(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [Path(shutil.copy(file, file.with_name(name))) for name in ("rotten", "gone", "new")]
    remembered_digests([file, *others])
    rotten, gone, new = others
    stamps = {path: digests.stamp(path) for path in (file, rotten)}
    rotten.write_bytes(b"WEIGHTS")
    gone.unlink()
    new.write_bytes(b"longer than before")
    real = digests.stamp
    monkeypatch.setattr(digests, "stamp", lambda path: stamps.get(path) or real(path))
    check = verify_digests()
    assert (check.same, check.changed, set(check.gone)) == ((file,), (rotten,), {gone, new})
    assert digest(rotten) == file_digest(rotten)
    assert verify_digests().changed == ()


def test_progress_is_told_every_byte(file: Path) -> None:
    from collections.abc import Iterator
    from contextlib import contextmanager

    said: list[Any] = []

    @contextmanager
    def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        said.append((what, total))
        yield said.append

    remembered_digests([file], "Reading", progress)
    assert said == [("Reading", 7), 7]
