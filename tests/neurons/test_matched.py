"""Random sets that are like a given one."""

import torch

from bridgex.neurons import NeuronSet, matched_set, mean_rate

WIDTH = 200
RATES = tuple(torch.linspace(0, 1, WIDTH).double() for _ in range(2))
EVERYTHING = NeuronSet((), (torch.ones(WIDTH, dtype=torch.bool),) * 2, "all")


def some(*rows: int, empty: bool = True) -> NeuronSet:
    mask = torch.zeros(WIDTH, dtype=torch.bool)
    mask[list(rows)] = True
    return NeuronSet((), (mask, torch.zeros_like(mask) if empty else mask), "some")


def test_a_matched_set_has_layer_number_and_rate_and_shares_nothing() -> None:
    own = some(3, 4, 5, 90, 91, 180, 199)
    drawn = [matched_set(own, EVERYTHING, RATES, seed) for seed in range(20)]
    for each in drawn:
        assert each.per_layer == own.per_layer == (7, 0)
        assert len(each & own) == 0
        assert abs(mean_rate(each, RATES) - mean_rate(own, RATES)) < 0.05
        order = zip(each.mask[0].nonzero(), own.mask[0].nonzero(), strict=True)
        assert all(abs(int(a) - int(b)) <= 14 for a, b in order)
    assert len({tuple(each.mask[0].nonzero().flatten().tolist()) for each in drawn}) > 15
    again = matched_set(own, EVERYTHING, RATES, 0)
    assert torch.equal(again.mask[0], drawn[0].mask[0])


def test_a_small_pool_gives_a_smaller_set() -> None:
    own = some(3, 4, 5, empty=False)
    pool = some(4, 6, 100, empty=False)
    drawn = matched_set(own, pool, RATES, 0)
    assert drawn.per_layer == (2, 2)
    assert drawn.mask[0].nonzero().flatten().tolist() == [6, 100]
