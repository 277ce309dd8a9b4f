"""How free text is generated: how long, and where it may stop, in terms any backend understands."""

import re
from dataclasses import dataclass

REPETITIONS, LONGEST_UNIT, REPEATED = 4, 80, 24
"""A text repeats when it ends in a unit of at most 80 characters, 4 times over 24 characters."""


@dataclass(frozen=True)
class StopRule:
    """Where a continuation needs no more.

    White space at the beginning of a continuation does not count.

    Attributes:
        pattern: regular expression; the continuation ends where its first match ends.
        strings: what a backend may be told that knows strings only; it may stop earlier, never
            later, than the pattern does.
    """

    pattern: str
    strings: tuple[str, ...] = ()


@dataclass(frozen=True)
class GenerationSpec:
    """Greedy generation, until a stop or at most so many new tokens.

    Attributes:
        max_tokens: the most new tokens.
        stop: where it may stop before.
    """

    max_tokens: int
    stop: StopRule

    def finished(self, text: str) -> bool:
        """Tell whether a continuation needs no more."""
        return self._end(text) is not None or repeats(text.lstrip())

    def cut(self, text: str) -> str:
        """Return a continuation up to its stop: the same whatever backend generated it."""
        end = self._end(text)
        kept = text if end is None else text[:end]
        start = len(kept) - len(kept.lstrip())
        for length in range(start + REPEATED, len(kept)):
            if repeats(kept[start:length]):
                return kept[:length]
        return kept

    def _end(self, text: str) -> int | None:
        stripped = text.lstrip()
        found = re.search(self.stop.pattern, stripped)
        return None if found is None else len(text) - len(stripped) + found.end()


def repeats(text: str) -> bool:
    """Tell whether a text ends in the same stretch over and over."""
    for unit in range(1, LONGEST_UNIT + 1):
        span = unit * max(REPETITIONS, -(-REPEATED // unit))
        if span > len(text):
            continue
        if text[-span:-unit] == text[unit - span :]:
            return bool(text[-unit:].strip())
    return False
