"""The drawn tree, line by line."""

import itertools

import torch
from hypothesis import given
from hypothesis import strategies as st

from bridgex.neurons import average_linkage
from bridgex.report.tree import WIDTH, drawn


def test_a_tree_of_four() -> None:
    places = [0.0, 1.0, 4.0, 6.0]
    distance = torch.tensor([[abs(x - y) for y in places] for x in places])
    tree = average_linkage(["a", "b", "c", "d"], distance)
    assert drawn(tree) == [
        f"┌{'─' * 29}┬{'─' * 10}",
        f"│{' ' * 29}└{'─' * 10}",
        f"└{'─' * 20}┬{'─' * 19}",
        f" {' ' * 20}└{'─' * 19}",
    ]


@given(st.integers(2, 24), st.integers(0, 99), st.sampled_from([0, 1, 3]))
def test_every_leaf_is_joined_to_the_root(size: int, seed: int, ties: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    upper = torch.rand(size, size, generator=generator, dtype=torch.float64)
    upper = ((upper * ties).ceil() / ties if ties else upper).triu(1)
    tree = average_linkage([f"l{at}" for at in range(size)], upper + upper.T)
    lines = drawn(tree)
    assert len(lines) == size
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) >= WIDTH
    assert all(line.endswith("─") for line in lines)
    assert sum(line.count("└") for line in lines) == size - 1
    for above, below in itertools.pairwise(lines):
        for up, down in zip(above, below, strict=True):
            assert (down in "│└┤") == (up in "│┌┬┤"), lines
