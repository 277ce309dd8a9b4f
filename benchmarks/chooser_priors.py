"""What few development items and a prior from other pairs are worth, against many items alone.

    python -m benchmarks.chooser_priors [VALIDATION.json …]

On drawn gains: candidates differ by MAIN, and each by BETWEEN from pair to pair (standard
deviations); prints the mean regret in points, going directly included, of 50 items alone, of 50 and
of 16 items with a prior from the other pairs, and of the prior alone. The last column leaves the
noise of measured gains out of the variance between pairs.

On stored results (validations and cases of one model and task with evaluated items): the items of
each pair are split at random into development and evaluation, the prior comes from all items of the
other pairs, and the same choices are held against the accuracy on the evaluation items.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy
from numpy.random import Generator

import bridgex
from bridgex.choosers.evidence import Estimate, MeasuredPair, Prior, difference, prior_of
from bridgex.experiments.case import Case
from bridgex.experiments.experience import measured_pairs
from bridgex.experiments.validation import Validation

DRAWS = 2000
SPLITS = 200
MANY, FEW, EVALUATED = 50, 16, 100
DIFFERING = 0.15
"""Share of items on which direct and bridged answers differ, as on the embedded model."""
COLUMNS = (f"{MANY} alone", f"{MANY} + prior", f"{FEW} + prior", "prior alone", "less noise")


def chosen(gains: Mapping[str, float]) -> str | None:
    """Return the candidate of the highest expected gain; None for going directly."""
    best = max(gains, key=gains.__getitem__)
    return best if gains[best] > 0 else None


def choices(
    many: Mapping[str, Estimate], few: Mapping[str, Estimate], prior: Prior, noise: float
) -> list[str | None]:
    less = replace(prior, variance=max(0.0, prior.variance - noise))
    return [
        chosen({code: each.value for code, each in many.items()}),
        chosen({code: prior.updated(code, each).value for code, each in many.items()}),
        chosen({code: prior.updated(code, each).value for code, each in few.items()}),
        chosen({code: prior.updated(code, None).value for code in many}),
        chosen({code: less.updated(code, each).value for code, each in many.items()}),
    ]


def drawn(main: float, between: float, pairs: int, random: Generator) -> list[float]:
    """Return the regret of each choice on one drawn set of pairs."""
    codes = [f"k{at}" for at in range(6)]
    true = random.normal(-0.02, main, 6) + random.normal(0, between, (pairs, 6))

    def seen(gains: numpy.ndarray, items: int) -> dict[str, Estimate]:
        variance = DIFFERING / items
        noisy = gains + random.normal(0, variance**0.5, 6)
        return {code: Estimate(value, variance) for code, value in zip(codes, noisy, strict=True)}

    others = [
        MeasuredPair("", "", ("", str(at)), seen(row, EVALUATED), {})
        for at, row in enumerate(true[1:])
    ]
    prior = prior_of(others)
    assert prior is not None
    own: dict[str | None, float] = {None: 0.0}
    own |= dict(zip(codes, map(float, true[0]), strict=True))
    made = choices(seen(true[0], MANY), seen(true[0], FEW), prior, DIFFERING / EVALUATED)
    return [max(own.values()) - own[code] for code in made]


def stored(cases: Sequence[Case], random: Generator) -> list[float]:
    """Return the mean regret of each choice over random splits of every pair's items."""
    known = measured_pairs(cases)
    regrets = []
    for at, case in enumerate(cases):
        prior = prior_of([each for place, each in enumerate(known) if place != at])
        assert prior is not None, "two other pairs with a candidate in common are needed"
        scores = {
            each.strategy.removeprefix("bridge:"): numpy.array([o.score for o in each.outcomes])
            for each in case.results
        }
        direct = scores.pop("direct")
        noise = float(numpy.mean([each.variance for each in known[at].gains.values()]))
        for _ in range(SPLITS):
            order = random.permutation(len(direct))
            some, rest = order[:MANY], order[MANY:]
            many, few = (
                {
                    code: difference(row[part].tolist(), direct[part].tolist())
                    for code, row in scores.items()
                }
                for part in (some, some[:FEW])
            )
            own: dict[str | None, float] = {None: 0.0}
            own |= {code: float((row - direct)[rest].mean()) for code, row in scores.items()}
            made = choices(many, few, prior, noise)
            regrets.append([max(own.values()) - own[code] for code in made])
    return [float(each) for each in numpy.mean(regrets, axis=0)]


def main() -> None:
    random = numpy.random.default_rng(0)
    print("main between pairs | " + " | ".join(COLUMNS))
    for spread, between in ((0.03, 0.01), (0.03, 0.03), (0.03, 0.06), (0.06, 0.03), (0.01, 0.03)):
        for pairs in (3, 12):
            rows = [drawn(spread, between, pairs, random) for _ in range(DRAWS)]
            means = " | ".join(f"{100 * each:.2f}" for each in numpy.mean(rows, axis=0))
            print(f"{spread:.2f} {between:.2f} {pairs} | {means}")
    cases: dict[tuple[str, str], list[Case]] = {}
    for result in map(bridgex.load, sys.argv[1:]):
        for case in result.cases if isinstance(result, Validation) else [result]:
            assert isinstance(case, Case), "give validations and cases"
            cases.setdefault((case.model, case.task), []).append(case)
    for (model, task), some in cases.items():
        means = " | ".join(f"{100 * each:.2f}" for each in stored(some, random))
        print(f"{task} on {model}, {len(some)} pairs | {means}")


if __name__ == "__main__":
    main()
