"""From scores and intervals to clear, tie or undetermined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridgex.bridges.ranking import Score, Verdict
from bridgex.dependence import Interval

FEWEST_LAYERS = 3
FEWEST_NEURONS = 2


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
    *,
    alpha: float = 0.05,
) -> Verdict:
    """Judge the first place of a ranking.

    ``clear``: the interval of its difference from every other candidate, corrected for all pairs
    of candidates, lies above 0. ``tie``: it does not; the members are those it cannot be told apart
    from. ``undetermined``: fewer than three layers could be used.

    Args:
        order: candidates, best first.
        scores: their scores.
        differences: interval of first minus other, for every other candidate.
        layers: how many layers were used, and why not more.
        alpha: the corrected p-value below which a score beats the null.
    """
    first = order[0]
    if layers.used < FEWEST_LAYERS:
        return Verdict("undetermined", tuple(order), str(layers))
    null = scores[first].null
    beats = None if null is None else null.p_corrected <= alpha
    rivals = [other for other in order[1:] if differences[pair_label(first, other)].low <= 0]
    if rivals:
        return Verdict(
            "tie",
            (first, *rivals),
            f"{first} scores highest but cannot be told apart from {', '.join(rivals)}.",
            beats,
        )
    return Verdict("clear", (first,), f"{first} scores above every other candidate.", beats)
