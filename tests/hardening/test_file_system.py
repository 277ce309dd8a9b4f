"""Faults of the file system under real commands: the usual result, or one sentence and no harm."""

import errno
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.hardening.commands import Done, Forks, World, age, difference, left_overs, result
from tests.hardening.tally import Tally

FAMILY = "file-system faults"
NOBODY = 65534
NAMES = ("spectrum", "data get", "conversion")
"""Commands that together write everything that is written, and are quick."""

REMOVING = ("os.open", "os.scandir", "os.unlink")
"""Without these nothing can be removed; what is left waits for the next that writes there."""


class Ground:
    """Runs commands under faults and notes what is wrong."""

    def __init__(self, forks: Forks, world: World, folder: Path, tally: Tally) -> None:
        self.forks, self.world, self.tally, self.folder = forks, world, tally, folder
        self._count = 0
        self._expected: dict[str, dict[str, Any]] = {}

    def fresh(self) -> Path:
        """Return an empty folder that everybody may write into."""
        self._count += 1
        folder = self.folder / str(self._count)
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    def expected(self, name: str) -> dict[str, Any]:
        """Return the undisturbed result of a command."""
        if name not in self._expected:
            folder = self.fresh()
            done = self.forks.run(self.world.commands()[name], folder)
            assert done.ended.code == 0, done.errors
            self._expected[name] = result(folder)
        return self._expected[name]

    def judge(self, what: object, done: Done) -> bool:
        """Count a case; whether it ended as it should."""
        self.tally.cases[FAMILY] += 1
        if done.ended.hung:
            self.tally.fail("hangs", FAMILY, what)
        elif done.stray:
            self.tally.fail("stray exceptions", FAMILY, f"{what}: {done.stray}")
        else:
            return True
        return False

    def under(self, what: object, name: str, folder: Path, **fault: Any) -> Done:
        """Run a command under a fault, judge it, and see that the next run is undisturbed."""
        words = self.world.commands()[name]
        done = self.forks.run(words, folder, **fault)
        if self.judge(what, done) and done.ended.code == 0:
            self.compare(what, name, folder)
        return done

    def recovers(self, what: object, name: str, folder: Path) -> None:
        """The same command without the fault gives the usual result and leaves nothing over."""
        age(folder)
        done = self.forks.run(self.world.commands()[name], folder)
        if done.ended.code:
            self.tally.fail("stray exceptions", FAMILY, f"{what}: it sticks: {done.errors}")
            return
        self.compare(what, name, folder)
        if (left := left_overs(folder)) and not any(each in str(what) for each in REMOVING):
            self.tally.fail("stray exceptions", FAMILY, f"{what}: left over {left}")

    def compare(self, what: object, name: str, folder: Path) -> None:
        if differs := difference(self.expected(name), result(folder)):
            self.tally.fail("wrong numbers", FAMILY, f"{what}: {differs}")


@pytest.fixture(scope="module")
def shared_ground(forks: Forks, world: World, open_folder: Path) -> Iterator[Ground]:
    from tests.hardening.tally import TALLY

    folder = open_folder / "ground"
    folder.mkdir()
    yield Ground(forks, world, folder, TALLY)
    shutil.rmtree(folder)


FAULTS = [
    *((f"os.{name}", errno.ENOSPC) for name in ("fsync", "mkdir", "replace", "open")),
    *((f"os.{name}", errno.EIO) for name in ("fsync", "replace", "stat", "scandir")),
    *((f"os.{name}", errno.EACCES) for name in ("mkdir", "replace", "chmod", "open", "unlink")),
    *((f"os.{name}", errno.EROFS) for name in ("mkdir", "open", "utime")),
    ("os.replace", errno.EXDEV),
    ("os.mkdir", errno.EDQUOT),
    ("os.open", errno.EMFILE),
    *(("fcntl.flock", number) for number in (errno.ENOLCK, errno.EIO, errno.ENOSYS)),
    ("shutil.disk_usage", errno.EIO),
]


@pytest.mark.parametrize(("target", "number"), FAULTS)
def test_a_call_of_the_system_fails(shared_ground: Ground, target: str, number: int) -> None:
    at = FAULTS.index((target, number))
    name, after = NAMES[at % 3], (0, 1, 3)[at // 3 % 3]
    folder, what = shared_ground.fresh(), (name, target, errno.errorcode[number], after)
    shared_ground.under(what, name, folder, fault=(target, number, after))
    shared_ground.recovers(what, name, folder)
    shared_ground.tally.require(FAMILY, 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, 700, 40_000])
def test_files_may_not_grow(shared_ground: Ground, name: str, size: int) -> None:
    folder, what = shared_ground.fresh(), (name, "file size", size)
    shared_ground.under(what, name, folder, file_size=size)
    shared_ground.recovers(what, name, folder)
    shared_ground.tally.require(FAMILY, 1)


@contextmanager
def little_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """Mount a small disk on a folder, where this user may."""
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k,mode=777", "none", str(folder)]
    mount = shutil.which("mount") or "mount"
    if subprocess.run([mount, *options], capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("needs to mount a small disk, which this user may not")
    try:
        yield
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)  # noqa: S603


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kilobytes", [4, 24, 96])
def test_a_disk_that_is_too_small(shared_ground: Ground, name: str, kilobytes: int) -> None:
    folder, what = shared_ground.fresh(), (name, "disk", kilobytes)
    with little_disk(folder, kilobytes):
        shared_ground.under(what, name, folder)
        if left := left_overs(folder):
            shared_ground.tally.fail("stray exceptions", FAMILY, f"{what}: left over {left}")
    shared_ground.tally.require(FAMILY, 1)


@pytest.mark.parametrize("mode", [0, 0o500, 0o300])
@pytest.mark.parametrize(
    ("name", "place"),
    [
        *(("spectrum", place) for place in (".", "cache", "tables", "out.json", "cache/store")),
        *(("data get", place) for place in (".", "data")),
        *(("conversion", place) for place in ("cache", "cache/models")),
    ],
)
def test_missing_permissions(shared_ground: Ground, name: str, mode: int, place: str) -> None:
    user = NOBODY if os.geteuid() == 0 else None
    folder, what = shared_ground.fresh(), (name, f"{mode:o}", place)
    path = folder / place
    path.parent.mkdir(exist_ok=True)
    if place.endswith(".json"):
        path.touch()
    else:
        path.mkdir(exist_ok=True)
    for above in (path, path.parent):
        if user is not None and above != folder.parent:
            os.chown(above, user, user)
    path.chmod(mode & 0o600 if path.is_file() else mode)
    try:
        shared_ground.under(what, name, folder, user=user)
    finally:
        for each in (folder, *folder.rglob("*")):
            each.chmod(0o777 if each.is_dir() else 0o666)
    shared_ground.tally.require(FAMILY, 1)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def bound_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def device(number: int) -> Callable[[Path], None]:
    """A device of one's own, so that one that is replaced is not the machine's."""
    return lambda path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, number))


def _write_nonsense(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


KINDS: dict[str, Callable[[Path], None]] = {
    "pipe": fifo,
    "socket": bound_socket,
    "dangling link": link_to("nowhere/at/all"),
    "loop of links": link_to("."),
    "link to itself": lambda path: path.symlink_to(path.name),
    "null": device(3),
    "zero": device(5),
    "full": device(7),
    "folder": lambda path: path.mkdir(),
    "empty file": lambda path: path.touch(),
    "file of nonsense": _write_nonsense,
}
ROLES: dict[str, tuple[str, list[str]]] = {
    "corpus": ("spectrum", ["--corpus", "SPECIAL"]),
    "corpus of a language": ("spectrum", ["--corpus", "corpus"]),
    "lexicon": ("rank", ["--lexicon", "SPECIAL"]),
    "model": ("spectrum", ["--model", "./SPECIAL"]),
    "GGUF": ("spectrum", ["--model", "./SPECIAL.gguf"]),
    "config": ("spectrum", ["--config", "SPECIAL"]),
    "lock": ("spectrum", ["--corpus", "corpus"]),
    "cache": ("spectrum", []),
    "tables": ("spectrum", ["--csv", "SPECIAL"]),
    "copy": ("data get", ["--from", "SPECIAL"]),
    "data": ("data get", ["--to", "SPECIAL"]),
    "benchmark": ("evaluate", ["--task", "mgsm", "--data", "SPECIAL"]),
}
PLACES = {
    "corpus of a language": "corpus/he.txt",
    "lock": "corpus/bridgex-lock.json",
    "GGUF": "SPECIAL.gguf",
    "cache": "cache",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
def test_special_files(shared_ground: Ground, kind: str, role: str) -> None:
    if kind in {"null", "zero", "full"} and os.geteuid():
        pytest.skip("needs to make devices, which this user may not")
    folder, (name, more) = shared_ground.fresh(), ROLES[role]
    shutil.copytree(shared_ground.world.corpus, folder / "corpus")
    path = folder / PLACES.get(role, "SPECIAL")
    path.unlink(missing_ok=True)
    KINDS[kind](path)
    was = stat.S_IFMT(path.lstat().st_mode)
    done = shared_ground.forks.run(
        [*shared_ground.world.commands()[name], *more], folder, seconds=60.0
    )
    shared_ground.judge((kind, role), done)
    if stat.S_ISCHR(was) and not (path.exists() and stat.S_ISCHR(path.stat().st_mode)):
        shared_ground.tally.fail("stray exceptions", FAMILY, f"{kind} as {role} was replaced")
    shared_ground.tally.require(FAMILY, 1)


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "pipe"])
@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_special_files_as_outputs(shared_ground: Ground, kind: str, option: str) -> None:
    if kind in {"null", "zero", "full"} and os.geteuid():
        pytest.skip("needs to make devices, which this user may not")
    folder = shared_ground.fresh()
    path = folder / "SPECIAL"
    KINDS[kind](path)
    was = stat.S_IFMT(path.lstat().st_mode)
    words = [*shared_ground.world.commands()["spectrum"], option, "SPECIAL"]
    shared_ground.judge((kind, option), shared_ground.forks.run(words, folder))
    if stat.S_IFMT(path.lstat().st_mode) != was:
        shared_ground.tally.fail("stray exceptions", FAMILY, f"{kind} as {option} was replaced")
    shared_ground.tally.require(FAMILY, 1)


@pytest.mark.parametrize("name", [*NAMES, "rank"])
@pytest.mark.parametrize("stream", ["output", "errors"])
def test_a_full_stream(shared_ground: Ground, name: str, stream: str) -> None:
    folder = shared_ground.fresh()
    words = shared_ground.world.commands()[name]
    done = shared_ground.forks.run(words, folder, **{stream: "/dev/full"})
    shared_ground.judge((name, stream), done)
    shared_ground.tally.require(FAMILY, 1)
