"""How long work tells how far it is; the command line shows it, a library call is silent."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with the number of units just finished."""


class Progress(Protocol):
    """Opens a line of progress."""

    def __call__(self, what: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Announce ``what``, of ``total`` units; the block calls what it gets."""


@contextmanager
def silent(what: str, total: int | None = None) -> Iterator[Advance]:
    """Report to nobody."""
    del what, total
    yield lambda _units: None
