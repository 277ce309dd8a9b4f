"""Positive activations per language, layer and neuron, counted by bridgex."""

from collections.abc import Callable

import torch

from benchmarks.peer_work.measured import Arrays, Handed, measure
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.source import load


def encoded(handed: Handed, language: str) -> list[Encoded]:
    """Return the texts of a language in the order of its batches."""
    return [
        Encoded(tuple(row[real].tolist()), tuple((~kept[real]).tolist()))
        for ids, attended, counted in handed.batches(language)
        for row, real, kept in zip(ids, attended, counted, strict=True)
    ]


def prepare(handed: Handed) -> Callable[[], Arrays]:
    values = handed.values
    model = load(values["model"], device=values["device"], dtype=values["dtype"])
    texts = {language: encoded(handed, language) for language in values["batches"]}

    def work() -> Arrays:
        found = {}
        for language, of_language in texts.items():
            counter = CountPositive(model.widths)
            run(model, of_language, counter)
            found[language] = torch.stack(counter.positive).numpy()
        return found

    return work


if __name__ == "__main__":
    measure("bridgex", prepare)
