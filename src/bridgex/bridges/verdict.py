"""From scores and intervals to clear, tie or undetermined."""

from collections.abc import Mapping, Sequence

from bridgex.bridges.ranking import Score, Verdict
from bridgex.dependence import Interval

FEWEST_LAYERS = 3
REMEDY = "more text, a higher selection rate or fewer candidates would help"


def pair_label(first: str, second: str) -> str:
    """Return the key of a difference between two candidates' scores."""
    return f"{first}-{second}"


def verdict(
    order: Sequence[str],
    scores: Mapping[str, Score],
    differences: Mapping[str, Interval],
    layers: Sequence[int],
    *,
    alpha: float = 0.05,
) -> Verdict:
    """Judge the first place of a ranking.

    ``clear``: the interval of its difference from every other candidate, corrected for all pairs
    of candidates, lies above 0. ``tie``: it does not; the members are those it cannot be told from.
    ``undetermined``: fewer than three layers could be used.

    Args:
        order: candidates, best first.
        scores: their scores.
        differences: interval of first minus other, for every other candidate.
        layers: the layers used.
        alpha: the corrected p-value below which a score beats the null.
    """
    first = order[0]
    if len(layers) < FEWEST_LAYERS:
        return Verdict(
            "undetermined",
            tuple(order),
            f"Layers of the band with at least 2 neurons of the anchor and of every candidate: "
            f"{len(layers)}; {FEWEST_LAYERS} are needed, and {REMEDY}.",
        )
    null = scores[first].null
    beats = None if null is None else null.p_corrected <= alpha
    missing = [other for other in order[1:] if pair_label(first, other) not in differences]
    if missing:
        return Verdict(
            "undetermined",
            tuple(order),
            f"The difference between {first} and {', '.join(missing)} has no interval, "
            f"since there are too few prompts; {REMEDY}.",
            beats,
        )
    rivals = [other for other in order[1:] if differences[pair_label(first, other)].low <= 0]
    if rivals:
        return Verdict(
            "tie",
            (first, *rivals),
            f"{first} scores highest but cannot be told apart from {', '.join(rivals)}.",
            beats,
        )
    return Verdict("clear", (first,), f"{first} scores above every other candidate.", beats)
