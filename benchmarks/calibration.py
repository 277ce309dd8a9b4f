"""Are the null, the intervals and the matching calibrated? On synthetic activations, as tables.

Run from the repository root: ``python -m benchmarks.calibration``. Seeds are fixed; a run takes
some ten minutes on one core. The tables stand in docs/method/calibration.md.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from statistics import fmean

import torch
from scipy.stats import binom
from torch import Tensor

from benchmarks.reproduction.formula import published_score
from bridgex.bridges import BridgeSettings, bridge_sets, score
from bridgex.dependence import (
    DEFAULT,
    PAPER,
    Estimator,
    interval,
    p_value,
    prepare,
    prompt_orders,
    random_subsets,
)
from bridgex.neurons import NeuronSet, ProbeActivations

REPLICATES = 400
LEVEL = 0.05
DRAWS = 39
POOL = 256
SIZES = ((10, 10), (20, 2), (2, 20))
PROMPTS = (50, 200, 500)
ESTIMATORS = {"`cka_debiased` `joint`": DEFAULT, "`hsic_biased` `best_match`": PAPER}
Rows = Iterator[tuple[str, bool]]


def gate(neurons: int, template: Tensor, generator: torch.Generator) -> Tensor:
    """Gate-like activations: every neuron follows the template more or less, and itself."""
    own = torch.randn(neurons, len(template), generator=generator)
    weight = torch.rand(neurons, 1, generator=generator)
    return torch.nn.functional.silu(own + weight * template)


def bounds(replicates: int, share: float, cells: int) -> tuple[int, int]:
    """Numbers of hits that a true ``share`` stays within in all cells at once, 95 % of times."""
    tail = 0.05 / cells / 2
    return int(binom.ppf(tail, replicates, share)), int(binom.isf(tail, replicates, share))


def random_neuron_null(replicates: int) -> Rows:
    """Sets that are random neurons themselves must be rejected at the level, no more, no less."""
    cells = list(product(ESTIMATORS.items(), PROMPTS, SIZES))
    low, high = bounds(replicates, LEVEL, len(cells))
    yield f"| measure | prompts | anchor × set | p ≤ {LEVEL} of {replicates} ({low}–{high}) |", True
    yield "|---|---|---|---|", True
    for at, ((name, estimator), n, (a, m)) in enumerate(cells):
        generator = torch.Generator().manual_seed(1000 + at)
        rejected = 0
        for each in range(replicates):
            template = torch.randn(n, generator=generator)
            anchor, others = (gate(k, template, generator) for k in (a, m + POOL))
            prepared = prepare(anchor, others, estimator)
            null = prepared.value(m + random_subsets(POOL, m, DRAWS, each))
            rejected += p_value(float(prepared.value(torch.arange(m)[None])), null) <= LEVEL
        inside = low <= rejected <= high
        yield f"| {name} | {n} | {a} × {m} | {rejected}{'' if inside else ' outside'} |", inside


def unequal_noise(replicates: int) -> Rows:
    """Two candidates of pure noise, one with more neurons than the other."""
    few = max(1, replicates * 60 // REPLICATES)
    low, high = bounds(replicates, 0.5, 1)
    yield f"| sets | neurons | the larger wins ({low}–{high} of {replicates} if by chance) |", True
    yield "|---|---|---|", True
    plain = BridgeSettings(null_draws=0, matching_draws=10, full_activation=0.0, band=(0.0, 1.0))
    default, paper = ("cka_debiased", "joint"), ("hsic_biased", "best_match")
    others = [
        (measure, aggregation)
        for measure in ("cka", "cka_debiased", "hsic_biased", "hsic_unbiased")
        for aggregation in ("joint", "best_match")
        if (measure, aggregation) not in (default, paper)
    ]
    wide, narrow = (12, 200, 358, 160), (6, 100, 26, 22)
    cells = [
        (default, True, wide, replicates),
        (default, False, wide, replicates),
        (paper, False, wide, replicates),
        *((each, False, wide, few) for each in others),
        *((each, False, narrow, replicates // 2) for each in (default, paper)),
    ]
    for (measure, aggregation), matched, (depth, n, large, small), times in cells:
        changes = {"measure": measure, "aggregation": aggregation, "size_matched": matched}
        settings, sizes = plain.model_copy(update=changes), {"large": large, "small": small}
        generator = torch.Generator().manual_seed(7)
        wins = 0
        for _ in range(times):
            found, neurons = noise(depth, n, 20, sizes, generator)
            ranking = score(bridge_sets(neurons, ("s", "t"), sizes, settings), found, settings)
            wins += next(iter(ranking.scores)) == "large"
        inside = not matched or low <= wins <= high
        how = "size-matched" if matched else "as they come"
        yield (
            f"| `{measure}` `{aggregation}`, {how} | {large}, {small} | {wins} of {times} |",
            inside,
        )


def noise(
    depth: int, n: int, anchor: int, sizes: dict[str, int], generator: torch.Generator
) -> tuple[ProbeActivations, dict[str, NeuronSet]]:
    """Activations of an anchor and of each candidate's neurons, spread over the layers."""
    per_layer = {
        code: [size // depth + (layer < size % depth) for layer in range(depth)]
        for code, size in {"s": anchor * depth, **sizes}.items()
    }
    masks: dict[str, list[Tensor]] = {code: [] for code in per_layer}
    values = []
    for layer in range(depth):
        widths = [of_layer[layer] for of_layer in per_layer.values()]
        owner = torch.arange(len(widths)).repeat_interleave(torch.tensor(widths))
        for at, code in enumerate(per_layer):
            masks[code].append(owner == at)
        values.append(gate(sum(widths), torch.randn(n, generator=generator), generator))
    neurons = {code: NeuronSet((code,), tuple(mask), "noise") for code, mask in masks.items()}
    neurons["t"] = neurons["s"]
    whole = NeuronSet((), tuple(torch.ones(len(each), dtype=torch.bool) for each in values), "all")
    return ProbeActivations(("s", "t"), whole, tuple(values)), neurons


def dependent(n: int, strength: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two sets of five neurons, one following the other."""
    x, own = torch.randn(2, 5, n, generator=generator)
    return x, strength * x + math.sqrt(1 - strength**2) * own


def coverage(replicates: int) -> Rows:
    """How often the jackknife interval holds the value that ever more prompts tend to."""
    yield f"| strength | prompts | true value | covered of {replicates} (86–96 % at 90 %) |", True
    yield "|---|---|---|---|", True
    whole = torch.arange(5)[None]
    for strength in (0.0, 0.3, 0.6, 0.9):
        generator = torch.Generator().manual_seed(int(strength * 10))

        def value(n: int, strength: float = strength, of: torch.Generator = generator) -> float:
            return float(prepare(*dependent(n, strength, of), DEFAULT).value(whole))

        truth = fmean(value(2000) for _ in range(60))
        for n in PROMPTS:
            covered = 0
            for _ in range(replicates):
                prepared = prepare(*dependent(n, strength, generator), DEFAULT)
                of_all = float(prepared.value(whole))
                found = interval(of_all, prepared.leave_one_out(whole)[0], 0.9)
                covered += found.low <= truth <= found.high
            share = covered / replicates
            inside = strength == 0 or 0.86 <= share <= 0.96
            mark = "" if inside else " outside"
            yield f"| {strength} | {n} | {truth:.4f} | {share:.1%}{mark} |", inside


def linear(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return dependent(n, 0.25, generator)


def quadratic(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    x, own = torch.randn(2, 3, n, generator=generator)
    return x, 0.5 * x**2 + own


def one_outlier(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Independent but for one prompt that is far out on both sides."""
    x, y = torch.randn(2, 3, n, generator=generator)
    x[:, 0], y[:, 0] = 8.0, 8.0
    return x, y


def independent(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    x, y = torch.randn(2, 3, n, generator=generator)
    return x, y


def power(replicates: int) -> Rows:
    """How often 39 permutations of the prompts find a dependence at 5 %."""
    measures: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
        **{name: permuted_by(estimator) for name, estimator in ESTIMATORS.items()},
        "`published`": permuted_published,
    }
    yield f"| 100 prompts, {replicates} each | {' | '.join(measures)} |", True
    yield "|---|" + "---|" * len(measures), True
    for kind in (independent, linear, quadratic, one_outlier):
        shares = []
        for measure in measures.values():
            generator = torch.Generator().manual_seed(99)
            found = 0
            for each in range(replicates):
                x, y = kind(100, generator)
                values = measure(x, y, prompt_orders(100, DRAWS, each))
                found += p_value(float(values[0]), values[1:]) <= LEVEL
            shares.append(f"{found / replicates:.0%}")
        yield f"| {kind.__name__.replace('_', ' ')} | {' | '.join(shares)} |", True


def permuted_by(estimator: Estimator) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    def values(x: Tensor, y: Tensor, orders: Tensor) -> Tensor:
        return prepare(x, y, estimator).permuted(torch.arange(len(y)), orders)

    return values


def permuted_published(x: Tensor, y: Tensor, orders: Tensor) -> Tensor:
    return torch.tensor([published_score(x[:, order], y) for order in orders])


def main() -> int:
    """Print every table; return 1 if a figure is outside its bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=REPLICATES)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    right = True
    for table in (random_neuron_null, unequal_noise, coverage, power):
        start = time.perf_counter()
        print(f"\n### {table.__name__.replace('_', ' ')}\n", flush=True)
        for line, inside in table(asked.replicates):
            right &= inside
            print(line, flush=True)
        print(f"\n({time.perf_counter() - start:.0f} s)", flush=True)
    print("\nEvery figure is inside its bounds." if right else "\nA figure is outside its bounds.")
    return not right


if __name__ == "__main__":
    sys.exit(main())
