"""Files written whole or not at all: modes, links, kills, locks, and what failures say."""

import errno
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridgex.errors import StoreError
from bridgex.storage import files
from bridgex.storage.files import (
    SWEEP_AGE,
    cache_folder,
    file_lock,
    locked,
    open_kept,
    require_writable,
    sweep,
    sweep_cache,
    writing,
)
from bridgex.storage.store import Entry, Store

WRITING = """
import sys, time
from pathlib import Path
from typing import Any
from bridgex.storage.files import writing
with writing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half", encoding="utf-8")
    print("ready", flush=True)
    time.sleep(60)
"""
HOLDING = """
import sys, time
from pathlib import Path
from typing import Any
from bridgex.storage.files import locked
with locked(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def another_run() -> None:
    """Folders are swept once in a process; each test stands for one."""
    files._sweep_once.cache_clear()
    files.sweep_cache.cache_clear()


def started(code: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def killed_while_writing(target: Path) -> Path:
    process = started(WRITING, target)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (room,) = target.parent.glob(".partial-*")
    return room


def aged(path: Path) -> None:
    os.utime(path, times=(time.time() - SWEEP_AGE - 5,) * 2)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(target: Path, text: str = "new") -> None:
    with writing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    room = killed_while_writing(tmp_path / "result.json")
    write(tmp_path / "other")
    assert room.exists()  # too young: its owner might not have taken the lock yet
    aged(room)
    files._sweep_once.cache_clear()
    write(tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_what_a_living_process_writes_is_not_touched(tmp_path: Path) -> None:
    process = started(WRITING, tmp_path / "result.json")
    try:
        (room,) = tmp_path.glob(".partial-*")
        aged(room)
        write(tmp_path / "other")
        assert (room / "result.json").read_text(encoding="utf-8") == "half"
    finally:
        process.kill()
        process.communicate()


def test_a_folder_of_the_users_is_never_swept(tmp_path: Path) -> None:
    own = tmp_path / ".partial-download"
    own.mkdir()
    (own / "thesis.tex").touch()
    aged(own)
    write(tmp_path / "result.json")
    assert (own / "thesis.tex").exists()


def test_an_empty_folder_of_one_killed_before_it_could_mark_it_is_removed(tmp_path: Path) -> None:
    """Only an empty one: without our mark a folder with files may be the user's own."""
    empty, own = tmp_path / ".partial-aaaa", tmp_path / ".partial-mine"
    empty.mkdir()
    own.mkdir()
    (own / "file").touch()
    sweep(tmp_path)
    assert empty.exists()  # too young
    aged(empty)
    aged(own)
    sweep(tmp_path)
    assert not empty.exists()
    assert (own / "file").exists()


def test_a_folder_that_nothing_can_be_opened_in_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Any, *_: Any, **__: Any) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "open", denied)
    require_writable(tmp_path / "result.json")  # a RecursionError of tempfile before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["x", "models/x", "store/stats/x", "data/muse/x"])
def test_a_run_that_computes_sweeps_the_whole_cache(
    own_cache: Path, tmp_path: Path, place: str
) -> None:
    target = own_cache / place
    target.parent.mkdir(parents=True, exist_ok=True)
    aged(killed_while_writing(target))
    Store().get("probe", {}, lambda: Entry({}, {}))
    assert list(own_cache.rglob(".partial-*")) == []
    sweep_cache(own_cache / "absent")


def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own(
    tmp_path: Path, umask: None
) -> None:
    new, old, model = tmp_path / "new", tmp_path / "old", tmp_path / "model"
    old.touch(mode=0o600)
    for target in (new, old):
        with writing(target) as temporary:
            temporary.touch(mode=0o640 if target is old else 0o600)
    with writing(model) as temporary:
        (temporary / "inner").mkdir(parents=True)
        (temporary / "inner" / "weights").touch(mode=0o600)
    assert [mode(new), mode(old)] == [0o644, 0o600]
    assert [mode(model), mode(model / "inner" / "weights")] == [0o755, 0o644]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    real = tmp_path / "real" / "file"
    real.parent.mkdir()
    real.write_text("old", encoding="utf-8")
    for name, target in (("link", real), ("dangling", tmp_path / "real" / "not yet")):
        link = tmp_path / name
        link.symlink_to(target)
        require_writable(link)
        write(link)
        assert link.is_symlink()
        assert target.read_text(encoding="utf-8") == "new"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(StoreError, match="Cannot write to"):
        write(loop / "file")


def test_a_durable_write_reaches_the_disk_before_it_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []

    def fsync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        flushed.append(f"{path.name} {'before' if not target.exists() else 'after'}")

    monkeypatch.setattr(os, "fsync", fsync)
    target = tmp_path / "model"
    with writing(target, durable=True) as temporary:
        temporary.mkdir()
        (temporary / "weights").touch()
    assert flushed == ["model before", "weights before", f"{tmp_path.name} after"]
    write(tmp_path / "file")
    assert len(flushed) == 3


def test_a_replaced_folder_is_whole_at_every_moment_but_one(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(StoreError), writing(target) as temporary:
        temporary.write_text("a file", encoding="utf-8")
    assert (target / "old").exists()


@pytest.mark.parametrize("name", [b"caf\xe9", b"\xff\xfe", "火".encode(), b"a b\n"])
def test_any_name_can_be_written(tmp_path: Path, name: bytes) -> None:
    target = tmp_path / os.fsdecode(name)
    require_writable(target)
    write(target)
    assert os.listdir(os.fsencode(tmp_path)) == [name]
    with locked(target):
        pass


@pytest.mark.parametrize("name", ["x\0y", "x" * 300])
def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match=r"^[^\n]+\.$"):
        write(tmp_path / name)
    with pytest.raises(StoreError, match=r"^[^\n]+\.$"):
        write(tmp_path / name / "file")


def test_a_tilde_in_the_variable_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BRIDGEX_CACHE", "~/x")
    assert cache_folder() == tmp_path / "x"
    monkeypatch.setenv("BRIDGEX_CACHE", "~nobody-of-that-name/x")
    with pytest.raises(StoreError, match="BRIDGEX_CACHE is ~nobody-of-that-name/x"):
        cache_folder()
    monkeypatch.setenv("BRIDGEX_CACHE", "")
    assert cache_folder().name == "bridgex"


def test_a_process_that_waits_says_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(files, "SILENT_WAIT", 0.1)
    process = started(HOLDING, tmp_path / "model", 1.0)
    with caplog.at_level(logging.WARNING, "bridgex"), locked(tmp_path / "model"):
        pass
    process.communicate()
    (message,) = caplog.messages
    today = time.strftime("%Y-")
    assert f"Waiting for process {process.pid} on " in message
    assert f"since {today}" in message
    assert str(tmp_path / ".model.lock") in message
    caplog.clear()
    with locked(tmp_path / "model"):
        assert f"process {os.getpid()} " in (tmp_path / ".model.holder").read_text("utf-8")
    assert not caplog.messages
    assert not (tmp_path / ".model.holder").exists()


def test_a_process_that_waits_too_long_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SILENT_WAIT", 0.1)
    monkeypatch.setenv("BRIDGEX_LOCK_WAIT", "0.2")
    process = started(HOLDING, tmp_path / "model", 1.5)
    said = rf"Gave up waiting for process {process.pid} on .* since .*wait longer with BRIDGEX_LOCK"
    with pytest.raises(StoreError, match=said), locked(tmp_path / "model"):
        pass
    monkeypatch.setenv("BRIDGEX_LOCK_WAIT", "soon")
    with pytest.raises(StoreError, match="BRIDGEX_LOCK_WAIT is soon"), locked(tmp_path / "model"):
        pass
    process.communicate()


def test_a_holder_that_cannot_be_read_is_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(files, "SILENT_WAIT", 0.1)
    process = started(HOLDING, tmp_path / "model", 0.7)
    (tmp_path / ".model.holder").write_bytes(b"\xff")
    with locked(tmp_path / "model"):
        pass
    process.communicate()
    assert "Waiting for another process" in caplog.text


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EIO, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_said_and_outputs_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    import fcntl

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    said = rf"has no file locks \({os.strerror(number).lower()}\); choose a folder on a local disk"
    for folder in (tmp_path, tmp_path / "items"):
        with pytest.raises(StoreError, match=said):
            Store(folder).get("probe", {}, lambda: Entry({}, {}))
        with pytest.raises(StoreError, match=said):
            Store(folder).items("probe", {}).add("0" * 64, {})
    write(tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text("utf-8") == "new"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_special_file_in_the_place_of_a_file_of_ours_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / ".model.lock")
    said = r"model.lock is not a regular file.*move it away\.$"
    with pytest.raises(StoreError, match=said), locked(tmp_path / "model"):
        pass
    store = Store(tmp_path)
    store.get("stats", {}, lambda: Entry({}, {}))
    (path,) = tmp_path.rglob("*.safetensors")
    path.unlink()
    make(path)
    with pytest.raises(StoreError, match=r"safetensors is not a regular file"):
        store.get("stats", {}, pytest.fail)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room or choose"),
        (errno.EDQUOT, "make room or choose"),
        (errno.EROFS, "check the disk or choose"),
        (errno.EIO, "check the disk or choose"),
        (errno.EACCES, "chmod u\\+rwX"),
    ],
)
def test_what_a_disk_refuses_is_a_store_error_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    store = Store(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "whatever")

    pattern = (
        rf"^Cannot write to .*\({os.strerror(number).lower()}\); .*{remedy}.*BRIDGEX_CACHE\)\.$"
    )
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fail)
        with pytest.raises(StoreError, match=pattern):
            store.get("stats", {}, lambda: Entry({}, {}))
    with monkeypatch.context() as patch:
        patch.setattr("bridgex.storage.items._append", fail)
        with pytest.raises(StoreError, match=pattern):
            store.items("generated", {}).add("0" * 64, {})
    assert store.computed == []


AS_NOBODY = """
import json, os, sys
from pathlib import Path
from typing import Any
from bridgex.errors import StoreError
from bridgex.storage.store import Entry, Store
os.setuid(65534)
for folder in sys.argv[1:]:
    try:
        store = Store(Path(folder))
        store.get("stats", {}, lambda: Entry({}, {}))
        items = store.items("generated", {})
        items.load(["0" * 64])
        items.add("0" * 64, {})
        print(json.dumps("nothing was refused"))
    except StoreError as problem:
        print(json.dumps(str(problem)))
"""
PARTS = ["stats/*.safetensors", "stats", "generated", "generated/*/0.jsonl", "generated/*/.lock"]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs another user")
def test_a_part_without_permission_is_named_with_the_remedy() -> None:
    import shutil
    import tempfile

    room = Path(tempfile.mkdtemp())  # where another user may go, unlike tmp_path
    try:
        room.chmod(0o755)
        denied: list[Path] = []
        for at, part in enumerate(PARTS):
            folder = room / str(at)
            store = Store(folder)
            store.get("stats", {}, lambda: Entry({}, {}))
            store.items("generated", {}).add("0" * 64, {})
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o777 if path.is_dir() else 0o666)
            denied += folder.glob(part)
        for path in denied:
            path.chmod(0)
        command = [sys.executable, "-c", AS_NOBODY, *(str(room / str(at)) for at in range(5))]
        child = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        assert child.stderr == ""
        messages = [json.loads(line) for line in child.stdout.splitlines()]
        assert len(messages) == len(denied) == len(PARTS)
        for path, message in zip(denied, messages, strict=True):
            remedy = f"give yourself the permission (chmod u+rwX {path})"
            assert message.startswith("Cannot ")
            assert f"(permission denied); {remedy}" in message
    finally:
        shutil.rmtree(room)


def test_absent_files_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert open_kept(tmp_path / "absent") is None
    assert open_kept(tmp_path / "file" / "below") is None
    opened = open_kept(tmp_path / "file")
    assert opened is not None
    opened.close()


def test_a_lock_is_released_by_a_failure(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="mine"), file_lock(tmp_path / "lock"):
            raise ValueError("mine")
