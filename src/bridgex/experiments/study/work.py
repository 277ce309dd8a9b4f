"""What a worker does: claim a missing case, run it, keep it, until none is left."""

import hashlib
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from bridgex.errors import BridgexError, StoreError
from bridgex.experiments.case import Case
from bridgex.experiments.study.plan import Cell, Plan
from bridgex.storage.leases import Holder

POLL = 0.5
"""Seconds before a worker looks again whether others are done with what is left."""
ATTEMPTS = 3
"""Workers that may die on a case before it counts as one that cannot be done."""


Runs = Callable[[Cell], Case]
"""Runs one case, or raises a `BridgexError`; `bridgex.experiments.study.cells.ModelRuns` has
models."""


class Cases(Protocol):
    """Where workers look for what is missing and put what they did: a `StudyFolder`, mostly."""

    def is_settled(self, key: str) -> bool:
        """Tell whether a case is kept, or is one that cannot be done."""

    def claimed(self, key: str) -> AbstractContextManager[Holder | None]:
        """Hold a case within the block; None where another worker does."""

    def put(self, key: str, case: Case) -> None:
        """Keep a case."""

    def put_gap(self, key: str, why: str) -> None:
        """Keep why a case cannot be done."""


def work(
    plan: Plan,
    cases: Cases,
    run: Runs,
    *,
    worker: str = "",
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Do what is missing of a plan and nobody else does, and wait for the rest.

    Args:
        plan: the study.
        cases: where its cases are.
        run: runs one of them.
        worker: a name by which workers begin at different places of the plan.
        told: called with the numbers of cases that are settled and of all, as they change.

    Raises:
        StoreError: the folder cannot be written to.
    """
    waiting = deque(_from_own_place(plan, worker))
    total, model, elsewhere = len(waiting), None, 0
    while waiting:
        cell = waiting.popleft()
        if not _is_over(cell, cases, run):
            waiting.append(cell)
            elsewhere += 1
            if elsewhere >= len(waiting):
                elsewhere = 0
                time.sleep(POLL)
            continue
        elsewhere = 0
        told(total - len(waiting), total)
        if cell.model != model:  # the others of the model that is in memory come first
            model = cell.model
            waiting = deque(sorted(waiting, key=lambda each: each.model != model))


def _is_over(cell: Cell, cases: Cases, run: Runs) -> bool:
    """Settle a cell that nobody has settled, and return True; False where another is at it."""
    if cases.is_settled(cell.key):
        return True
    with cases.claimed(cell.key) as holder:
        if holder is None:
            return False
        if not cases.is_settled(cell.key):
            _settle(cell, cases, run, holder.attempt)
        return True


def _settle(cell: Cell, cases: Cases, run: Runs, attempt: int) -> None:
    if attempt > ATTEMPTS:
        cases.put_gap(cell.key, f"{ATTEMPTS} workers died on it; run it alone to see why.")
        return
    try:
        case = run(cell)
    except StoreError:
        raise
    except BridgexError as problem:
        cases.put_gap(cell.key, str(problem))
    else:
        cases.put(cell.key, case)


def _from_own_place(plan: Plan, worker: str) -> list[Cell]:
    """Return the cells from the pair on that a worker's name says; without one, from the first."""
    cells = list(plan.cells)
    if not worker or not cells:
        return cells
    begins = [
        at
        for at, cell in enumerate(cells)
        if not at or (cell.model, cell.pair) != (cells[at - 1].model, cells[at - 1].pair)
    ]
    own = int(hashlib.sha256(worker.encode()).hexdigest(), 16) % len(begins)
    return cells[begins[own] :] + cells[: begins[own]]
