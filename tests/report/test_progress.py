"""Progress on the terminal: what it names is shown as it is."""

import io
import re
import time

import pytest
from rich.console import Console

from bridgex.report.progress import TerminalProgress, pace


@pytest.mark.parametrize("terminal", [True, False])
def test_names_are_neither_markup_nor_control(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.report.progress.SAY_AFTER", 0.0)
    file = io.StringIO()
    progress = TerminalProgress(Console(file=file, force_terminal=terminal, width=200))
    with progress("Reading [bold]x[/bold] \x9b2J[/oops]", 1) as advance:
        advance(1)
    assert "Reading [bold]x[/bold] \\x9b2J[/oops]" in file.getvalue()
    assert "\x9b" not in file.getvalue()


def test_a_file_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.report.progress.SAY_EVERY", 0.02)
    file = io.StringIO()
    progress = TerminalProgress(Console(file=file, width=20))

    def wait_for(text: str) -> None:
        ends = time.monotonic() + 10
        while text not in file.getvalue():
            assert time.monotonic() < ends, file.getvalue()
            time.sleep(0.005)

    with progress("Asking", 40) as advance:
        wait_for("Asking: 0 of 40, rate not known yet, 0 s so far\n")
        advance(30)
        wait_for("Asking: 30 of 40, ")
        advance(10)
    said = re.findall(r"Asking: 30 of 40, [\d.,]+/s, 0:00:00 left, 0 s so far\n", file.getvalue())
    assert said
    with progress("Loading"):
        wait_for("Loading: at work, 0 s so far\n")
    length = len(file.getvalue())
    time.sleep(0.06)
    assert len(file.getvalue()) == length  # nothing is said of what has ended


def test_nobody_reads_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.report.progress.SAY_EVERY", 0.01)
    file = io.StringIO()
    with TerminalProgress(Console(file=file))("Asking", 4) as advance:
        file.close()
        time.sleep(0.05)
        advance(4)


def test_a_bar_knows_its_rate_after_one_batch() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=200)
    with TerminalProgress(console)("Asking", 40) as advance:
        advance(10)
        time.sleep(0.3)
    assert re.search(r"[\d.,]+(/s| s each), 0:00:0\d left", file.getvalue())


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
