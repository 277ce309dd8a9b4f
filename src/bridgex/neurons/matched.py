"""Random sets of neurons that are like a given one: in layer, number and activation rate."""

from collections.abc import Sequence

import torch
from torch import Tensor

from bridgex.neurons.sets import NeuronSet

NEAREST = 10
"""Free neurons of nearest activation rate that each partner is drawn from."""


def matched_set(
    neurons: NeuronSet, pool: NeuronSet, rates: Sequence[Tensor], seed: int
) -> NeuronSet:
    """Draw, for each neuron of a set, another of its layer that is active about as often.

    In each layer the set's neurons take turns in random order; each takes one at random of the ten
    that are nearest in activation rate among those still free. Where the pool of a layer is too
    small, the set drawn is smaller than the given one.

    Args:
        neurons: the set to match.
        pool: what may be drawn; neurons of the set itself never are.
        rates: activation rate of each neuron, per layer (width,).
        seed: of the draw.
    """
    generator = torch.Generator().manual_seed(seed)
    masks = []
    for own, allowed, rate in zip(neurons.mask, pool.mask, rates, strict=True):
        free = (allowed & ~own).nonzero().squeeze(1)
        drawn = torch.zeros_like(own)
        wanted = own.nonzero().squeeze(1)
        for at in wanted[torch.randperm(len(wanted), generator=generator)].tolist():
            if not len(free):
                break
            nearest = (rate[free] - rate[at]).abs().argsort(stable=True)[:NEAREST]
            place = nearest[int(torch.randint(len(nearest), (1,), generator=generator))]
            drawn[free[place]] = True
            free = torch.cat([free[:place], free[place + 1 :]])
        masks.append(drawn)
    return NeuronSet((), tuple(masks), f"matched to ({neurons.selection})")


def mean_rate(neurons: NeuronSet, rates: Sequence[Tensor]) -> float:
    """Return the mean activation rate of a set's neurons.

    Args:
        neurons: the set, which is not empty.
        rates: activation rate of each neuron, per layer (width,).
    """
    return float(
        torch.cat([rate[mask] for rate, mask in zip(rates, neurons.mask, strict=True)]).mean()
    )
