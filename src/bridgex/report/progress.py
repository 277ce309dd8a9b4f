"""Progress on the terminal: a bar where someone watches, lines where the output is a file."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from bridgex.progress import Advance
from bridgex.report.console import PlainConsole
from bridgex.report.text import visible

SAY_AFTER = 1.0
"""Seconds of work worth a line in a file."""

SAY_EVERY = 30.0
"""Seconds after which a file gets another line of the same work."""


class TerminalProgress:
    """Shows progress on a console, usually that of the standard error stream."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, what: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Open a line of progress; see `bridgex.progress.Progress`."""
        return self._bar(what, total) if self._console.is_terminal else self._lines(what, total)

    @contextmanager
    def _bar(self, what: str, total: int | None) -> Iterator[Advance]:
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, _Pace(), console=self._console, transient=True) as progress:
            task = progress.add_task(visible(what, keep=""), total=total)
            yield lambda units: progress.advance(task, units)

    @contextmanager
    def _lines(self, what: str, total: int | None) -> Iterator[Advance]:
        started, done = time.monotonic(), 0

        def advance(units: int) -> None:
            nonlocal done
            done += units

        def say() -> None:
            seconds = time.monotonic() - started
            far = f"{done:,} of {total:,}, {pace(done, total, seconds)}" if total else "at work"
            self._say(f"{what}: {far}, {seconds:.0f} s so far")

        with _every(SAY_EVERY, say):
            yield advance
        seconds = time.monotonic() - started
        if seconds >= SAY_AFTER:
            self._say(f"{what}: {seconds:.0f} s")

    def _say(self, line: str) -> None:
        self._console.print(visible(line), markup=False, highlight=False, soft_wrap=True)


class _Pace(ProgressColumn):
    """Rate and time left, from the first units on."""

    def render(self, task: Task) -> Text:
        if not task.total or not task.completed or task.elapsed is None:
            return Text("")
        return Text(pace(int(task.completed), int(task.total), task.elapsed))


def pace(done: int, total: int, seconds: float) -> str:
    """Return the rate so far and how long the rest takes at it, such as ``4.0/s, 0:03:40 left``.

    Args:
        done: units that are finished.
        total: units in all.
        seconds: what the finished ones took.
    """
    if not done or seconds <= 0:
        return "rate not known yet"
    left = timedelta(seconds=round((total - done) * seconds / done))
    rate = done / seconds
    return f"{rate:,.1f}/s, {left} left" if rate >= 1 else f"{1 / rate:.1f} s each, {left} left"


@contextmanager
def _every(seconds: float, say: Callable[[], None]) -> Iterator[None]:
    """Call something again and again, whatever the block does meanwhile."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            with suppress(OSError, ValueError):  # nobody reads it, or it is closed
                say()

    thread = threading.Thread(target=repeat, daemon=True, name="bridgex progress")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def stderr_progress() -> TerminalProgress:
    """Return progress on standard error."""
    return TerminalProgress(PlainConsole(stderr=True))
