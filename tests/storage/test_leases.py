"""Claims: one holder at a time, and a dead one's claim is taken over."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bridgex.errors import StoreError
from bridgex.storage import leases
from bridgex.storage.leases import Holder, Leases


def write(folder: Path, name: str, holder: Holder) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.lease").write_text(json.dumps(asdict(holder)))


def elsewhere(run: str = "run") -> Holder:
    return Holder(run, "another-machine/", 1, "", 1, "token")


def test_one_holds_a_claim_and_then_nobody(tmp_path: Path) -> None:
    first, second = Leases(tmp_path, "a"), Leases(tmp_path, "b")
    with first.claimed("x") as holder:
        assert holder is not None
        assert holder.attempt == 1
        assert second.held() == {"x": holder}
        assert str(os.getpid()) in str(holder)
        with second.claimed("x") as other:
            assert other is None
        with second.claimed("y") as other:
            assert other is not None
    assert first.held() == {}
    with second.claimed("x") as holder:
        assert holder is not None


def test_a_claim_ends_with_an_error(tmp_path: Path) -> None:
    claims = Leases(tmp_path, "a")
    with pytest.raises(ValueError, match="x"), claims.claimed("x"):
        raise ValueError("x")
    assert claims.held() == {}


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_dead_process_of_this_machine_holds_nothing(tmp_path: Path) -> None:
    claims = Leases(tmp_path, "run")
    with claims.claimed("x") as mine:
        assert mine is not None
        dead = replace(mine, process=dead_process(), token="dead")
    for run, attempt in (("run", 2), ("earlier run", 1)):
        write(tmp_path, "x", replace(dead, run=run))
        assert claims.held() == {}
        with claims.claimed("x") as holder:
            assert holder is not None
            assert holder.attempt == attempt


def test_a_silent_machine_loses_its_claim_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, now = Leases(tmp_path, "run"), [100.0]
    monkeypatch.setattr("bridgex.storage.leases.time.monotonic", lambda: now[0])
    write(tmp_path, "x", elsewhere())
    for seconds in (0.0, leases.EXPIRES - 1):
        now[0] = 100.0 + seconds
        with claims.claimed("x") as holder:
            assert holder is None
    os.utime(tmp_path / "x.lease", (5, 5))  # it lives: touched, by whatever clock
    now[0] = 100.0 + leases.EXPIRES + 1
    with claims.claimed("x") as holder:
        assert holder is None
    now[0] += leases.EXPIRES + 1
    with claims.claimed("x") as holder:
        assert holder is not None
        assert holder.attempt == 2


def test_a_torn_claim_expires_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, now = Leases(tmp_path, "run"), [0.0]
    monkeypatch.setattr("bridgex.storage.leases.time.monotonic", lambda: now[0])
    (tmp_path / "x.lease").write_text('{"run":')
    with claims.claimed("x") as holder:
        assert holder is None
    now[0] = leases.EXPIRES + 1
    with claims.claimed("x") as holder:
        assert holder is not None


def test_a_holder_touches_its_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.01)
    with Leases(tmp_path, "a").claimed("x"):
        os.utime(tmp_path / "x.lease", (5, 5))
        until = time.monotonic() + 5
        while (tmp_path / "x.lease").stat().st_mtime == 5 and time.monotonic() < until:
            time.sleep(0.01)
        assert (tmp_path / "x.lease").stat().st_mtime != 5


def test_who_lost_a_claim_leaves_the_new_holders(tmp_path: Path) -> None:
    claims = Leases(tmp_path, "a")
    with claims.claimed("x"):
        write(tmp_path, "x", elsewhere())
    assert claims.held() == {"x": elsewhere()}


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError), Leases(tmp_path / "file" / "leases", "a").claimed("x"):
        pass


@pytest.mark.parametrize("links", [True, False])
def test_a_claim_is_whole_when_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """A process that is killed while it makes a claim leaves none that nobody could end."""

    def killed(*_words: object, **_more: object) -> int:
        raise KeyboardInterrupt

    def none(*_paths: object) -> None:
        raise PermissionError("no hard links here")

    leases = Leases(tmp_path, "run")
    if links:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", killed)
            with pytest.raises(KeyboardInterrupt), leases.claimed("a"):
                pass
    else:
        monkeypatch.setattr(os, "link", none)
    with leases.claimed("a") as first, Leases(tmp_path, "run").claimed("a") as second:
        assert first
        assert second is None
        assert leases.holder("a") == first
    assert [path.name for path in tmp_path.iterdir() if path.name != ".lock"] == []
