"""One case in this process: it gives a value or an error of ours in one sentence, and in time."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from bridgex.errors import BridgexError
from tests.hardening.tally import Tally

REFUSED = object()
"""What `attempt` gives for a case that was refused, or failed."""

SECONDS = 20.0
"""After which a case counts as hanging."""


class HangError(BaseException):
    """A case took too long; no handler of exceptions swallows it."""


def _hang(_number: int, _frame: FrameType | None) -> None:
    raise HangError


def attempt(
    tally: Tally,
    family: str,
    case: object,
    call: Callable[[], Any],
    allowed: tuple[type[Exception], ...] = (BridgexError,),
) -> Any:
    """Return what a call gives, or `REFUSED`; anything but a value or a sentence is noted.

    Args:
        tally: counts the case and notes failures.
        family: which the case is counted under.
        case: what to print where it fails.
        call: the case.
        allowed: errors that are right.
    """
    tally.cases[family] += 1
    before = signal.signal(signal.SIGALRM, _hang)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return call()
    except allowed as problem:
        if "\n" in (said := str(problem)) or not said:
            tally.fail("stray exceptions", family, f"{case!r}: of several lines: {said!r}")
    except HangError:
        tally.fail("hangs", family, f"{case!r}")
    except Exception as problem:
        tally.fail("stray exceptions", family, f"{case!r}: {type(problem).__name__}: {problem}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return REFUSED
