"""Unbiased HSIC, normalised, of all pairs of neurons, by hyppo."""

from collections.abc import Callable

import numpy as np
from hyppo.independence import Hsic

from benchmarks.peer_work.measured import Arrays, Handed, measure


def prepare(handed: Handed) -> Callable[[], Arrays]:
    test = Hsic(compute_kernel="rbf", bias=False, gamma=0.5)
    anchor, others = (handed.arrays[name].astype(np.float64) for name in ("anchor", "others"))

    def work() -> Arrays:
        pairs = [[test.statistic(x[:, None], y[:, None]) for y in others] for x in anchor]
        return {"pairs": np.array(pairs)}

    test.statistic(anchor[0][:, None], others[0][:, None])  # numba compiles it
    return work


if __name__ == "__main__":
    measure("hyppo", prepare)
