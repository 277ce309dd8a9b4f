"""Progress on the terminal: a bar where someone watches, a line where the output is a file."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from bridgex.progress import Advance
from bridgex.report.console import PlainConsole
from bridgex.report.text import visible

SAY_AFTER = 1.0
"""Seconds of work worth a line in a file."""


class RateColumn(ProgressColumn):
    """How many units are done in a second, or in how many seconds one is."""

    def render(self, task: Task) -> Text:
        """Return the rate; nothing before it is known."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:.3g}/s" if speed >= 1 else f"{1 / speed:.3g} s each")


class TerminalProgress:
    """Shows progress on a console, usually that of the standard error stream."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, what: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Open a line of progress; see `bridgex.progress.Progress`."""
        return self._bar(what, total) if self._console.is_terminal else self._line(what)

    @contextmanager
    def _bar(self, what: str, total: int | None) -> Iterator[Advance]:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(visible(what, keep=""), total=total)
            yield lambda units: progress.advance(task, units)

    @contextmanager
    def _line(self, what: str) -> Iterator[Advance]:
        started = time.monotonic()
        yield lambda _units: None
        seconds = time.monotonic() - started
        if seconds >= SAY_AFTER:
            self._console.print(f"{visible(what)}: {seconds:.0f} s", markup=False, highlight=False)


def stderr_progress() -> TerminalProgress:
    """Return progress on standard error."""
    return TerminalProgress(PlainConsole(stderr=True))
