"""What sets of unequal size do to a score that is not matched in size."""

from collections.abc import Collection, Mapping

from bridgex.bridges.settings import BridgeSettings

NOISE_WINS = {
    ("cka_debiased", "joint"): (400, 400),
    ("hsic_biased", "best_match"): (379, 400),
    ("cka", "joint"): (60, 60),
    ("cka", "best_match"): (55, 60),
    ("cka_debiased", "best_match"): (55, 60),
    ("hsic_unbiased", "best_match"): (54, 60),
}
"""Measures that grow with the size of a set: how often the larger of two sets of noise wins, 358
against 160 neurons over 12 layers (``benchmarks/calibration.py``). HSIC of whole sets does not: 25
and 27 of 60."""


def unequal_sizes(
    sizes: Mapping[str, Mapping[int, int]], layers: Collection[int], settings: BridgeSettings
) -> tuple[str, ...]:
    """Warn where candidates are compared on sets of different sizes as they come.

    Most measures grow with the size of a set, of noise too, so that a candidate may win by owning
    more neurons.

    Args:
        sizes: candidate → layer → its neurons, best candidate first.
        layers: the layers used.
        settings: whether sizes are matched, and under which measure.
    """
    measured = NOISE_WINS.get((settings.measure, settings.aggregation))
    different = {tuple(row[at] for at in layers) for row in sizes.values()}
    if settings.size_matched or measured is None or len(different) < 2:
        return ()
    listed = ", ".join(f"{code} {sum(row[at] for at in layers)}" for code, row in sizes.items())
    wins, times = measured
    return (
        f"Sets of unequal size are compared as they come ({listed} neurons in the layers used), "
        "and a larger one scores higher for its size alone: under this measure, the larger of two "
        f"sets of noise (358 and 160 neurons) wins {wins} of {times} times; --set "
        "bridges.size_matched=true compares equal sizes.",
    )
