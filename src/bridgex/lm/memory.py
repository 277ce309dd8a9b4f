"""Splitting a batch in half when memory runs out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import torch

from bridgex.errors import ModelError

Result = TypeVar("Result")
OnOomSplit = Callable[[int], None]
"""Called with the number of rows a batch is cut down to for lack of memory."""

_OUT_OF_MEMORY = ("DefaultCPUAllocator", "MPS backend out of memory")
"""What torch says on processors for which it has no error of its own when memory runs out."""


def require_memory_problem(problem: RuntimeError, rows: int) -> None:
    """Return where a batch ran out of memory and can be split; raise what else went wrong.

    Args:
        problem: what was raised while the batch was computed.
        rows: number of texts of the batch.

    Raises:
        ModelError: memory ran out on a single text.
        RuntimeError: the problem, where it is another one.
    """
    if not isinstance(problem, torch.OutOfMemoryError) and not any(
        sign in str(problem) for sign in _OUT_OF_MEMORY
    ):
        raise problem
    if rows == 1:
        raise ModelError(
            "Memory runs out on a single text; use --dtype bfloat16, a device with more memory, a "
            "smaller model, or shorter texts."
        ) from problem


def memory_notes(oom_splits: int, what: str) -> list[str]:
    """Return the notes of a result whose batches were split, if they were."""
    times = "once" if oom_splits == 1 else f"{oom_splits} times"
    return [f"Memory ran out {times} while {what}: the batch was split."] if oom_splits else []


def compute_rows(
    batches: Sequence[Sequence[int]],
    compute: Callable[[list[int]], Iterable[tuple[int, Result]]],
    oom_splits: OnOomSplit | None = None,
) -> Iterator[tuple[int, Result, bool]]:
    """Yield the result of each row as it comes, and split a batch in half that does not fit.

    The last batch, of the longest texts, is computed first: memory that is too small shows at once.
    Rows of a batch that came before memory ran out are not computed again.

    Args:
        batches: rows that are computed together, shortest texts first.
        compute: computes the rows of one batch and gives each with its result.
        oom_splits: called with the new size whenever a batch is split.

    Yields:
        Row, result, and whether its batch had been split.

    Raises:
        ModelError: a single row does not fit.
    """
    waiting = [(list(rows), False) for rows in batches]
    while waiting:
        rows, split = waiting.pop()
        missing = dict.fromkeys(rows)
        try:
            for row, result in compute(rows):
                del missing[row]
                yield row, result, split
        except RuntimeError as problem:
            require_memory_problem(problem, len(rows))
            rest = list(missing)
            cut = len(rest) // 2
            waiting += [(part, True) for part in (rest[cut:], rest[:cut]) if part]
            if oom_splits:
                oom_splits(len(rest) - cut)
