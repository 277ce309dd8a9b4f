"""How the program lives as a process: signals that end it, and streams that fail it."""

import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from bridgex.errors import reason
from bridgex.report.text import visible

INTERRUPTED = 130
"""Exit code of a program ended by Ctrl-C: 128 and the signal's number."""

FAILED = 1

_SHOW_CURSOR = b"\x1b[?25h"


class Ended(KeyboardInterrupt):
    """A signal asks the program to end; caught where Ctrl-C is.

    Attributes:
        exit_code: what the program ends with: 128 and the signal's number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def run(command: Callable[[], object]) -> int:
    """Run a command and return the exit code.

    Signals end the command as `ending_signals` says. Characters that standard output cannot
    encode are replaced; if it is full the exit code is 1 and a sentence says so, and if nobody
    reads it any longer the command ends silently.

    Args:
        command: what to run; may end with `SystemExit`.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    _log_visibly()
    try:
        code = _exit_code(command)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt as ended:
        _tell("Interrupted.")
        return getattr(ended, "exit_code", INTERRUPTED)
    except OSError as problem:
        if not isinstance(problem, BrokenPipeError):
            _tell(f"Error: Cannot write to standard output ({reason(problem)}); make room there.")
        _discard_output()
        return FAILED
    return code


@contextmanager
def ending_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP clean up as Ctrl-C does, by `Ended` in the main thread.

    A second signal ends the process at once. Signals that are ignored (``nohup``) stay ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def end(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            with suppress(OSError):
                if sys.stderr.isatty():
                    os.write(2, _SHOW_CURSOR)
            os._exit(128 + number)
        asked = True
        raise Ended(number)

    numbers = [
        getattr(signal, name)
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
        if hasattr(signal, name)  # Windows has no SIGHUP
    ]
    before = {
        number: signal.signal(number, end)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_code(command: Callable[[], object]) -> int:
    try:
        with ending_signals():
            command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED if end.code else 0
    return 0


def _tell(sentence: str) -> None:
    with suppress(OSError):
        print(visible(sentence, keep=""), file=sys.stderr, flush=True)  # noqa: T201


def _discard_output() -> None:
    """Send what is left for standard output nowhere, or the interpreter fails on it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class _Visible(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _log_visibly() -> None:
    """Print our own warnings on standard error, safe for a terminal."""
    log = logging.getLogger("bridgex")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(_Visible())
        log.addHandler(handler)
        log.propagate = False
