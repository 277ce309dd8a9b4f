"""Whether languages that overlap in a model are related: a permutation test of their families.

Each statistic says how much more alike two languages of one group are. Its p-value is one-sided,
(1 + permutations that reach it) / (permutations + 1), where a permutation gives the same groups to
the languages in another order (N. Mantel, "The detection of disease clustering and a generalized
regression approach", Cancer Research 27, 1967).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from bridgex.errors import RequestError
from bridgex.neurons.tree import average_linkage

PERMUTATIONS = 9_999
"""The smallest p-value is then 0.0001."""

TOLERANCE = 1e-12
"""Permuted values this close to the observed one equal it; the difference is rounding."""

AT_ONCE = 2**22
"""Entries of the arrays that permutations are computed in."""


@dataclass(frozen=True)
class Statistic:
    """A statistic and what it is under permuted groups.

    Attributes:
        value: the statistic.
        chance: its mean over the permutations.
        p_value: (1 + permutations that reach it) / (permutations + 1).
        at_floor: whether none reaches it, so that the p-value is a bound.
    """

    value: float
    chance: float
    p_value: float
    at_floor: bool


@dataclass(frozen=True)
class Agreement:
    """How well a grouping of languages, such as their families, agrees with their distances.

    Attributes:
        languages: codes of the languages compared.
        left_out: codes of those whose group is not known.
        mantel: correlation between similarity (1 − distance) and being of one group, over pairs.
        cophenetic: the same with the distances at which the tree joins two languages.
        nearest: share of the languages with a relative among the others whose nearest neighbour
            is one; of equally near neighbours each counts its part.
        clusters: purity of the tree cut into as many clusters as there are groups: the share of
            languages in the most frequent group of their cluster.
    """

    languages: tuple[str, ...]
    left_out: tuple[str, ...]
    mantel: Statistic
    cophenetic: Statistic
    nearest: Statistic
    clusters: Statistic


def agreement(
    languages: Sequence[str],
    distance: torch.Tensor,
    groups: Mapping[str, str],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Agreement:
    """Test whether distances between languages agree with a grouping of them.

    Args:
        languages: codes.
        distance: (languages, languages), symmetric, in [0, 1].
        groups: code → group; languages of the group ``""`` are left out.
        permutations: how many.
        seed: of the permutations.

    Raises:
        RequestError: no permutation is asked for, or nothing can be tested: fewer than three
            languages of known group, no two of one group, all of one group, or equal distances
            everywhere.
    """
    if permutations < 1:
        raise RequestError("A p-value comes from at least one permutation; ask for more.")
    known = [at for at, code in enumerate(languages) if groups[code]]
    codes = [languages[at] for at in known]
    label = _numbered([groups[code] for code in codes])
    group_count = len(set(label.tolist()))
    if len(known) < 3 or group_count in {1, len(known)}:
        raise RequestError(
            f"{len(known)} languages in {group_count} groups cannot show an agreement; give at "
            "least three languages of known group, two of them of one group and one of another."
        )
    distance = distance.double()[known][:, known]
    tree = average_linkage(codes, distance)
    above = torch.triu_indices(len(known), len(known), 1)
    joined = tree.cophenetic()
    if any(float(matrix[above[0], above[1]].std()) < TOLERANCE for matrix in (distance, joined)):
        raise RequestError(
            "All languages are equally far from each other, so no grouping can agree with their "
            "distances; select at another rate."
        )
    related = int((label[:, None] == label).sum(1).gt(1).sum())
    evaluation = _Evaluation(
        above,
        torch.stack(
            [_scaled(-distance, above), _scaled(-joined, above), _nearest(distance, above)]
        ),
        [torch.tensor(members) for members in tree.clusters(group_count)],
        group_count,
        related,
    )
    observed = evaluation.of(label[None])[0]
    chunks = _permuted(label, permutations, seed, evaluation.chunk)
    drawn = torch.cat([evaluation.of(chunk) for chunk in chunks])
    reached = (drawn >= observed - TOLERANCE).sum(0).tolist()
    tested = [
        Statistic(float(value), float(mean), (1 + at_least) / (permutations + 1), not at_least)
        for value, mean, at_least in zip(observed, drawn.mean(0), reached, strict=True)
    ]
    left_out = tuple(code for code in languages if not groups[code])
    return Agreement(tuple(codes), left_out, *tested)


@dataclass(frozen=True)
class _Evaluation:
    """All four statistics of many labellings at once.

    Correlation with "of one group" and the share of nearest neighbours are both linear in the
    indicator of pairs, whose mean and variance no permutation changes.

    Attributes:
        above: (2, pairs) positions of the pairs.
        weights: (3, pairs): centred and scaled similarity, the same of the tree, and how often
            each pair is a language and its nearest neighbour.
        clusters: positions of the members of each cluster.
        groups: their number.
        related: number of languages with a relative among the others.
    """

    above: torch.Tensor
    weights: torch.Tensor
    clusters: list[torch.Tensor]
    groups: int
    related: int

    @property
    def chunk(self) -> int:
        """Labellings that fit in memory at once."""
        return max(1, AT_ONCE // self.above.shape[1])

    def of(self, labels: torch.Tensor) -> torch.Tensor:
        """Return (labellings, 4) statistics of (labellings, languages) group numbers."""
        one_group = (labels[:, self.above[0]] == labels[:, self.above[1]]).double()
        share = one_group.mean(1, keepdim=True)
        spread = (share * (1 - share) * one_group.shape[1]).sqrt()
        linear = one_group @ self.weights.T
        correlations = linear[:, :2] / spread
        counts = torch.arange(self.groups)
        most = [
            (labels[:, members, None] == counts).sum(1).max(1).values for members in self.clusters
        ]
        purity = torch.stack(most).sum(0).double() / labels.shape[1]
        return torch.cat([correlations, linear[:, 2:] / self.related, purity[:, None]], dim=1)


def _numbered(groups: Sequence[str]) -> torch.Tensor:
    number = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    return torch.tensor([number[group] for group in groups])


def _scaled(similarity: torch.Tensor, above: torch.Tensor) -> torch.Tensor:
    """Centre the pairs' values and give them length one."""
    values = similarity[above[0], above[1]]
    return torch.nn.functional.normalize(values - values.mean(), dim=0)


def _nearest(distance: torch.Tensor, above: torch.Tensor) -> torch.Tensor:
    """How often each pair is a language and its nearest neighbour; equally near ones share it."""
    others = distance.clone().fill_diagonal_(torch.inf)
    nearest = (others <= others.min(1, keepdim=True).values + TOLERANCE).double()
    share = nearest / nearest.sum(1, keepdim=True)
    return share[above[0], above[1]] + share[above[1], above[0]]


def _permuted(
    label: torch.Tensor, permutations: int, seed: int, chunk: int
) -> Iterator[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, permutations, chunk):
        size = min(chunk, permutations - start)
        order = torch.rand(size, len(label), generator=generator, dtype=torch.float64).argsort(1)
        yield label[order]
