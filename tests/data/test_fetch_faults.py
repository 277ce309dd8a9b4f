"""What is locked is right, what is not ours is left alone, and every remedy works."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bridgex.data import fetch as fetching
from bridgex.data import origins
from bridgex.data.archives import DamagedArchiveError
from bridgex.data.catalogue import Source, source
from bridgex.data.client import RetryPolicy
from bridgex.data.fetch import get, register
from bridgex.data.limits import Limits
from bridgex.errors import DownloadError, RequestError, StoreError, TextError
from bridgex.texts.lock import LOCK_NAME, Lock, lock_of, read_lock, write_lock
from tests.data.server import Server, serving
from tests.data.test_archives import tar_of, zip_of
from tests.data.test_fetch import BELEBELE, OLD, files, github, hub, muse

QUICK = RetryPolicy(attempts=2, stall=1.0, wait=0.01)
NAME = "flores200_dataset.tar.gz"
MEMBER = "flores200_dataset/devtest/heb_Hebr.devtest"


def flores(server: Server) -> Source:
    return replace(source("flores200"), origin=origins.Addresses(server.url, (NAME,)))


def flores_archive(folder: Path, content: bytes = b"one\n" * 5000) -> bytes:
    return tar_of(folder / "made.tar.gz", {MEMBER: content}).read_bytes()


def locked_paths(folder: Path) -> list[str]:
    lock = read_lock(folder)
    return [] if lock is None else [file.path for file in lock.files]


# Archives are locked after their contents were checked.


@pytest.mark.parametrize("harm", ["cut", "checksum", "end"])
def test_the_remedy_after_a_damaged_archive_works(
    server: Server, tmp_path: Path, harm: str
) -> None:
    whole = flores_archive(tmp_path)
    harmed = {
        "cut": whole[: len(whole) // 2],
        "checksum": whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:],
        "end": whole[:-4],
    }
    server.publish(f"/{NAME}", harmed[harm])
    with pytest.raises(DownloadError, match=r"damaged or cut short.*run the command again"):
        get(flores(server), tmp_path / "data", ["he"], retries=QUICK)
    assert files(tmp_path / "data" / "flores200") == set()
    assert read_lock(tmp_path / "data" / "flores200") is None
    server.publish(f"/{NAME}", whole, ETag='"two"')
    lock = get(flores(server), tmp_path / "data", ["he"], retries=QUICK)
    assert [file.path for file in lock.files] == ["devtest/heb_Hebr.devtest", NAME]


def test_a_zip_with_a_damaged_member_is_not_locked(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its directory is whole, so its names are read; the member's checksum is another."""
    text = b"word\t1\n" * 50
    whole = zip_of(tmp_path / "a.zip", {"fi-l2/fi-hu/fi-hu.test.2000.cc.trans": text}).read_bytes()
    path = "lexicons/fi-l2.zip"
    harmed = whole.replace(text, text[::-1])
    assert harmed != whole
    github(server, monkeypatch, "cambridgeltl/panlex-bli", {path: harmed})
    with pytest.raises(DamagedArchiveError):
        get(source("panlex-bli"), tmp_path / "data", ["all"], retries=QUICK)
    assert locked_paths(tmp_path / "data" / "panlex-bli") == []
    github(server, monkeypatch, "cambridgeltl/panlex-bli", {path: whole})
    get(source("panlex-bli"), tmp_path / "data", ["all"], retries=QUICK)
    assert (tmp_path / "data/panlex-bli/fi-hu.test.2000.cc.trans").read_bytes() == text


def test_a_damaged_archive_that_an_earlier_release_locked(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "flores200"
    folder.mkdir()
    whole = flores_archive(tmp_path)
    (folder / NAME).write_bytes(whole[:-4])
    known = flores(server)
    lock = Lock(known.name, known.title, known.licence, known.noncommercial, None, server.url, None)
    write_lock(folder, lock.with_files([lock_of(NAME, folder / NAME)]))
    server.publish(f"/{NAME}", whole)
    with pytest.raises(DownloadError, match=r"damaged or cut short.*run the command again"):
        get(known, tmp_path, ["he"], retries=QUICK)
    get(known, tmp_path, ["he"], retries=QUICK)
    assert files(folder) == {NAME, "devtest/heb_Hebr.devtest"}
    assert locked_paths(folder) == ["devtest/heb_Hebr.devtest", NAME]


def test_a_good_archive_is_kept_where_a_limit_is_lower_than_before(
    server: Server, tmp_path: Path
) -> None:
    server.publish(f"/{NAME}", flores_archive(tmp_path))
    get(flores(server), tmp_path, ["he"], retries=QUICK)
    (tmp_path / "flores200" / "devtest" / "heb_Hebr.devtest").unlink()
    with pytest.raises(DownloadError, match="--max-size"):
        get(flores(server), tmp_path, ["he"], retries=QUICK, limits=Limits(max_bytes=9000))
    assert files(tmp_path / "flores200") == {NAME}
    get(flores(server), tmp_path, ["he"], retries=QUICK)
    assert files(tmp_path / "flores200") == {NAME, "devtest/heb_Hebr.devtest"}


def test_two_members_for_one_file(server: Server, tmp_path: Path) -> None:
    both = {f"{top}/devtest/heb_Hebr.devtest": top.encode() for top in ("a", "b")}
    server.publish(f"/{NAME}", tar_of(tmp_path / "a", both).read_bytes())
    with pytest.raises(DownloadError, match=r"two members for devtest/heb_Hebr\.devtest"):
        get(flores(server), tmp_path / "data", ["he"], retries=QUICK)
    assert files(tmp_path / "data" / "flores200") == set()


def test_a_damaged_archive_in_a_copy_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    whole = flores_archive(tmp_path)
    (own / NAME).write_bytes(whole[:-4])
    with pytest.raises(DownloadError, match="replace your own copy and register it again"):
        register(source("flores200"), tmp_path / "data", own)
    assert files(tmp_path / "data" / "flores200") == set()
    (own / NAME).write_bytes(whole)
    assert len(register(source("flores200"), tmp_path / "data", own).files) == 2


# Files of somebody else's.


@pytest.mark.parametrize("what", ["file", "folder", "link", "broken link"])
def test_a_file_of_somebody_elses_is_not_overwritten(
    server: Server, tmp_path: Path, what: str
) -> None:
    place, elsewhere = tmp_path / "data" / "muse" / "en-fr.txt", tmp_path / "elsewhere"
    place.parent.mkdir(parents=True)
    elsewhere.write_text("notes")
    if what == "file":
        place.write_text("notes")
    elif what == "folder":
        place.mkdir()
    else:
        place.symlink_to(elsewhere if what == "link" else tmp_path / "nowhere")
    before = sorted(path for path in place.parent.rglob("*"))
    with pytest.raises(TextError, match=r"en-fr\.txt is there already.*move it away"):
        get(muse(server, "en", "fr"), tmp_path / "data", ["en", "fr"], accept_licence=True)
    assert "/muse/en-fr.txt" not in [path for _, path, _ in server.requests]
    assert [path for path in place.parent.rglob("*") if path in before] == before
    assert elsewhere.read_text() == "notes"
    assert what != "file" or place.read_text() == "notes"


def test_a_member_does_not_overwrite_a_file_of_somebody_elses(
    server: Server, tmp_path: Path
) -> None:
    place = tmp_path / "flores200" / "devtest" / "heb_Hebr.devtest"
    place.parent.mkdir(parents=True)
    place.write_text("notes")
    server.publish(f"/{NAME}", flores_archive(tmp_path))
    with pytest.raises(TextError, match="is there already"):
        get(flores(server), tmp_path, ["he"], retries=QUICK)
    assert place.read_text() == "notes"
    assert locked_paths(tmp_path / "flores200") == []
    place.unlink()
    get(flores(server), tmp_path, ["he"], retries=QUICK)
    assert place.read_bytes() == b"one\n" * 5000


def test_a_registered_copy_does_not_overwrite_either(tmp_path: Path) -> None:
    own, place = tmp_path / "own", tmp_path / "data" / "muse" / "en-fr.txt"
    own.mkdir()
    place.parent.mkdir(parents=True)
    (own / "en-fr.txt").write_text("one un\n")
    (own / "fr-en.txt").write_text("un one\n")
    place.write_text("notes")
    with pytest.raises(TextError, match="is there already"):
        register(source("muse"), tmp_path / "data", own, accept_licence=True)
    assert files(tmp_path / "data" / "muse") == {"en-fr.txt"}
    assert place.read_text() == "notes"
    place.write_text("one un\n")  # the very same file is no obstacle
    register(source("muse"), tmp_path / "data", own, accept_licence=True)
    assert locked_paths(tmp_path / "data" / "muse") == ["en-fr.txt", "fr-en.txt"]


def test_a_folder_registers_itself(tmp_path: Path) -> None:
    """A copy that somebody put where sources are kept is locked where it lies."""
    folder = tmp_path / "muse"
    folder.mkdir()
    (folder / "en-fr.txt").write_text("one un\n")
    lock = register(source("muse"), tmp_path, folder, accept_licence=True)
    assert (lock.origin, files(folder)) == ("a copy in .", {"en-fr.txt"})
    assert register(source("muse"), tmp_path, folder) == lock


def test_what_was_locked_and_not_yet_moved_comes_again(server: Server, tmp_path: Path) -> None:
    """The program was killed between the two."""
    wanted = muse(server, "en", "fr")
    lock = get(wanted, tmp_path, ["en", "fr"], accept_licence=True)
    content = (tmp_path / "muse" / "en-fr.txt").read_bytes()
    (tmp_path / "muse" / "en-fr.txt").unlink()
    assert get(wanted, tmp_path, ["en", "fr"]) == lock
    assert (tmp_path / "muse" / "en-fr.txt").read_bytes() == content


# Copies of one's own.


def test_thousands_of_files_are_locked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for each in range(3000):
        (own / f"{each}.txt").write_text(f"{each}\n")
    written = []

    def counted(folder: Path, lock: Lock) -> None:
        written.append(folder)
        write_lock(folder, lock)

    monkeypatch.setattr(fetching, "write_lock", counted)
    began = time.monotonic()
    lock = register(source("muse"), tmp_path / "data", own, accept_licence=True)
    assert time.monotonic() - began < 20
    assert len(lock.files) == 3000
    assert len(written) == 1
    assert lock.problems(tmp_path / "data" / "muse") == []


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.jsonl").write_text("{}")
    (own / "z.jsonl").write_text("<html>404</html>")
    with pytest.raises(DownloadError, match="is a web page"):
        register(source("xcopa"), tmp_path / "data", own)
    assert files(tmp_path / "data" / "xcopa") == set()
    assert not (tmp_path / "data" / "xcopa" / ".unfinished").exists()
    assert (own / "z.jsonl").exists()


def test_data_and_copy_can_be_moved_together(tmp_path: Path) -> None:
    own = tmp_path / "here" / "own"
    own.mkdir(parents=True)
    (own / "val.id.jsonl").write_text("{}")
    lock = register(source("xcopa"), tmp_path / "here" / "data", own)
    assert lock.origin == "a copy in ../../own"
    written = (tmp_path / "here" / "data" / "xcopa" / LOCK_NAME).read_text("utf-8")
    assert str(tmp_path) not in written
    (tmp_path / "here").rename(tmp_path / "there")
    again = register(source("xcopa"), tmp_path / "there" / "data", tmp_path / "there" / "own")
    assert again == lock


def test_a_lock_of_an_earlier_release_names_its_copy_from_the_root(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "val.id.jsonl").write_text("{}")
    lock = register(source("xcopa"), tmp_path / "data", own)
    old = replace(lock, origin=f"a copy in {own}")
    write_lock(tmp_path / "data" / "xcopa", old)
    assert register(source("xcopa"), tmp_path / "data", own) == old
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "val.id.jsonl").write_text("{}")
    with pytest.raises(RequestError, match="delete that folder first"):
        register(source("xcopa"), tmp_path / "data", tmp_path / "other")


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "val.id.jsonl").write_text("{}")
    (tmp_path / "data" / "xcopa").mkdir(parents=True)
    (tmp_path / "data" / "xcopa" / ".unfinished").write_text("in the way")
    with pytest.raises(StoreError, match=r"Cannot write to .*--to DIR"):
        register(source("xcopa"), tmp_path / "data", own)


# The Hub.


def test_the_hub_goes_on_with_the_rest(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub(server, monkeypatch, "facebook/belebele", BELEBELE)
    path = f"/datasets/facebook/belebele/resolve/{OLD}/data/heb_Hebr.jsonl"
    server.faults[path] = ["cut"]
    get(source("belebele"), tmp_path, ["he"], retries=QUICK)
    assert [each.get("Range") for each in server.asked(path)] == [None, "bytes=3996-"]
    assert (tmp_path / "belebele/data/heb_Hebr.jsonl").read_bytes() == b"heb_Hebr" * 999


def test_the_hubs_token_stays_with_the_hub(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_IMPLICIT_TOKEN", False)
    hub(server, monkeypatch, "facebook/belebele", BELEBELE)
    path = f"/datasets/facebook/belebele/resolve/{OLD}/data/heb_Hebr.jsonl"
    with serving() as storage:
        storage.publish("/blob", BELEBELE["data/heb_Hebr.jsonl"])
        server.faults[path] = [(302, {"Location": f"{storage.url}/blob"})]
        get(source("belebele"), tmp_path, ["he"], retries=QUICK)
        assert {each.get("Authorization") for _, _, each in server.requests} == {"Bearer hf_secret"}
        assert "Authorization" not in storage.asked("/blob")[0]
    written = (tmp_path / "belebele" / LOCK_NAME).read_text("utf-8")
    assert "hf_secret" not in written


@pytest.mark.parametrize(
    "about",
    [
        b"not json",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"sha": "' + OLD.encode() + b'"}',
        b'{"sha": "' + OLD.encode() + b'", "siblings": [1]}',
        b'{"sha": 1, "siblings": []}',
        b'{"sha": "../../x", "siblings": []}',
        b'{"sha": null, "siblings": []}',
        b"\xff",
    ],
)
def test_answers_of_the_hub_that_are_none(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, about: bytes
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    server.publish("/api/datasets/facebook/belebele", about)
    with pytest.raises(DownloadError, match=r"did not (list the files|say its revision)"):
        get(source("belebele"), tmp_path, retries=QUICK)


@pytest.mark.parametrize("listing", [b"[" * 100_000, b'{"tree": [1]}', b'{"tree": null}', b"\xff"])
def test_deep_and_odd_listings_of_github(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listing: bytes
) -> None:
    github(server, monkeypatch, "cambridgeltl/xcopa", {})
    server.publish(f"/api/repos/cambridgeltl/xcopa/git/trees/{OLD}?recursive=1", listing)
    with pytest.raises(DownloadError, match="did not list the files"):
        get(source("xcopa"), tmp_path, retries=QUICK)


def test_a_lock_says_nothing_of_this_machine(server: Server, tmp_path: Path) -> None:
    get(muse(server, "en", "fr"), tmp_path, ["en", "fr"], accept_licence=True)
    written = json.loads((tmp_path / "muse" / LOCK_NAME).read_text("utf-8"))
    assert str(tmp_path) not in json.dumps(written)
