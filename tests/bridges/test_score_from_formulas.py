"""A whole ranking against slow loops over its definitions, from draws to verdict."""

from dataclasses import replace
from statistics import NormalDist, fmean

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgex.bridges import BridgeRanking, BridgeSettings, score
from bridgex.bridges.score import draw_seed
from bridgex.bridges.sets import BridgeSets
from bridgex.dependence import random_subsets
from bridgex.neurons import ProbeActivations
from tests.bridges.build import BAND, CANDIDATES, activations, sets_of
from tests.dependence import naive

PROMPTS = 9
SIZES = {"en": 8, "de": 4}
ESTIMATORS = [("cka_debiased", "joint"), ("hsic_biased", "best_match")]


def asked(measure: str, aggregation: str, *, size_matched: bool, seed: int = 3) -> BridgeSettings:
    return BridgeSettings.model_validate(
        {
            "measure": measure,
            "aggregation": aggregation,
            "bridge_set": "exclusive",
            "size_matched": size_matched,
            "matching_draws": 2,
            "null_draws": 6,
            "seed": seed,
        }
    )


def read(sets: BridgeSets, seed: int) -> ProbeActivations:
    found = activations(sets, seed)
    return replace(found, values=tuple(values[:, :PROMPTS] for values in found.values))


def jackknife(value: float, without: torch.Tensor, level: float) -> tuple[float, float]:
    n = len(without)
    error = ((n - 1) / n * float((without - without.mean()).square().sum())) ** 0.5
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return value - reach, value + reach


@pytest.mark.parametrize("size_matched", [True, False])
@pytest.mark.parametrize(("measure", "aggregation"), ESTIMATORS)
def test_every_number_is_that_of_its_formula(
    measure: str, aggregation: str, size_matched: bool
) -> None:
    chosen = asked(measure, aggregation, size_matched=size_matched)
    sets = sets_of(chosen)
    found = read(sets, 0)
    ranking = score(sets, found, chosen)
    value, without, null = {}, {}, {}
    for code, size in SIZES.items():
        wanted = 4 if size_matched else size
        layers = []
        for at in BAND:
            anchor, own = found.of(sets.anchor, at), found.of(sets.bridges[code], at)
            assert len(own) == size
            drawn = [torch.arange(size)]
            if wanted < size:
                drawn = list(random_subsets(size, wanted, 2, draw_seed(3, "match", at, code)))
            whole = fmean(naive.dependence(anchor, own[rows], chosen.estimator) for rows in drawn)
            deleted = torch.tensor(
                [naive.leave_one_out(anchor, own[rows], chosen.estimator) for rows in drawn]
            ).mean(0)
            pool = found.of(sets.pool, at)
            random = torch.zeros(0)
            if wanted <= len(pool):
                draws = random_subsets(len(pool), wanted, 6, draw_seed(3, "null", at, str(wanted)))
                random = torch.tensor(
                    [naive.dependence(anchor, pool[rows], chosen.estimator) for rows in draws]
                )
            layers.append((whole, deleted, random))
            assert ranking.scores[code].per_layer[at] == pytest.approx(whole, rel=1e-4)
        value[code] = fmean(whole for whole, _, _ in layers)
        without[code] = torch.stack([deleted for _, deleted, _ in layers]).mean(0)
        null[code] = torch.stack([random for _, _, random in layers]).mean(0)

    p = {
        code: (1 + int((null[code] >= value[code]).sum())) / 7 for code in SIZES if len(null[code])
    }
    assert set(p) == (set(SIZES) if size_matched else {"de"})
    lowest = min(p.values())
    for code, each in ranking.scores.items():
        assert each.value == pytest.approx(value[code], rel=1e-4)
        bounds = jackknife(value[code], without[code], 0.9)
        assert each.interval is not None
        assert (each.interval.low, each.interval.high) == pytest.approx(bounds, rel=1e-3, abs=1e-5)
        if code not in p:
            assert each.null is None
            continue
        assert each.null is not None
        assert each.null.p_value == pytest.approx(p[code])
        assert each.null.at_floor == (p[code] == 1 / 7)
        holm = max(p[code] if p[code] > lowest else 0, len(p) * lowest)
        assert each.null.p_corrected == pytest.approx(min(1, holm))
        assert each.null.mean == pytest.approx(float(null[code].mean()), rel=1e-4)
        assert each.null.high == pytest.approx(float(null[code].quantile(0.95)), rel=1e-4)
    first, second = ranking.scores
    assert value[first] >= value[second]
    low, high = jackknife(value[first] - value[second], without[first] - without[second], 0.9)
    difference = ranking.differences[f"{first}-{second}"]
    assert (difference.low, difference.high) == pytest.approx((low, high), rel=1e-3, abs=1e-5)
    undrawn = p.get(first) in {None, 1 / 7}  # six draws cannot show anything at 5 %
    assert ranking.verdict.kind == ("undetermined" if undrawn else "no_evidence")


@pytest.mark.parametrize(("measure", "aggregation"), ESTIMATORS)
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 9999), st.booleans())
def test_a_ranking_is_blind_to_the_order_of_prompts_and_the_scale_of_neurons(
    measure: str, aggregation: str, seed: int, size_matched: bool
) -> None:
    chosen = asked(measure, aggregation, size_matched=size_matched, seed=seed)
    sets = sets_of(chosen)
    found = read(sets, seed)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(PROMPTS, generator=generator)
    changed = replace(
        found,
        values=tuple(
            (values * (0.1 + 10 * torch.rand(len(values), 1, generator=generator)))[:, order]
            for values in found.values
        ),
    )
    for one, other in zip(
        *map(numbers, (score(sets, found, chosen), score(sets, changed, chosen))), strict=True
    ):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5)


def numbers(ranking: BridgeRanking) -> list[float]:
    found = []
    for code in CANDIDATES:
        each = ranking.scores[code]
        assert each.value is not None
        assert each.interval is not None
        found += [each.value, each.interval.low, each.interval.high, *each.per_layer.values()]
        if each.null is not None:
            found += [each.null.mean, each.null.high, each.null.p_value]
    return found
