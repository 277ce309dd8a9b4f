"""From intervals, null and words to a verdict, at every boundary."""

import pytest

from bridgex.bridges import BridgeRanking, Null, Score, Verdict
from bridgex.bridges.ranking import ProbeWords
from bridgex.bridges.verdict import Usable, pair_label, verdict, with_words
from bridgex.dependence import Interval


def judged(*lows: float, layers: int = 3, corrected: float | None = 0.006) -> Verdict:
    others = ["b", "c"][: len(lows)]
    null = None
    if corrected is not None:
        null = Null(0.1, 0.2, corrected / 3, corrected, at_floor=corrected == 0.006)
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
    assert "above random neurons of the same layers and number (corrected p ≤ 0.006)" in (
        found.reason
    )
    assert all(other in found.reason for other in found.members[1:])


def test_english_gains_nothing_from_a_tie() -> None:
    null = Null(0.1, 0.2, 0.001, 0.002, at_floor=True)
    scores = {code: Score(0.5, null=null) for code in ("fr", "en")}
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


@pytest.mark.parametrize("corrected", [0.0501, 0.66, 1.0])
@pytest.mark.parametrize("lows", [(0.1, 0.1), (-0.1, 0.1)])
def test_a_score_that_random_neurons_reach_is_no_evidence(
    corrected: float, lows: tuple[float, float]
) -> None:
    found = judged(*lows, corrected=corrected)
    assert (found.kind, found.members) == ("no_evidence", ("a", "b", "c"))
    assert found.beats_null is False
    assert (
        f"not above random neurons of the same layers and number (corrected p {corrected:.2g};"
        in (found.reason)
    )


def test_too_few_draws_decide_nothing() -> None:
    null = Null(0.1, 0.2, 0.01, 0.06, at_floor=True)
    scores = {code: Score(0.5, null=null) for code in ("a", "b")}
    found = verdict(["a", "b"], scores, {"a-b": Interval(0.1, 0.2, 0.1)}, usable(3))
    assert (found.kind, found.beats_null) == ("undetermined", None)
    assert "draw more" in found.reason


def test_at_the_level_a_score_is_above_the_null() -> None:
    assert judged(0.1, 0.1, corrected=0.05).kind == "clear"
    assert judged(0.1, 0.1, corrected=0.05).beats_null is True


def test_without_a_null_nothing_is_decided() -> None:
    for lows in ((0.1, 0.1), (-0.1, 0.1)):
        found = judged(*lows, corrected=None)
        assert (found.kind, found.beats_null) == ("undetermined", None)
        assert "there is no null" in found.reason


def ranked(judgement: Verdict) -> BridgeRanking:
    scores = {code: Score(0.5) for code in "abc"}
    return BridgeRanking(("id", "he"), scores, (1, 2, 3), {}, {}, 0, {}, {}, judgement, 0.9)


@pytest.mark.parametrize(
    ("understood", "needed", "kinds"),
    [
        (50, 50, ("clear", "tie")),
        (49, 50, ("undetermined", "undetermined")),
        (0, 1, ("undetermined", "undetermined")),
        (0, 50, ("undetermined", "undetermined")),
    ],
)
def test_words_that_are_not_understood_decide_nothing(
    understood: int, needed: int, kinds: tuple[str, str]
) -> None:
    words = ProbeWords(200, understood, needed, "all")
    for lows, kind in zip(((0.1, 0.1), (-0.1, 0.1)), kinds, strict=True):
        found = with_words(ranked(judged(*lows)), words)
        assert (found.verdict.kind, found.words) == (kind, words)
        assert found.verdict.beats_null is True
        assert (found.best is None) == (kind == "undetermined")
        if kind == "undetermined":
            assert f"understood {understood} of 200 words and {needed} are needed" in (
                found.verdict.reason
            )
            assert found.verdict_text.endswith("No bridge is advised; go directly.")
    for without in (judged(0.1, 0.1, corrected=1.0), judged(0.1, 0.1, layers=2)):
        assert with_words(ranked(without), words).verdict == without
