"""Debiased alignment of all pairs of neurons by bridgex: of Gaussian kernels, and of distances."""

import sys
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.peer_work.measured import Arrays, Handed, measure
from bridgex.dependence import Estimator, cka_debiased, prepare


def gaussian(anchor: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return the value of each pair; of one neuron against one, the best match is the pair's."""
    estimator = Estimator("cka_debiased", "best_match", bandwidth=1.0)
    each = torch.arange(len(others))[:, None]
    return torch.stack([prepare(one[None], others, estimator).value(each) for one in anchor])


def distances(anchor: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return the value of each pair under the kernel of distances."""
    grams = (others[:, :, None] - others[:, None]).abs()
    return torch.stack([cka_debiased((x[:, None] - x).abs(), grams) for x in anchor])


KERNELS = {"hsic_gaussian": gaussian, "hsic_distances": distances}


def work(handed: Handed) -> Callable[[], Arrays]:
    compute = KERNELS[Path(sys.argv[2]).name]
    sides = [torch.from_numpy(handed.arrays[name]).double() for name in ("anchor", "others")]
    return lambda: {"pairs": compute(*sides).numpy()}


if __name__ == "__main__":
    measure("bridgex", work)
