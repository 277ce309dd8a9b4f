"""Going on with half the batch when memory runs out."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

Result = TypeVar("Result")
Halved = Callable[[int], None]
"""Called with the number of rows a batch is cut down to for lack of memory."""


def each_group(
    groups: Sequence[list[int]],
    compute: Callable[[list[int]], Result],
    halved: Halved | None = None,
) -> Iterator[tuple[list[int], Result]]:
    """Yield each group of rows with what was computed of it, halving a group that does not fit.

    Args:
        groups: rows that are computed together.
        compute: computes one group.
        halved: told the new size whenever a group is halved.

    Raises:
        torch.OutOfMemoryError: a single row does not fit.
    """
    waiting = list(groups)[::-1]
    while waiting:
        rows = waiting.pop()
        try:
            result = compute(rows)
        except torch.OutOfMemoryError:
            if len(rows) == 1:
                raise
            cut = len(rows) // 2
            waiting += [rows[cut:], rows[:cut]]
            if halved:
                halved(max(cut, len(rows) - cut))
            continue
        yield rows, result
