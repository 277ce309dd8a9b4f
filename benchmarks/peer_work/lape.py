"""LAPE from the formulas of Tang et al. (2024), on the counts of `counts.py` and their tokens."""

from collections.abc import Callable

import numpy as np

from benchmarks.peer_work.measured import Arrays, Handed, measure

RATE, PERCENTILE = 0.01, 0.95


def prepare(handed: Handed) -> Callable[[], Arrays]:
    languages = list(handed.values["batches"])
    counts = np.stack([handed.arrays[f"{language}.positive"].ravel() for language in languages])
    tokens = np.array([handed.values["tokens"][language] for language in languages])

    def work() -> Arrays:
        probability = counts / tokens[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = probability / probability.sum(0)
            entropy = -np.where(share > 0, share * np.log(share), 0).sum(0)
        ordered = np.sort(probability.ravel())
        threshold = ordered[max(1, round(PERCENTILE * ordered.size)) - 1]
        entropy = np.where((probability > threshold).any(0), entropy, np.inf)
        taken = np.argsort(entropy, kind="stable")[: round(RATE * entropy.size)]
        return {
            language: np.sort(taken[row[taken] > threshold])
            for language, row in zip(languages, probability, strict=True)
        }

    return work


if __name__ == "__main__":
    measure("numpy", prepare)
