"""Progress on the terminal: what it names is shown as it is."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console

from bridgex.report import progress
from bridgex.report.progress import TerminalProgress, pace


@pytest.mark.parametrize("terminal", [True, False])
def test_names_are_neither_markup_nor_control(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.report.progress.SAY_AFTER", 0.0)
    file = io.StringIO()
    shown = TerminalProgress(Console(file=file, force_terminal=terminal, width=200))
    with shown("Reading [bold]x[/bold] \x9b2J[/oops]", 1) as advance:
        advance(1)
    assert "Reading [bold]x[/bold] \\x9b2J[/oops]" in file.getvalue()
    assert "\x9b" not in file.getvalue()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_file_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, due = Clock(), list[Callable[[], None]]()

    @contextmanager
    def by_hand(_seconds: float, say: Callable[[], None]) -> Iterator[None]:
        due.append(say)
        yield

    monkeypatch.setattr(progress, "_every", by_hand)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=clock))
    file = io.StringIO()
    lines = TerminalProgress(Console(file=file, width=20))
    with lines("Asking", 40) as advance:
        due[0]()
        advance(30)
        clock.now = 60.0
        due[0]()
        advance(10)
    with lines("Loading"):
        due[1]()
    assert file.getvalue().splitlines() == [
        "Asking: 0 of 40, rate not known yet, 0 s so far",
        "Asking: 30 of 40, 2.0 s each, 0:00:20 left, 60 s so far",
        "Asking: 60 s",
        "Loading: at work, 0 s so far",
    ]


def test_lines_are_said_again_and_again_until_the_end_also_where_nobody_reads() -> None:
    said = threading.Semaphore(0)

    def say() -> None:
        said.release()
        raise ValueError("I/O operation on closed file")

    with progress._every(0.001, say):
        for _ in range(3):
            said.acquire()
    assert "bridgex progress" not in {thread.name for thread in threading.enumerate()}


def test_a_bar_knows_its_rate_after_one_batch() -> None:
    clock, file = Clock(), io.StringIO()
    console = Console(file=file, force_terminal=True, width=200, get_time=clock)
    with TerminalProgress(console)("Asking", 40) as advance:
        advance(10)
        clock.now = 2.5
    assert "4.0/s, 0:00:08 left" in file.getvalue()


@pytest.mark.parametrize(
    ("done", "total", "seconds", "shown"),
    [
        (120, 1000, 30.0, "4.0/s, 0:03:40 left"),
        (2, 10, 60.0, "30.0 s each, 0:04:00 left"),
        (2_000_000, 4_000_000, 1.0, "2,000,000.0/s, 0:00:01 left"),
        (40, 40, 4.0, "10.0/s, 0:00:00 left"),
        (0, 40, 9.0, "rate not known yet"),
        (4, 40, 0.0, "rate not known yet"),
    ],
)
def test_pace(done: int, total: int, seconds: float, shown: str) -> None:
    assert pace(done, total, seconds) == shown
