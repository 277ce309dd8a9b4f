"""Average linkage against a slow loop over leaves; Newick and clusters read back."""

import itertools
import random
import re
from statistics import correlation, fmean

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bridgex.errors import RequestError
from bridgex.neurons import Tree, average_linkage
from bridgex.neurons.tree import Merge


@st.composite
def distances(draw: st.DrawFn) -> torch.Tensor:
    """Draw distances without ties between pairs."""
    size = draw(st.integers(2, 8))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    upper = torch.rand(size, size, generator=generator, dtype=torch.float64).triu(1)
    return upper + upper.T


def named(size: int) -> list[str]:
    return [f"l{at}" for at in range(size)]


def slow_merges(distance: torch.Tensor) -> list[tuple[frozenset[int], frozenset[int], float]]:
    standing = [frozenset([leaf]) for leaf in range(len(distance))]
    merges = []
    while len(standing) > 1:
        far = {
            (a, b): fmean(float(distance[i, j]) for i in a for j in b)
            for a, b in itertools.combinations(standing, 2)
        }
        a, b = min(far, key=far.__getitem__)
        merges.append((a, b, far[a, b]))
        standing = [each for each in standing if each not in (a, b)] + [a | b]
    return merges


@given(distances())
def test_merges_equal_a_slow_loop(distance: torch.Tensor) -> None:
    size = len(distance)
    tree = average_linkage(named(size), distance)
    joined = tree.cophenetic()
    assert torch.equal(joined, joined.T)
    standing = {frozenset([leaf]) for leaf in range(size)}
    for clusters, (a, b, far) in zip(range(size - 1, 0, -1), slow_merges(distance), strict=True):
        for i, j in itertools.product(a, b):
            assert float(joined[i, j]) == pytest.approx(far)
        standing = (standing - {a, b}) | {a | b}
        assert {frozenset(each) for each in tree.clusters(clusters)} == standing


@given(distances())
def test_the_tree_says_how_faithful_it_is(distance: torch.Tensor) -> None:
    tree = average_linkage(named(len(distance)), distance)
    pairs = list(itertools.combinations(range(len(distance)), 2))
    if len(pairs) == 1:
        assert tree.cophenetic_correlation is None
        return
    joined = tree.cophenetic()
    slow = correlation([float(distance[p]) for p in pairs], [float(joined[p]) for p in pairs])
    assert tree.cophenetic_correlation == pytest.approx(slow)


def paths(newick: str) -> dict[frozenset[str], float]:
    """The length of the path between every two leaves."""
    lengths: dict[frozenset[str], float] = {}
    rest = re.findall(r"[(,;)]|:[\d.e-]+|'\w+'|\w+", newick)[::-1]

    def read() -> dict[str, float]:
        """Leaves of the next cluster, and how far above each of them its branch begins."""
        name = rest.pop()
        leaves = {name.strip("'"): 0.0}
        if name == "(":
            left = read()
            assert rest.pop() == ","
            right = read()
            assert rest.pop() == ")"
            for a, b in itertools.product(left, right):
                lengths[frozenset([a, b])] = left[a] + right[b]
            leaves = left | right
        branch = float(rest.pop()[1:]) if rest[-1] != ";" else 0.0
        return {leaf: far + branch for leaf, far in leaves.items()}

    read()
    assert rest == [";"]
    return lengths


@given(distances())
def test_newick_paths_are_the_distances_of_the_tree(distance: torch.Tensor) -> None:
    codes = [f"x_{code}" if at % 2 else code for at, code in enumerate(named(len(distance)))]
    tree = average_linkage(codes, distance)
    found = paths(tree.newick())
    joined = tree.cophenetic()
    assert len(found) == len(codes) * (len(codes) - 1) / 2
    for i, j in itertools.combinations(range(len(codes)), 2):
        assert found[frozenset([codes[i], codes[j]])] == pytest.approx(
            float(joined[i, j]), abs=1e-4
        )


def test_a_code_with_a_script_is_quoted() -> None:
    tree = average_linkage(["zh", "zh_Hant"], torch.tensor([[0, 0.5], [0.5, 0]]))
    assert tree.newick() == "(zh:0.25,'zh_Hant':0.25);"


def test_drawn_neighbours_are_close() -> None:
    places = {"a": 0.0, "d": 5.0, "b": 1.0, "e": 6.5, "c": 2.1}
    distance = torch.tensor([[abs(x - y) for y in places.values()] for x in places.values()])
    order = "".join(average_linkage(list(places), distance).order)
    assert order in ("abcde", "edcba")


def test_identical_languages_have_a_tree_of_height_zero() -> None:
    tree: Tree = average_linkage(["a", "b", "c"], torch.zeros(3, 3))
    assert tree.merges[-1].distance == 0
    assert tree.cophenetic_correlation is None
    assert sorted(tree.order) == ["a", "b", "c"]


def test_bad_input() -> None:
    with pytest.raises(RequestError, match="at least two languages"):
        average_linkage(["a"], torch.zeros(1, 1))
    tree = average_linkage(["a", "b"], torch.zeros(2, 2))
    for many in (0, 3):
        with pytest.raises(RequestError, match="has 1 to 2 clusters"):
            tree.clusters(many)


def test_the_languages_order_changes_names_only() -> None:
    size = 6
    shuffled = random.Random(0).sample(range(size), size)  # noqa: S311
    upper = torch.rand(size, size, generator=torch.Generator().manual_seed(1)).triu(1)
    distance = upper + upper.T
    first = average_linkage(named(size), distance).cophenetic()
    second = average_linkage(named(size), distance[shuffled][:, shuffled]).cophenetic()
    assert torch.allclose(first[shuffled][:, shuffled], second)


def merges(left: int, right: int, last: int) -> list[dict[str, float]]:
    pairs = ((left, right, 0.1), (2, last, 1.0))
    return [{"left": one, "right": other, "distance": far} for one, other, far in pairs]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("languages", ["a", "b"]),  # a merge then joins itself: newick never came to an end
        ("languages", ["a", "b", "c", "d"]),
        ("order", ["a", "b", "b"]),
        ("merges", []),
        ("merges", merges(0, 3, 1)),
        ("merges", merges(0, 0, 3)),
        ("merges", merges(-1, 1, 3)),
    ],
)
def test_what_is_no_tree_is_not_read(field: str, value: object) -> None:
    distance = torch.tensor([[0, 1, 3], [1, 0, 3], [3, 3, 0]], dtype=torch.float64)
    adapter = TypeAdapter(Tree)
    values = adapter.dump_python(average_linkage(["a", "b", "c"], distance), mode="json")
    assert adapter.validate_python(values).newick()
    with pytest.raises(ValidationError, match=r"merges make no tree|order is not"):
        adapter.validate_python({**values, field: value})


def test_a_tree_as_deep_as_it_has_leaves() -> None:
    leaves = 5_000
    codes = tuple(f"l{at}" for at in range(leaves))
    merges = [Merge(0, 1, 0.0)]
    merges += [Merge(leaves + at - 2, at, at / leaves) for at in range(2, leaves)]
    tree = Tree(codes, tuple(merges), codes, None)
    assert tree.members(2 * leaves - 2) == tuple(range(leaves))
    assert tree.newick().startswith("(" * (leaves - 1) + "l0:0,l1:0):0.0002,l2:0.0002)")
    assert tree.newick().endswith(",l4999:0.4999);")
    assert tree.clusters(2) == ((leaves - 1,), tuple(range(leaves - 1)))
