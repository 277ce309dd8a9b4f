"""Agreement with groupings: values against loops, p-values against all permutations."""

import itertools
from collections import Counter
from importlib import import_module
from statistics import correlation, fmean

import pytest
import torch

from bridgex.errors import RequestError
from bridgex.neurons import Agreement, Statistic, agreement, average_linkage

CODES = ("a", "b", "c", "d", "e", "f")
GROUPS = ("x", "x", "x", "y", "y", "z")
STATISTICS = ("mantel", "cophenetic", "nearest", "clusters")


def distance_of(seed: int, size: int = 6, ties: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    upper = torch.rand(size, size, generator=generator, dtype=torch.float64)
    if ties:
        upper = (upper * ties).ceil() / ties
    return upper.triu(1) + upper.triu(1).T


def grouped(groups: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(CODES, groups, strict=True))


def slow(distance: torch.Tensor, groups: tuple[str, ...]) -> tuple[float, ...]:
    """All four statistics, one pair and one language at a time."""
    tree = average_linkage(CODES, distance)
    joined = tree.cophenetic()
    everyone = range(len(CODES))
    pairs = list(itertools.combinations(everyone, 2))
    same = [float(groups[i] == groups[j]) for i, j in pairs]
    hits = []
    for i in everyone:
        others = [j for j in everyone if j != i]
        if groups.count(groups[i]) == 1:
            continue
        least = min(float(distance[i, j]) for j in others)
        nearest = [j for j in others if float(distance[i, j]) == least]
        hits.append(fmean(groups[i] == groups[j] for j in nearest))
    purity = sum(
        max(Counter(groups[at] for at in members).values())
        for members in tree.clusters(len(set(groups)))
    )
    return (
        correlation([-float(distance[p]) for p in pairs], same),
        correlation([-float(joined[p]) for p in pairs], same),
        fmean(hits),
        purity / len(CODES),
    )


def four(found: Agreement) -> list[Statistic]:
    return [getattr(found, name) for name in STATISTICS]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [0, 4])
def test_values_and_p_values_against_every_permutation(seed: int, ties: int) -> None:
    distance = distance_of(seed, ties=ties)
    found = four(agreement(CODES, distance, grouped(GROUPS), permutations=4_999))
    every = [slow(distance, groups) for groups in set(itertools.permutations(GROUPS))]
    assert len(every) == 60
    for at, (each, value) in enumerate(zip(found, slow(distance, GROUPS), strict=True)):
        assert each.value == pytest.approx(value)
        exact = fmean(values[at] >= value - 1e-9 for values in every)
        assert each.p_value == pytest.approx(exact, abs=4 * (0.25 / 5_000) ** 0.5)
        assert each.chance == pytest.approx(fmean(v[at] for v in every), abs=0.03)


def test_p_values_are_uniform_without_structure() -> None:
    permutations, trials = 99, 400
    p = torch.tensor(
        [
            [
                each.p_value
                for each in four(
                    agreement(
                        CODES,
                        distance_of(1_000 + trial),
                        grouped(GROUPS),
                        permutations=permutations,
                        seed=trial,
                    )
                )
            ]
            for trial in range(trials)
        ]
    )
    for level in (0.05, 0.1, 0.25, 0.5, 0.75):
        rejected = (p <= level + 1e-9).double().mean(0)
        error = 4 * (level * (1 - level) / trials) ** 0.5
        assert (rejected <= level + error).all(), (level, rejected)
        # sixty distinct labellings and ties of pairs of languages make p-values lumpy by 1/15
        assert rejected[0] >= level - error - 2 / 60, (level, rejected)
    assert float(p.min()) == pytest.approx(1 / (permutations + 1))


def test_families_that_the_distances_show_are_found() -> None:
    codes = [f"{family}{at}" for family in "xyz" for at in range(4)]
    groups = {code: code[0] for code in codes}
    same = torch.tensor([[a[0] == b[0] for b in codes] for a in codes])
    distance = torch.where(same, 0.2, 0.8).double() + distance_of(3, 12) * 0.05
    distance.fill_diagonal_(0)
    found = agreement(codes, distance, groups, permutations=999)
    assert [each.p_value for each in four(found)] == [1 / 1_000] * 4
    assert found.nearest.value == found.clusters.value == 1
    assert found.mantel.value > 0.99
    assert found.nearest.chance == pytest.approx(3 / 11, abs=0.03)


def test_the_seed_is_honoured_and_changes_nothing_else() -> None:
    distance = distance_of(0)
    before = torch.random.get_rng_state()

    def run(seed: int) -> Agreement:
        return agreement(CODES, distance, grouped(GROUPS), permutations=500, seed=seed)

    assert run(0) == run(0)
    assert torch.equal(before, torch.random.get_rng_state())
    first, second = run(0), run(1)
    assert first != second
    assert [each.value for each in four(first)] == [each.value for each in four(second)]


def test_the_size_of_a_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    distance, groups = distance_of(2), grouped(GROUPS)
    whole = agreement(CODES, distance, groups, permutations=500)
    monkeypatch.setattr(import_module("bridgex.neurons.agreement"), "AT_ONCE", 15 * 37)
    for a, b in zip(
        four(agreement(CODES, distance, groups, permutations=500)), four(whole), strict=True
    ):
        assert (a.value, a.p_value) == (b.value, b.p_value)
        assert a.chance == pytest.approx(b.chance)


def test_languages_of_unknown_group_are_left_out_and_said() -> None:
    distance = distance_of(5)
    found = agreement(CODES, distance, grouped(("x", "", "x", "y", "", "y")), permutations=99)
    assert found.languages == ("a", "c", "d", "f")
    assert found.left_out == ("b", "e")
    rest = [0, 2, 3, 5]
    groups = dict(zip("acdf", "xxyy", strict=True))
    alone = agreement("acdf", distance[rest][:, rest], groups, permutations=99)
    assert four(alone) == four(found)


@pytest.mark.parametrize(
    "groups", [("x",) * 6, tuple("uvwxyz"), ("",) * 6, ("x", "x", "", "", "", "")]
)
def test_a_grouping_that_says_nothing_is_refused(groups: tuple[str, ...]) -> None:
    with pytest.raises(RequestError, match="cannot show an agreement"):
        agreement(CODES, distance_of(0), grouped(groups))


def test_equal_distances_and_no_permutation_are_refused() -> None:
    equal = 1 - torch.eye(6, dtype=torch.float64)
    with pytest.raises(RequestError, match="equally far"):
        agreement(CODES, equal, grouped(GROUPS))
    with pytest.raises(RequestError, match="at least one permutation"):
        agreement(CODES, distance_of(0), grouped(GROUPS), permutations=0)
