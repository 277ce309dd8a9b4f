"""Progress on the terminal: a bar where someone watches, a line where the output is a file."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bridgex.progress import Advance
from bridgex.report.console import PlainConsole
from bridgex.report.text import visible

SAY_AFTER = 1.0
"""Seconds of work worth a line in a file."""


class TerminalProgress:
    """Shows progress on a console, usually that of the standard error stream."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, what: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Open a line of progress; see `bridgex.progress.Progress`."""
        return self._bar(what, total) if self._console.is_terminal else self._line(what)

    @contextmanager
    def _bar(self, what: str, total: int | None) -> Iterator[Advance]:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        with Progress(
            *columns, TimeRemainingColumn(), console=self._console, transient=True
        ) as progress:
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
