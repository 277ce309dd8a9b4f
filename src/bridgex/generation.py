"""How free text is generated: how long, and where it may stop, in terms any backend understands."""

import re
from dataclasses import dataclass

REPETITIONS, LONGEST_UNIT, REPEATED = 4, 80, 24
"""A text repeats when it ends in a unit of at most 80 characters, 4 times over 24 characters."""

_REPETITION = REPETITIONS * LONGEST_UNIT
"""Characters at the end of a text that decide whether it repeats."""
_SAME = REPEATED - REPEATED // REPETITIONS
"""Characters that stand at the end of a text that repeats and, at least, a unit before it, too."""


@dataclass(frozen=True)
class StopRule:
    """Where a continuation needs no more.

    White space at the beginning of a continuation does not count.

    Attributes:
        pattern: regular expression; the continuation ends where its first match ends. A match must
            not depend on what follows it, which is not there yet while a model generates.
        strings: what a backend can be given that knows strings only; it may stop earlier, never
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
            if repeats(kept[max(start, length - _REPETITION) : length]):
                return kept[:length]
        return kept

    def _end(self, text: str) -> int | None:
        stripped = text.lstrip()
        match = re.search(self.stop.pattern, stripped)
        return None if match is None else len(text) - len(stripped) + match.end()


def repeats(text: str) -> bool:
    """Tell whether a text ends in the same stretch over and over."""
    size = len(text)
    end = text[-_SAME:]
    before = size - len(end)
    while before > 0:  # a unit ends where the last characters stood before
        before = text.rfind(end, max(0, size - len(end) - LONGEST_UNIT), before + len(end) - 1)
        if before < 0:
            break
        unit = size - len(end) - before
        span = unit * max(REPETITIONS, -(-REPEATED // unit))
        if span <= size and text[-span:-unit] == text[unit - span :]:
            return bool(text[-unit:].strip())
    return False
