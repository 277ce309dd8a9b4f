"""Bounds on what reading may unpack or multiply, so that a few kilobytes never fill the memory.

They are far above what published corpora and dictionaries need. Where something real is larger,
``Texts(limits=…)`` and ``--limit`` raise them for a run, ``reading_limits`` for the code inside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import Field

from bridgex.errors import TextError
from bridgex.fields import Fields

_FREE_BYTES = 2**26
_FREE_PAIRS = 1_000_000
"""Sizes below which the ratios are not looked at: a small file of repeated lines harms nobody."""


class ReadingLimits(Fields):
    """How much may be read.

    Attributes:
        size: bytes of one file, unpacked, that are read before it is refused.
        line: bytes of one line.
        expansion: unpacked bytes for each byte of a compressed file (text: 2 to 10), and word pairs
            for each row of dictionary files (published wordnets: below 10), beyond the first
            64 MiB and the first million of pairs.
        pairs: word pairs of one dictionary.
    """

    size: int = Field(default=2**32, ge=1)
    line: int = Field(default=10_000_000, ge=1)
    expansion: int = Field(default=100, ge=1)
    pairs: int = Field(default=20_000_000, ge=1)


_DEFAULT = ReadingLimits()
_LIMITS: ContextVar[ReadingLimits | None] = ContextVar("reading_limits", default=None)


@contextmanager
def reading_limits(limits: ReadingLimits | None) -> Iterator[None]:
    """Read under other limits within a ``with`` statement; None keeps those in force."""
    before = _LIMITS.set(limits or _LIMITS.get())
    try:
        yield
    finally:
        _LIMITS.reset(before)


def current_limits() -> ReadingLimits:
    """Return the limits in force."""
    return _LIMITS.get() or _DEFAULT


def raise_limit(name: str) -> str:
    """Return the remedy that a refusal ends in: how the limit of that name is raised.

    It is twice the limit in force.
    """
    twice = 2 * int(getattr(current_limits(), name))
    return (
        f"if it is what you mean to read, raise that limit (--limit {name}={twice}, or "
        f"limits={{'{name}': {twice}}} of Texts)"
    )


def require_size(what: object, unpacked: int, packed: int | None = None) -> None:
    """Refuse a file of which too many bytes were read.

    Args:
        what: the file, for the error.
        unpacked: bytes of text read so far.
        packed: compressed bytes read so far, where it is compressed.

    Raises:
        TextError: too many, or too many for the compressed bytes.
    """
    limits = current_limits()
    if unpacked > limits.size:
        raise TextError(
            f"{what} has more than the {limits.size:,} bytes that are read of one file; "
            f"{raise_limit('size')}."
        )
    if packed and unpacked > max(_FREE_BYTES, limits.expansion * packed):
        raise TextError(
            f"{what} unpacks to more than {limits.expansion} times its size; check it, and "
            f"{raise_limit('expansion')}."
        )


def require_pairs(what: object, pairs: int, rows: int) -> None:
    """Refuse dictionary files whose rows multiply into too many word pairs.

    Raises:
        TextError: more pairs than ``ReadingLimits`` allows for that many rows.
    """
    limits = current_limits()
    by_rows = max(_FREE_PAIRS, limits.expansion * rows)
    most = min(limits.pairs, by_rows)
    if pairs > most:
        reached = "pairs" if limits.pairs < by_rows else "expansion"
        raise TextError(
            f"{what} would give more than {most:,} word pairs from {rows:,} rows, since many words "
            f"share one entry; check them, and {raise_limit(reached)}."
        )
