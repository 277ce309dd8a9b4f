"""Language neurons by LAPE from counts, selected by bridgex."""

from collections.abc import Callable

import torch

from benchmarks.peer_work.measured import Arrays, Handed, measure
from bridgex.neurons import ActivationStats
from bridgex.neurons.selection import Selection, select


def prepare(handed: Handed) -> Callable[[], Arrays]:
    stats = {
        language: ActivationStats(
            "one",
            language,
            handed.values["tokens"][language],
            tuple(torch.from_numpy(handed.arrays[f"{language}.positive"])),
        )
        for language in handed.values["batches"]
    }

    def work() -> Arrays:
        selected = select(stats, Selection(method="lape"))
        return {
            language: torch.cat(neurons.mask).nonzero().flatten().numpy()
            for language, neurons in selected.items()
        }

    return work


if __name__ == "__main__":
    measure("bridgex", prepare)
