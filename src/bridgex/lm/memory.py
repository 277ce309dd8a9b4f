"""Going on with half the batch when memory runs out."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from bridgex.errors import ModelError

Result = TypeVar("Result")
OnOomSplit = Callable[[int], None]
"""Called with the number of rows a batch is cut down to for lack of memory."""

_ELSEWHERE = ("DefaultCPUAllocator", "MPS backend out of memory")
"""What torch says on processors for which it has no error of its own when memory runs out."""


def require_memory_problem(problem: RuntimeError, rows: int) -> None:
    """Return where a batch ran out of memory and can be halved; raise what else went wrong.

    Args:
        problem: what was raised while the batch was computed.
        rows: number of texts of the batch.

    Raises:
        ModelError: memory ran out on a single text.
        RuntimeError: the problem, where it is another one.
    """
    if not isinstance(problem, torch.OutOfMemoryError) and not any(
        sign in str(problem) for sign in _ELSEWHERE
    ):
        raise problem
    if rows == 1:
        raise ModelError(
            "Memory runs out on a single text; use --dtype bfloat16, a device with more memory, a "
            "smaller model, or shorter texts."
        ) from problem


def memory_notes(oom_splits: int, what: str) -> list[str]:
    """Return what to tell the reader of a result whose batches were halved, if they were."""
    times = "once" if oom_splits == 1 else f"{oom_splits} times"
    return [f"Memory ran out {times} while {what}: the batch was halved."] if oom_splits else []


def each_group(
    groups: Sequence[list[int]],
    compute: Callable[[list[int]], Result],
    oom_splits: OnOomSplit | None = None,
) -> Iterator[tuple[list[int], Result]]:
    """Yield each group of rows with what was computed of it, halving a group that does not fit.

    Args:
        groups: rows that are computed together.
        compute: computes one group.
        oom_splits: told the new size whenever a group is halved.

    Raises:
        ModelError: a single row does not fit.
    """
    waiting = list(groups)[::-1]
    while waiting:
        rows = waiting.pop()
        try:
            result = compute(rows)
        except RuntimeError as problem:
            require_memory_problem(problem, len(rows))
            cut = len(rows) // 2
            waiting += [rows[cut:], rows[:cut]]
            if oom_splits:
                oom_splits(max(cut, len(rows) - cut))
            continue
        yield rows, result
