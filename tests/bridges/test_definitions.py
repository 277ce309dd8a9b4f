"""`benchmarks/definitions.py`: every definition at once is the score that the library computes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from benchmarks.definition_scores import Kind, Sets, View, kinds, scores
from benchmarks.definitions import DEFAULT, Table, held_back, tau
from scipy.stats import kendalltau

from bridgex.bridges import BridgeSets, BridgeSettings, score
from bridgex.dependence import (
    cka,
    cka_debiased,
    gaussian_gram,
    joint_median_bandwidth,
    standardise,
)
from bridgex.dependence.estimator import Aggregation, Measure
from bridgex.neurons import NeuronSet, ProbeActivations

CODES = ("en", "de", "it")
WIDTH, DEPTH, PROMPTS = 60, 4, 12


def _masks(*rows: range) -> tuple[torch.Tensor, ...]:
    masks = []
    for _ in range(DEPTH):
        mask = torch.zeros(WIDTH, dtype=torch.bool)
        for row in rows:
            mask[list(row)] = True
        masks.append(mask)
    return tuple(masks)


@pytest.fixture(scope="module")
def values() -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(3)
    shared = torch.randn(DEPTH, 1, PROMPTS, generator=generator)
    noise = torch.randn(DEPTH, WIDTH, PROMPTS, generator=generator)
    return tuple((noise + shared + 6).unbind(0))


ANCHOR = _masks(range(6))
BRIDGES = {code: _masks(range(6 + 5 * at, 11 + 5 * at)) for at, code in enumerate(CODES)}
POOL = _masks(range(30, WIDTH))
SETS = Sets(ANCHOR, dict.fromkeys(("specific", "exclusive", "all"), BRIDGES), POOL)


@pytest.mark.parametrize("aggregation", ["joint", "best_match"])
@pytest.mark.parametrize("measure", ["hsic_biased", "hsic_unbiased", "cka", "cka_debiased"])
def test_a_definition_is_the_score_of_the_library(
    measure: Measure, aggregation: Aggregation, values: tuple[torch.Tensor, ...]
) -> None:
    view = View("direct/last/all", dict.fromkeys(CODES, values), best_match=True)
    found = scores(view, {"top": SETS})
    settings = BridgeSettings(
        measure=measure, aggregation=aggregation, null_draws=0, band=(0, 1), size_matched=False
    )

    def named(code: str, mask: tuple[torch.Tensor, ...]) -> NeuronSet:
        return NeuronSet((code,), mask, "made")

    sets = BridgeSets(
        ("x", "y"),
        named("x", ANCHOR),
        {code: named(code, mask) for code, mask in BRIDGES.items()},
        named("pool", POOL),
        tuple(range(DEPTH)),
    )
    every = named("all", tuple(torch.ones_like(mask) for mask in ANCHOR))
    ranking = score(sets, ProbeActivations(("x", "y"), every, values), settings)
    order = kinds(best_match=True)
    for size in ("matched", "as they come"):  # all sets have five neurons
        row = found[order.index(Kind("top", "specific", size, measure, aggregation))]
        for column, code in enumerate(CODES):
            expected = [ranking.scores[code].per_layer[at] for at in range(DEPTH)]
            assert row[column].tolist() == pytest.approx(expected, rel=2e-4, abs=1e-6)


def test_a_partial_score_is_the_partial_correlation_given_random_neurons(
    values: tuple[torch.Tensor, ...],
) -> None:
    chance = _masks(range(40, 45))  # as many as a bridge has, so that there is one draw
    view = View("direct/last/all", dict.fromkeys(CODES, values), best_match=False)
    found = scores(view, {"top": replace(SETS, pool=chance)})
    order = kinds(best_match=False)
    for measure, alignment in (("cka", cka), ("cka_debiased", cka_debiased)):
        row = found[order.index(Kind("top", "partial", "matched", measure, "joint"))]
        for column, code in enumerate(CODES):
            for layer, x in enumerate(values):
                K, L, Z = (
                    gaussian_gram(y, joint_median_bandwidth(y[None])[0])
                    for y in (
                        standardise(x[mask[layer]]) for mask in (ANCHOR, BRIDGES[code], chance)
                    )
                )
                kl, kz, lz = (float(alignment(*two)) for two in ((K, L), (K, Z), (L, Z)))
                expected = (kl - kz * lz) / ((1 - kz**2) * (1 - lz**2)) ** 0.5
                assert float(row[column, layer]) == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_tau_is_scipys_and_the_winner_is_held_back() -> None:
    generator = np.random.default_rng(0)
    mine, accuracy = generator.normal(size=(3, 6)), np.array([0.1, 0.3, 0.3, 0.0, 0.2, 0.5])
    expected = [kendalltau(row, accuracy).statistic for row in mine]
    assert tau(mine, accuracy[None])[:, 0] == pytest.approx(expected)
    assert np.isnan(tau(np.zeros((1, 6)), accuracy[None])).all()
    pairs = [f"p{at}" for at in range(6)]
    noise = generator.uniform(-1, 1, size=(400, 6))
    names = [DEFAULT, *map(str, range(399))]
    chosen, usual = held_back(Table(names, pairs, noise, noise, noise))
    assert noise.mean(1).max() > 0.5  # the best of 400 on all pairs looks good
    assert abs(chosen.mean()) < 0.25  # and is nothing on pairs that did not choose it
    assert usual.mean() == pytest.approx(noise[0].mean(), abs=0.05)
