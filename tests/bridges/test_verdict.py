"""From intervals to clear, tie or undetermined, at every boundary."""

import pytest

from bridgex.bridges import Null, Score, Verdict
from bridgex.bridges.verdict import Usable, pair_label, verdict
from bridgex.dependence import Interval


def judged(*lows: float, layers: int = 3, corrected: float | None = None) -> Verdict:
    others = ["b", "c"][: len(lows)]
    null = None if corrected is None else Null(0.1, 0.2, corrected / 3, corrected)
    scores = {code: Score(0.5, null=null) for code in ["a", *others]}
    differences = {
        pair_label("a", other): Interval(low, low + 1, 0.1)
        for other, low in zip(others, lows, strict=True)
    }
    return verdict(list(scores), scores, differences, usable(layers))


def usable(used: int, too_few: int = 1, undefined: int = 0) -> Usable:
    few = dict.fromkeys(range(too_few), "fewer than 2 neurons: en 1")
    return Usable(used, few, {9 + at: f"no kernel {at}; do this" for at in range(undefined)})


@pytest.mark.parametrize(
    ("lows", "kind", "members"),
    [
        ((0.01, 0.2), "clear", "a"),
        ((1e-12, 1e-12), "clear", "a"),
        ((0.0, 0.2), "tie", "ab"),
        ((0.2, 0.0), "tie", "ac"),
        ((-0.01, 0.2), "tie", "ab"),
        ((0.0, -0.2), "tie", "abc"),
    ],
)
def test_clear_only_where_every_difference_lies_above_zero(
    lows: tuple[float, ...], kind: str, members: str
) -> None:
    found = judged(*lows)
    assert (found.kind, found.members) == (kind, tuple(members))
    assert found.reason.startswith("a scores ")
    assert all(other in found.reason for other in found.members[1:])


def test_english_gains_nothing_from_a_tie() -> None:
    scores = {code: Score(0.5) for code in ("fr", "en")}
    differences = {"fr-en": Interval(-0.1, 0.1, 0.1)}
    found = verdict(["fr", "en"], scores, differences, usable(5))
    assert found.members == ("fr", "en")


@pytest.mark.parametrize(
    ("layers", "said"),
    [(0, "None of the band's 1 "), (1, "Only 1 of the band's 2 "), (2, "Only 2 of the band's 3 ")],
)
def test_fewer_than_three_layers_are_undetermined(layers: int, said: str) -> None:
    found = judged(0.5, 0.5, layers=layers, corrected=0.001)
    assert found.kind == "undetermined"
    assert found.members == ("a", "b", "c")
    assert found.beats_null is None
    assert found.reason.startswith(said)
    assert judged(0.5, 0.5, layers=3).kind == "clear"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (usable(1, 2, 1), "fewer than 2 neurons of the anchor or of a candidate; more text, a hi"),
        (usable(1, 1, 1), "fewer than 2 neurons of the anchor or of a candidate; more text, a hi"),
        (usable(1, 1, 2), "are needed: no kernel 0; do this."),
        (usable(2, 0, 0), "the band has no other; widen it."),
    ],
)
def test_the_reason_is_what_most_layers_lack(layers: Usable, said: str) -> None:
    found = verdict(["a"], {"a": Score(0.5)}, {}, layers)
    assert found.kind == "undetermined"
    assert said in found.reason


@pytest.mark.parametrize(
    ("corrected", "beats"), [(None, None), (0.01, True), (0.05, True), (0.0501, False), (1, False)]
)
def test_beating_the_null_is_said_beside_the_verdict(
    corrected: float | None, beats: bool | None
) -> None:
    assert judged(0.1, 0.1, corrected=corrected).beats_null is beats
    assert judged(-0.1, 0.1, corrected=corrected).beats_null is beats
