"""What sets of unequal size do to a score that is not matched in size."""

from collections.abc import Collection, Mapping

from bridgex.bridges.settings import BridgeSettings

NOISE_WINS = {("cka_debiased", "joint"): 400, ("hsic_biased", "best_match"): 379}
"""How often of 400 the larger of two sets of noise wins, 358 against 160 neurons over 12 layers
(``benchmarks/calibration.py``); 200 would be chance."""


def unequal_sizes(
    sizes: Mapping[str, Mapping[int, int]], layers: Collection[int], settings: BridgeSettings
) -> tuple[str, ...]:
    """Warn where candidates are compared on sets of different sizes as they come.

    Every measure here grows with the size of a set, of noise too, so that a candidate may win by
    owning more neurons.

    Args:
        sizes: candidate → layer → its neurons, best candidate first.
        layers: the layers used.
        settings: whether sizes are matched, and under which measure.
    """
    totals = {code: sum(row[at] for at in layers) for code, row in sizes.items()}
    if (
        settings.size_matched
        or len({tuple(row[at] for at in layers) for row in sizes.values()}) < 2
    ):
        return ()
    listed = ", ".join(f"{code} {total}" for code, total in totals.items())
    wins = NOISE_WINS.get((settings.measure, settings.aggregation))
    measured = (
        f"; of two sets of noise, 358 against 160 neurons, the larger wins {wins} of 400 times "
        "under this measure"
        if wins
        else ""
    )
    return (
        f"Sets of unequal size are compared as they come ({listed} neurons in these layers), and a "
        f"larger one scores higher for its size alone{measured}; --set bridges.size_matched=true "
        "compares equal sizes.",
    )
