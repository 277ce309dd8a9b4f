"""From scores, intervals, null and words to a verdict: what a ranking is evidence of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridgex.bridges.ranking import BridgeRanking, Null, ProbeWords, Score, Verdict
from bridgex.dependence import Interval, p_text

FEWEST_LAYERS = 3
FEWEST_NEURONS = 2

ALPHA = 0.05
"""Of the null: the corrected p-value up to which a score is above random neurons."""


@dataclass(frozen=True)
class Usable:
    """How many layers of the band could be scored, and why the others could not.

    Attributes:
        used: number of layers scored.
        too_few: layer → which sets have too few neurons there.
        undefined: layer → why the dependence has no value there.
    """

    used: int
    too_few: Mapping[int, str]
    undefined: Mapping[int, str]

    @property
    def shortfall(self) -> str:
        """What most layers lack, and what would help."""
        if not self.too_few and not self.undefined:
            return "the band has no other; widen it"
        if len(self.too_few) >= len(self.undefined):
            return (
                f"the others have fewer than {FEWEST_NEURONS} neurons of the anchor or of a "
                f"candidate; more text, a higher selection rate or fewer candidates would help"
            )
        return next(iter(self.undefined.values()))

    def __str__(self) -> str:
        band = self.used + len(self.too_few) + len(self.undefined)
        used = f"Only {self.used}" if self.used else "None"
        return (
            f"{used} of the band's {band} layers can be used and {FEWEST_LAYERS} are needed: "
            f"{self.shortfall}."
        )


def pair_label(first: str, second: str) -> str:
    """Return the key of a difference between two candidates' scores."""
    return f"{first}-{second}"


def verdict(
    order: Sequence[str],
    scores: Mapping[str, Score],
    differences: Mapping[str, Interval],
    layers: Usable,
) -> Verdict:
    """Judge the first place of a ranking; the first of these that fails decides.

    ``undetermined``: fewer than three layers could be used, or there is no null, or one of too few
    draws to be beaten. ``no_evidence``:
    its score is not above random neurons. ``tie``: the interval of its difference from another
    candidate, corrected for all pairs of candidates, does not lie above 0; the members are those
    it cannot be told apart from. ``clear``: all of them do.

    What is known of the words comes later, in `with_words`.

    Args:
        order: candidates, best first.
        scores: their scores.
        differences: interval of first minus other, for every other candidate.
        layers: how many layers were used, and why not more.
    """
    first = order[0]
    if layers.used < FEWEST_LAYERS:
        return Verdict("undetermined", tuple(order), str(layers))
    null = scores[first].null
    if null is None:
        return Verdict(
            "undetermined",
            tuple(order),
            f"{first} scores highest, but there is no null to tell whether random neurons score "
            "as high; draw one (bridges.null_draws=1000), at a lower selection rate if the pool "
            "is too small.",
        )
    beats = null.p_corrected <= ALPHA
    if not beats and null.at_floor:
        return Verdict(
            "undetermined",
            tuple(order),
            f"{first} scores highest and no draw of random neurons reaches it, but the draws are "
            f"too few to tell ({_p(null)}; at most {ALPHA:g} is needed); draw more "
            "(bridges.null_draws=1000).",
        )
    if not beats:
        return Verdict(
            "no_evidence",
            tuple(order),
            f"{first} scores highest but not above random neurons of the same layers and number "
            f"({_p(null)}; at most {ALPHA:g} is needed).",
            beats,
        )
    above = f"above random neurons of the same layers and number ({_p(null)})"
    rivals = [other for other in order[1:] if differences[pair_label(first, other)].low <= 0]
    if rivals:
        return Verdict(
            "tie",
            (first, *rivals),
            f"{first} scores highest, {above}, but cannot be told apart from {', '.join(rivals)}.",
            beats,
        )
    return Verdict("clear", (first,), f"{first} scores above every other and {above}.", beats)


def _p(null: Null) -> str:
    return f"corrected p {p_text(null.p_corrected, at_floor=null.at_floor)}"


def with_words(ranking: BridgeRanking, words: ProbeWords) -> BridgeRanking:
    """Add what is known of the words; a ``tie`` or ``clear`` on too few is ``undetermined``.

    A score from words that the model does not understand says how its neurons depend on each other
    over prompts, not that it goes through a language to translate.

    Args:
        ranking: a ranking from activations on these words.
        words: the probe's words.
    """
    judged = ranking.verdict
    if judged.kind in {"tie", "clear"} and words.understood < words.needed:
        judged = Verdict(
            "undetermined",
            tuple(ranking.scores),
            f"{next(iter(ranking.scores))} scores above random neurons, but the model understood "
            f"{words.understood} of {words.asked} words and {words.needed} are needed: the scores "
            "are of words that it cannot translate.",
            judged.beats_null,
        )
    return replace(ranking, words=words, verdict=judged)
