"""Statistics and neuron sets made by hand, for the tests of this room."""

import torch
from hypothesis import strategies as st

from bridgex.neurons import ActivationStats, NeuronSet

CODES = ("en", "he", "id")


def stats_of(counts: list[list[int]], tokens: list[int], cut: int) -> dict[str, ActivationStats]:
    """Return statistics of two layers: of ``cut`` neurons, and of the rest."""
    return {
        code: ActivationStats("m", code, n, (torch.tensor(row[:cut]), torch.tensor(row[cut:])))
        for code, row, n in zip(CODES, counts, tokens, strict=True)
    }


@st.composite
def many_ties(draw: st.DrawFn) -> dict[str, ActivationStats]:
    """Draw statistics of few tokens, so that most probabilities are equal to others."""
    width = draw(st.integers(6, 20))
    tokens = draw(st.lists(st.integers(3, 5), min_size=3, max_size=3))
    counts = [draw(st.lists(st.integers(0, n), min_size=width, max_size=width)) for n in tokens]
    return stats_of(counts, tokens, draw(st.integers(1, width - 1)))


def neuron_set(code: str, *layers: list[int], width: int = 6) -> NeuronSet:
    """Return a set of the named neurons of each layer."""
    masks = []
    for chosen in layers:
        mask = torch.zeros(width, dtype=torch.bool)
        mask[chosen] = True
        masks.append(mask)
    return NeuronSet((code,), tuple(masks), "by hand")


def places(neurons: NeuronSet) -> set[tuple[int, int]]:
    """Return the (layer, index) of each neuron of a set."""
    return {
        (layer, int(at)) for layer, mask in enumerate(neurons.mask) for at in mask.nonzero()[:, 0]
    }
