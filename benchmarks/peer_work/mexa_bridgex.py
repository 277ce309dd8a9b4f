"""The alignment of MEXA by bridgex, without the last layer; see `benchmarks.peer_work.mexa`."""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.peer_work.counts_bridgex import encoded
from benchmarks.peer_work.measured import Arrays, Handed, measure
from bridgex.choosers.mexa import aligned
from bridgex.lm.embeddings import embeddings
from bridgex.lm.source import load


def prepare(handed: Handed) -> Callable[[], Arrays]:
    values = handed.values
    model = load(values["model"], device=values["device"], dtype=values["dtype"])
    pivot, *others = values["batches"]

    def embedded(language: str) -> torch.Tensor:
        rows = [handed.arrays[f"{language}.{at}.rows"] for at in range(values["batches"][language])]
        order = torch.from_numpy(np.concatenate(rows)).argsort()
        return embeddings(model, encoded(handed, language))[:-1, order]

    def work() -> Arrays:
        first = embedded(pivot)
        return {each: aligned(first, embedded(each)).mean(1).numpy() for each in others}

    return work


if __name__ == "__main__":
    measure("bridgex", prepare)
