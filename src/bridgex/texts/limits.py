"""Bounds on what reading may unpack or multiply, so that a few kilobytes never fill the memory.

They are far above what published corpora and dictionaries need. Where something real is larger,
``reading_limits`` raises them for the code inside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import BaseModel, ConfigDict, Field

from bridgex.errors import TextError

_FREE_BYTES = 2**26
_FREE_PAIRS = 1_000_000
"""Sizes below which the ratios are not looked at: a small file of repeated lines harms nobody."""


class ReadingLimits(BaseModel):
    """How much may be read.

    Attributes:
        size: bytes of one file, unpacked, that are read before it is refused.
        line: bytes of one line.
        expansion: unpacked bytes for each byte of a compressed file (text: 2 to 10), and word pairs
            for each row of dictionary files (published wordnets: below 10), beyond the first
            64 MiB and the first million of pairs.
        pairs: word pairs of one dictionary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(default=2**32, ge=1)
    line: int = Field(default=10_000_000, ge=1)
    expansion: int = Field(default=100, ge=1)
    pairs: int = Field(default=20_000_000, ge=1)


_DEFAULT = ReadingLimits()
_LIMITS: ContextVar[ReadingLimits | None] = ContextVar("reading_limits", default=None)

RAISE = "if it is what you mean to read, raise the reading limits"
"""The remedy that every refusal names."""


@contextmanager
def reading_limits(limits: ReadingLimits) -> Iterator[None]:
    """Read under other limits within a ``with`` statement."""
    before = _LIMITS.set(limits)
    try:
        yield
    finally:
        _LIMITS.reset(before)


def current_limits() -> ReadingLimits:
    """Return the limits in force."""
    return _LIMITS.get() or _DEFAULT


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
            f"{what} has more than the {limits.size:,} bytes that are read of one file; {RAISE}."
        )
    if packed and unpacked > max(_FREE_BYTES, limits.expansion * packed):
        raise TextError(
            f"{what} unpacks to more than {limits.expansion} times its size; check it, and {RAISE}."
        )


def require_pairs(what: object, pairs: int, rows: int) -> None:
    """Refuse dictionary files whose rows multiply into too many word pairs.

    Raises:
        TextError: more pairs than ``ReadingLimits`` allows for that many rows.
    """
    limits = current_limits()
    most = min(limits.pairs, max(_FREE_PAIRS, limits.expansion * rows))
    if pairs > most:
        raise TextError(
            f"{what} would give more than {most:,} word pairs from {rows:,} rows, since many words "
            f"share one entry; check them, and {RAISE}."
        )
