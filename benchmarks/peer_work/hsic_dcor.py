"""Distance correlation, unbiased, of all pairs of neurons, by dcor: HSIC of distances."""

from collections.abc import Callable

import dcor
import numpy as np

from benchmarks.peer_work.measured import Arrays, Handed, measure


def prepare(handed: Handed) -> Callable[[], Arrays]:
    anchor, others = (handed.arrays[name].astype(np.float64) for name in ("anchor", "others"))

    def work() -> Arrays:
        pairs = [[dcor.u_distance_correlation_sqr(x, y) for y in others] for x in anchor]
        return {"pairs": np.array(pairs)}

    dcor.u_distance_correlation_sqr(anchor[0], others[0])  # numba compiles it
    return work


if __name__ == "__main__":
    measure("dcor", prepare)
