"""Where a continuation ends."""

import itertools
import random
import time

import pytest

from bridgex.generation import (
    LONGEST_UNIT,
    REPEATED,
    REPETITIONS,
    GenerationSpec,
    StopRule,
    repeats,
)

LINE = GenerationSpec(99, StopRule("\n", ("\n",)))


def slowly(text: str) -> bool:
    for unit in range(1, LONGEST_UNIT + 1):
        span = unit * max(REPETITIONS, -(-REPEATED // unit))
        if span <= len(text) and text[-span:-unit] == text[unit - span :]:
            return bool(text[-unit:].strip())
    return False


def texts() -> list[str]:
    draw = random.Random(6)  # noqa: S311
    some = ["", " ", "a" * 23, "a" * 24, " " * 40, "ab" * 12, "ab" * 11 + "a", "la la " * 9]
    for letters, size in itertools.product(("ab", "ab \n", "火水"), range(1, 90, 7)):
        unit = "".join(draw.choices(letters, k=size))
        for times, head in itertools.product((1, 2, 3, 4, 5, 9), ("", "x", unit[1:])):
            some += [head + unit * times, head + unit * times + unit[: size // 2]]
    return some


def test_repetition_is_that_of_a_slow_search() -> None:
    found = [repeats(text) for text in texts()]
    assert found == [slowly(text) for text in texts()]
    assert 0.1 < sum(found) / len(found) < 0.9


def test_a_cut_is_that_of_a_slow_search() -> None:
    for text in texts()[::7]:
        for lead in ("", "\n  "):
            whole = lead + text
            line = whole.lstrip().find("\n") + 1
            kept = whole[: len(whole) - len(whole.lstrip()) + line] if line else whole
            ends = range(len(kept) - len(kept.lstrip()) + 1, len(kept))
            end = next((at for at in ends if slowly(kept[:at].lstrip())), len(kept))
            assert LINE.cut(whole) == kept[:end]


@pytest.mark.parametrize(
    ("text", "finished", "cut"),
    [
        ("", False, ""),
        ("\n\n", False, "\n\n"),
        ("\n a", False, "\n a"),
        ("\n a\nb", True, "\n a\n"),
        ("a\n", True, "a\n"),
        ("no " * 9, True, "no " * 7 + "no "),
    ],
)
def test_a_continuation_ends_with_its_stop(text: str, finished: bool, cut: str) -> None:
    assert LINE.finished(text) == finished
    assert LINE.cut(text) == cut
    assert LINE.cut(LINE.cut(text)) == LINE.cut(text)


def test_a_long_text_is_cut_quickly() -> None:
    text = "".join(random.Random(1).choices("abcdefgh ", k=20_000))  # noqa: S311
    start = time.perf_counter()
    assert LINE.cut(text) == text
    assert time.perf_counter() - start < 5
