"""The files a user asks for: devices and pipes are written into, files replaced whole."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bridgex.errors import RequestError, StoreError
from bridgex.storage.outputs import (
    STANDARD_OUTPUT,
    require_outputs,
    write_output,
    write_together,
)


def device(folder: Path, name: str, minor: int) -> Path:
    """Our own node of /dev/null (3) or /dev/full (7): the machine's must not be at risk."""
    path = folder / name
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        path.open("rb").close()
    except OSError:
        pytest.skip("needs the right to make devices")
    return path


def test_a_device_is_written_into_and_stays_a_device(tmp_path: Path) -> None:
    null = device(tmp_path, "null", 3)
    require_outputs([null])
    write_output(null, b"x")
    assert stat.S_ISCHR(null.stat().st_mode)
    full = device(tmp_path, "full", 7)
    require_outputs([full])
    with pytest.raises(StoreError, match=r"Cannot write to .*full \(no space left on device\)"):
        write_output(full, b"x")
    assert stat.S_ISCHR(full.stat().st_mode)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["full", "null"]


def test_the_machines_own_null_device_may_be_named_twice() -> None:
    null = Path(os.devnull)
    before = null.stat()
    require_outputs([null, null])
    write_output(null, b"x")
    assert (null.stat().st_ino, null.stat().st_mode) == (before.st_ino, before.st_mode)


def test_a_link_to_a_device_is_written_into(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(os.devnull)
    require_outputs([link])
    write_output(link, b"x")
    assert link.is_symlink()
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    require_outputs([pipe])
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_output(pipe, b"whole" * 50_000)
    reader.join()
    assert read == [b"whole" * 50_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_is_written_in_order_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    code = (
        "import os, sys; from pathlib import Path; "
        "from bridgex.storage.outputs import require_outputs, write_output; "
        "os.chdir(sys.argv[2]); "
        "path = Path(sys.argv[1]); require_outputs([path]); print('before'); "
        "write_output(path, '火\\n'.encode()); print('after')"
    )
    command = [sys.executable, "-c", code, name, str(tmp_path)]
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    piped = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    assert piped.stdout.decode() == "before\n火\nafter\n"
    target = tmp_path / "out"
    with target.open("wb") as out:
        subprocess.run(command, stdout=out, check=True)  # noqa: S603
    assert target.read_text("utf-8") == "before\n火\nafter\n"
    assert os.listdir(tmp_path) == ["out"]  # no file named -


def test_standard_output_without_bytes_is_written_as_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    notebook = io.StringIO()
    monkeypatch.setattr(sys, "stdout", notebook)
    write_output(STANDARD_OUTPUT, "火".encode())
    assert notebook.getvalue() == "火"


def test_another_descriptor_is_written_to(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        write_output(Path(f"/dev/fd/{file.fileno()}"), b"x")
    assert (tmp_path / "file").read_bytes() == b"x"
    with pytest.raises(StoreError, match="bad file descriptor"):
        write_output(Path("/dev/fd/987"), b"x")


def test_nobody_reading_is_not_an_error_of_storage(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        write_output(Path(f"/dev/fd/{writing}"), b"x")
    os.close(writing)


def test_a_socket_and_a_disk_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        with pytest.raises(StoreError, match="is a disk or a socket; name a file"):
            require_outputs([path])
    disk = tmp_path / "disk"
    try:
        os.mknod(disk, stat.S_IFBLK | 0o666, os.makedev(7, 250))
    except OSError:
        pytest.skip("needs the right to make devices")
    with pytest.raises(StoreError, match="is a disk or a socket; name a file"):
        require_outputs([disk])


def test_two_outputs_that_are_the_same_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "here").symlink_to(tmp_path)
    for first, second in (
        ("a", "a"),
        ("a", f"{tmp_path}/a"),
        ("a", "sub/../a"),
        ("a", "link"),
        ("a", "here/a"),
        ("-", "/dev/stdout"),
        ("-", "-"),
    ):
        with pytest.raises(RequestError, match="are the same file; give each output its own"):
            require_outputs([Path(first), None, Path(second)])
    with pytest.raises(RequestError, match="are the same file"):
        require_outputs([Path("tables")], folders=[Path("tables")])
    for files, folders in (
        ([Path("a")], [Path("a/tables")]),
        ([Path("a"), Path("a/items")], []),
        ([Path("a/items"), Path("a")], []),
    ):
        with pytest.raises(RequestError, match="a is asked for as a file and as the folder of a/"):
            require_outputs(files, folders=folders)
    require_outputs([Path("a"), Path("b"), None, Path("-")], folders=[None])
    require_outputs([Path("tables/everything.json")], folders=[Path("tables")])
    assert sorted(os.listdir(tmp_path)) == ["here", "link"]


def test_what_could_not_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is a folder; name a file in it"):
        require_outputs([tmp_path])
    with pytest.raises(StoreError, match="is a file; name a folder"):
        require_outputs([], folders=[tmp_path / "file"])
    with pytest.raises(StoreError, match="not a directory"):
        require_outputs([tmp_path / "file" / "x"])
    with pytest.raises(StoreError, match="NUL"):
        require_outputs([tmp_path / "x\0y"])


def test_files_written_together_are_all_there_or_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(StoreError):
        write_together(tmp_path, {"a": b"new", "b": b"new", "x" * 300: b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}
    write_together(tmp_path / "new", {"a": b"1", "b": b"2"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == {
        "a": b"1",
        "b": b"2",
    }


def test_a_full_disk_leaves_no_half_of_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes
    written: list[Path] = []

    def filling(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", filling)
    with pytest.raises(StoreError, match="no space left on device"):
        write_together(tmp_path / "tables", dict.fromkeys("abcd", b"x"))
    assert len(written) == 3
    assert list((tmp_path / "tables").iterdir()) == []
