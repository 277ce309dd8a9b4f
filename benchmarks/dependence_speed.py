"""Speed and memory of the dependence measures, as a markdown table.

Run from the repository root: ``python benchmarks/dependence_speed.py --threads 2``. Where other
work shares the cores, the processor time of one thread is the figure to trust.
"""

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from bridgex.dependence import (
    DEFAULT,
    PAPER,
    Estimator,
    gaussian_gram,
    interval,
    median_bandwidth,
    p_value,
    prepare,
    random_subsets,
    standardise,
)

LAYERS = 12
CANDIDATE_SIZES = (60, 52, 44, 36, 28, 20)
ANCHOR_SIZE = 60
POOL_SIZE = 120
MATCHING_DRAWS = 50
NULL_DRAWS = 1000


def synthetic(neurons: int, prompts: int, seed: int) -> Tensor:
    """Gate-like activations: a component shared by all neurons, and their own, skewed."""
    shared = torch.randn(prompts, generator=torch.Generator().manual_seed(0))
    own = torch.randn(neurons, prompts, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.silu(own + 0.5 * shared)


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and seconds of processor time over all threads."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.3g} s (processor {self.processor:.3g} s)"


def timed(work: Callable[[], object]) -> Cost:
    start = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - start[0], time.process_time() - start[1])


def loop_over_pairs(x: Tensor, y: Tensor) -> float:
    """Best match by products of n × n matrices for every pair, kernels made anew each time."""
    n = x.shape[1]
    H = torch.eye(n) - 1 / n
    x, y = standardise(x), standardise(y)
    sigma_x, sigma_y = median_bandwidth(x), median_bandwidth(y)
    pairs = torch.empty(len(x), len(y))
    for i, row in enumerate(x):
        for j, column in enumerate(y):
            K = gaussian_gram(row[None], sigma_x[i])
            L = gaussian_gram(column[None], sigma_y[j])
            pairs[i, j] = torch.trace((K @ H) @ (L @ H)) / (n - 1) ** 2
    return float((pairs.amax(0).mean() + pairs.amax(1).mean()) / 2)


def layer_score() -> list[str]:
    x, y = synthetic(40, 500, 1), synthetic(40, 500, 2)
    whole = torch.arange(40)[None]

    def fast() -> float:
        return float(prepare(x, y, PAPER).value(whole))

    fast()
    quick = min((timed(fast) for _ in range(20)), key=lambda cost: cost.wall)
    slow = timed(lambda: loop_over_pairs(x, y))
    difference = abs(fast() - loop_over_pairs(x, y))
    return [
        f"| layer score, best match, 40 × 40 neurons, 500 prompts | {quick} |",
        f"| the same by a loop over pairs (values differ by {difference:.0e}) | {slow}: "
        f"{slow.wall / quick.wall:.0f}× ({slow.processor / quick.processor:.0f}×) |",
    ]


def whole_ranking(estimator: Estimator) -> None:
    for layer in range(LAYERS):
        anchor = synthetic(ANCHOR_SIZE, 500, 100 + layer)
        bridges = [synthetic(size, 500, 1000 * size + layer) for size in CANDIDATE_SIZES]
        pool = synthetic(POOL_SIZE, 500, 200 + layer)
        prepared = prepare(anchor, torch.cat([*bridges, pool]), estimator)
        matched = min(CANDIDATE_SIZES)
        first = sum(CANDIDATE_SIZES)
        null = prepared.value(first + random_subsets(POOL_SIZE, matched, NULL_DRAWS, layer))
        first = 0
        for size in CANDIDATE_SIZES:
            subsets = first + random_subsets(size, matched, MATCHING_DRAWS, size)
            score = float(prepared.value(subsets).mean())
            p_value(score, null)
            interval(score, prepared.leave_one_out(subsets).mean(0), 0.9)
            first += size


def rankings() -> list[str]:
    return [
        f"| ranking: {LAYERS} layers, {len(CANDIDATE_SIZES)} candidates, 500 prompts, "
        f"{min(CANDIDATE_SIZES)}–{max(CANDIDATE_SIZES)} neurons a side, {MATCHING_DRAWS} matching "
        f"draws, {NULL_DRAWS} null draws, jackknife; {name} "
        f"| {timed(partial(whole_ranking, estimator))} |"
        for name, estimator in (("`joint`", DEFAULT), ("`best_match`", PAPER))
    ]


def large() -> list[str]:
    x, y = synthetic(60, 5000, 1), synthetic(60, 5000, 2)
    subsets = random_subsets(60, 20, 4, 0)
    rows = []
    for name, estimator in (("`joint`", DEFAULT), ("`best_match`", PAPER)):

        def one_layer(estimator: Estimator = estimator) -> None:
            prepared = prepare(x, y, estimator)
            prepared.value(subsets)
            prepared.leave_one_out(subsets)

        cost = timed(one_layer)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rows.append(
            f"| one layer, 60 × 60 neurons, 5,000 prompts, 4 draws with jackknife; {name} "
            f"| {cost}, peak of the process so far {peak:.1f} GiB |"
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    print(f"| work (float32, threads: {threads}) | measured |\n|---|---|")
    for part in (layer_score, rankings, large):
        for row in part():
            print(row, flush=True)


if __name__ == "__main__":
    main()
