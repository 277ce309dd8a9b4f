"""Stage results: kept, found again, and never believed when torn or altered."""

import errno
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from bridgex.errors import StoreError
from bridgex.storage.files import locked, require_space, require_writable, writing
from bridgex.storage.store import Entry, Store, stage_key

INPUTS: dict[str, Any] = {"model": {"digest": "a"}, "corpus": "b", "settings": {"rate": 0.01}}


def entry() -> Entry:
    return Entry({"0000": torch.arange(12).reshape(3, 4)}, {"tokens": 7, "word": "火"})


def only_file(folder: Path) -> Path:
    (path,) = folder.rglob("*.safetensors")
    return path


def never() -> Entry:
    pytest.fail("a stored entry was made again")


def test_an_entry_is_made_once_and_comes_back_the_same(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.get("stats", INPUTS, entry)
    again = store.get("stats", INPUTS, never)
    assert torch.equal(again.tensors["0000"], entry().tensors["0000"])
    assert again.values == entry().values
    assert store.computed == [stage_key("stats", INPUTS)]


@pytest.mark.parametrize(
    "other",
    [
        {**INPUTS, "model": {"digest": "c"}},
        {**INPUTS, "corpus": "c"},
        {**INPUTS, "settings": {"rate": 0.02}},
        {**INPUTS, "chat": True},
    ],
)
def test_anything_that_differs_is_another_entry(tmp_path: Path, other: dict[str, Any]) -> None:
    assert stage_key("stats", other) != stage_key("stats", INPUTS)
    assert stage_key("probe", INPUTS) != stage_key("stats", INPUTS)
    store = Store(tmp_path)
    store.get("stats", INPUTS, entry)
    store.get("stats", other, entry)
    assert len(store.computed) == 2


@pytest.mark.parametrize("kept", [0, 8, 100, -1])
def test_a_torn_file_is_made_again(tmp_path: Path, kept: int) -> None:
    Store(tmp_path).get("stats", INPUTS, entry)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    store = Store(tmp_path)
    store.get("stats", INPUTS, entry)
    assert store.damaged == [path]
    assert Store(tmp_path).get("stats", INPUTS, never).values == entry().values


@pytest.mark.parametrize("what", [b"tokens", b"u706b", None])
def test_an_altered_file_is_made_again(tmp_path: Path, what: bytes | None) -> None:
    Store(tmp_path).get("stats", INPUTS, entry)
    path = only_file(tmp_path)
    whole = bytearray(path.read_bytes())
    at = len(whole) - 3 if what is None else whole.index(what)
    whole[at] ^= 1
    path.write_bytes(bytes(whole))
    store = Store(tmp_path)
    again = store.get("stats", INPUTS, entry)
    assert store.damaged == [path]
    assert torch.equal(again.tensors["0000"], entry().tensors["0000"])


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ValueError, OSError(errno.ENOSPC, "full")])
def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, problem: type[BaseException] | BaseException
) -> None:
    target = tmp_path / "folder" / "file.txt"
    with pytest.raises((KeyboardInterrupt, ValueError, StoreError)), writing(target) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise problem
    assert list(target.parent.iterdir()) == []


def test_a_failed_write_keeps_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), writing(target) as temporary:
        temporary.write_text("new", encoding="utf-8")
        raise KeyboardInterrupt
    assert target.read_text(encoding="utf-8") == "old"


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "model"
    for content in ("one", "two"):
        with writing(target) as temporary:
            temporary.mkdir()
            (temporary / content).touch()
    assert [path.name for path in target.iterdir()] == ["two"]


def test_a_full_disk_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        pytest.raises(StoreError, match=r"no space left on device.*BRIDGEX_CACHE"),
        writing(tmp_path / "file"),
    ):
        raise full


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(StoreError, match=r"Cannot write to .*BRIDGEX_CACHE"):
        Store(blocked).get("stats", INPUTS, entry)
    with pytest.raises(StoreError, match="Cannot write"), locked(blocked / "x"):
        pass


def test_two_at_once_make_an_entry_once(tmp_path: Path) -> None:
    made: list[str] = []

    def slowly(who: str) -> Entry:
        made.append(who)
        time.sleep(0.3)
        return entry()

    def asking(who: str) -> Entry:
        return Store(tmp_path).get("stats", INPUTS, lambda: slowly(who))

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(asking, "abc"))
    assert len(made) == 1
    assert all(each.values == entry().values for each in found)


def test_a_target_that_could_not_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "folder" / "file")
    assert list(tmp_path.iterdir()) == []
    blocked = tmp_path / "file"
    blocked.touch()
    require_writable(blocked)
    with pytest.raises(StoreError, match="is a folder; name a file"):
        require_writable(tmp_path)
    with pytest.raises(StoreError, match=r"Cannot write to .* \(not a directory\)"):
        require_writable(blocked / "new" / "file")


def test_room_is_asked_for_beforehand(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "yet", 1)
    with pytest.raises(StoreError, match="GiB are free"):
        require_space(tmp_path, 2**60)
