"""How the program ends: by a signal, a broken pipe, a full device, an ASCII terminal."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

WORK = """
import sys, time
from pathlib import Path
from bridgex.cli.process import run
from bridgex.storage.files import writing

def work():
    with writing(Path(sys.argv[1])) as temporary:
        temporary.write_text("half", encoding="utf-8")
        try:
            print("ready", flush=True)
            time.sleep(60)
        finally:
            if len(sys.argv) > 2:
                print("cleaning", flush=True)
                time.sleep(60)

sys.exit(run(work))
"""
SAY = """
import sys
from bridgex.cli.process import run
{before}
sys.exit(run(lambda: print({what})))
"""


@pytest.fixture(autouse=True)
def usual_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


def working(target: Path, *more: str, **options: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WORK, str(target), *more]
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def say(what: str, before: str = "", **options: Any) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", SAY.format(what=what, before=before)]
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, **options)  # noqa: S603


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_cleans_up_and_ends_in_a_sentence(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.default_int_handler)  # nohup ignores SIGHUP for all below
    try:
        process = working(tmp_path / "result.json")
    finally:
        signal.signal(number, before)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (128 + number, "Interrupted.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_at_once_without_a_traceback(
    tmp_path: Path, second: signal.Signals
) -> None:
    process = working(tmp_path / "result.json", "clean slowly")
    assert process.stdout is not None
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(second)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (128 + second, "")


def test_a_signal_that_the_caller_ignores_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = working(tmp_path / "result.json")
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143


def test_signals_are_as_before_after_the_block() -> None:
    from bridgex.cli.process import Ended, ending_signals

    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Ended) as ended, ending_signals():
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.exit_code == 143
    assert isinstance(ended.value, KeyboardInterrupt)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_full_standard_output_is_one_sentence() -> None:
    with open("/dev/full", "wb") as full:
        ended = say("'x' * 100_000", stdout=full)
        short = say("'x'", stdout=full)
    for each in (ended, short):
        assert each.returncode == 1
        assert each.stderr.decode() == (
            "Error: Cannot write to standard output (no space left on device); make room there.\n"
        )


def test_nobody_reading_ends_silently() -> None:
    for what in ("'x'", "'x' * 100_000"):
        reading, writing = os.pipe()
        os.close(reading)
        ended = say(what, stdout=writing)
        os.close(writing)
        assert (ended.returncode, ended.stderr) == (1, b"")


def test_an_ascii_terminal_gets_replacements() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ended = say("'0.1 … 0.2 火'", stdout=subprocess.PIPE, env=environment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"0.1 ? 0.2 ?\n", b"")


def test_a_closed_standard_output_ends_without_a_traceback() -> None:
    ended = say("'x'", before="sys.stdout = None", stdout=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize(("code", "expected"), [("None", 0), ("3", 3), ("'words'", 1)])
def test_an_exit_code_is_kept(code: str, expected: int) -> None:
    ended = say(f"sys.exit({code})", stdout=subprocess.PIPE)
    assert ended.returncode == expected


def test_warnings_of_ours_are_safe_for_a_terminal() -> None:
    log = "__import__('logging').getLogger('bridgex.x').warning('\\x1b[2J\\u202e')"
    ended = say(log, stdout=subprocess.PIPE)
    assert ended.stderr == b"\\x1b[2J\\u202e\n"
