"""The released script's number of each candidate, quirk by quirk, against loops over pairs."""

from collections.abc import Callable
from dataclasses import replace
from statistics import fmean, median

import pytest
import torch
from benchmarks.reproduction.quirks import PublishedScore, published
from torch import Tensor

from bridgex.bridges import BridgeSettings
from bridgex.errors import DependenceUndefinedError, RequestError
from bridgex.neurons import ProbeActivations
from tests.bridges.build import BAND, DEPTH, PROMPTS, activations, sets_of

EVERYWHERE = sets_of(BridgeSettings(band=(0.0, 1.0)))
H = torch.eye(PROMPTS) - 1 / PROMPTS
Pair = Callable[[Tensor, Tensor], float]


def standardised(x: Tensor) -> Tensor:
    return (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-6)


def gram(row: Tensor, sigma: float) -> Tensor:
    return torch.exp(-((row[:, None] - row) ** 2) / (2 * sigma**2))


def of_prompts(row: Tensor) -> float:
    return median(abs(float(a - b)) for i, a in enumerate(row) for b in row[i + 1 :])


def of_neurons(*sides: Tensor) -> float:
    entries = [float((a - b).norm()) for side in sides for a in side for b in side]
    return sorted(entries)[(len(entries) - 1) // 2] + 1e-6


def best_match(first: list[Tensor], second: list[Tensor], pair: Pair) -> float:
    values = torch.tensor([[pair(K, L) for L in second] for K in first])
    return float((values.amax(0).mean() + values.amax(1).mean()) / 2)


def centred_twice(K: Tensor, L: Tensor) -> float:  # noqa: N803
    return float(torch.trace(K @ H @ L @ H))


def centred_once(K: Tensor, L: Tensor) -> float:  # noqa: N803
    return float(torch.trace(K @ H @ L))


def by_loops(x: Tensor, y: Tensor) -> tuple[float, float, float]:
    x, y = standardised(x), standardised(y)
    sigma = of_neurons(x, y)
    K, L = ([gram(row, of_prompts(row)) for row in side] for side in (x, y))
    one, other = ([gram(row, sigma) for row in side] for side in (x, y))
    return (
        best_match(K, L, centred_twice),
        best_match(K, L, centred_once),
        best_match(one, other, centred_once),
    )


def without_anchor(found: ProbeActivations, layer: int) -> ProbeActivations:
    """Return activations in which no anchor neuron of a layer fires on all prompts."""
    values = list(found.values)
    anchor = EVERYWHERE.anchor.mask[layer][found.neurons.mask[layer]]
    values[layer] = torch.where(anchor[:, None], -values[layer], values[layer])
    return replace(found, values=tuple(values))


def scored(found: ProbeActivations) -> dict[str, PublishedScore]:
    return published(EVERYWHERE, found, BAND, 0.95)


def test_every_step_is_that_of_a_loop_over_pairs() -> None:
    found = activations(EVERYWHERE)
    scores = scored(found)
    assert set(scores) == {"en", "de"}
    for code, each in scores.items():
        steps = {
            layer: by_loops(
                found.of(EVERYWHERE.anchor, layer), found.of(EVERYWHERE.bridges[code], layer)
            )
            for layer in BAND
        }
        for layer, expected in steps.items():
            assert each.per_layer[layer] == pytest.approx(expected, rel=1e-4)
        means = [fmean(values) for values in zip(*steps.values(), strict=True)]
        assert [each.hsic_biased, each.one_sided, each.published] == pytest.approx(means, rel=1e-4)
        assert each.renumbered == pytest.approx(each.published, rel=1e-12)


def test_a_missing_layer_moves_the_later_ones_up_only_where_renumbered() -> None:
    found = activations(EVERYWHERE)
    whole, gap = scored(found)["en"], scored(without_anchor(found, 5))["en"]
    assert set(gap.per_layer) == set(range(DEPTH)) - {5}
    assert gap.published == pytest.approx(fmean(whole.per_layer[at][2] for at in (4, 6)))
    assert gap.renumbered == pytest.approx(fmean(whole.per_layer[at][2] for at in (4, 6, 7)))


def test_without_any_layer_the_script_gives_nought_and_we_give_nothing() -> None:
    found = activations(EVERYWHERE)
    for layer in range(DEPTH):
        found = without_anchor(found, layer)
    assert scored(found)["en"] == PublishedScore(None, None, None, 0.0, {})


def test_too_few_prompts_and_values_that_are_not_finite_are_refused() -> None:
    found = activations(EVERYWHERE)
    for prompts in range(3):
        few = tuple(values[:, :prompts] for values in found.values)
        with pytest.raises(DependenceUndefinedError, match=f"at least 3 prompts and has {prompts}"):
            scored(replace(found, values=few))
    found.values[9][0, 0] = float("nan")
    with pytest.raises(DependenceUndefinedError, match="in layer 9, neuron 4; capture"):
        scored(found)


def test_sets_of_the_band_alone_are_refused() -> None:
    sets = sets_of()
    with pytest.raises(RequestError, match="all layers"):
        published(sets, activations(sets), BAND, 0.95)
