"""The tree of languages: average linkage over distances, as merges and as Newick."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from bridgex.errors import RequestError
from bridgex.neurons.overlap import correlation


@dataclass(frozen=True)
class Merge:
    """Two clusters become one.

    Attributes:
        left: number of a cluster: below the number of leaves a leaf, above it an earlier merge.
        right: number of the other.
        distance: mean distance between the leaves of the two.
    """

    left: int
    right: int
    distance: float


@dataclass(frozen=True)
class Tree:
    """An average-linkage tree.

    Attributes:
        languages: codes of the leaves, in the order their distances were given in.
        merges: from the closest to the root; merge k makes cluster (number of leaves + k).
        order: the leaves as drawn, neighbours as close to each other as the tree allows.
        cophenetic_correlation: of the distances at which the tree joins two leaves with the
            distances it was made from (Sokal and Rohlf, 1962); None where these do not vary.
    """

    languages: tuple[str, ...]
    merges: tuple[Merge, ...]
    order: tuple[str, ...]
    cophenetic_correlation: float | None

    def __post_init__(self) -> None:
        """Refuse what is no tree.

        Raises:
            ValueError: the merges do not join the languages one by one, or the order is of others.
        """
        leaves = len(self.languages)
        children = [child for merge in self.merges for child in (merge.left, merge.right)]
        made_before = all(
            max(merge.left, merge.right) < leaves + at for at, merge in enumerate(self.merges)
        )
        if not made_before or sorted(children) != list(range(2 * leaves - 2)):
            raise ValueError(f"its merges make no tree of {leaves} languages")
        if sorted(self.order) != sorted(self.languages):
            raise ValueError("its order is not of its languages")

    def members(self, cluster: int) -> tuple[int, ...]:
        """Return the leaves of a cluster, by position in `languages`, in drawn order."""
        leaves = len(self.languages)
        found: list[int] = []
        ahead = [cluster]  # no recursion: a tree may be as deep as it has leaves
        while ahead:
            at = ahead.pop()
            if at < leaves:
                found.append(at)
            else:
                merge = self.merges[at - leaves]
                ahead += [merge.right, merge.left]
        return tuple(found)

    def cophenetic(self) -> torch.Tensor:
        """Return the distance at which the tree joins every two leaves, (leaves, leaves)."""
        leaves = len(self.languages)
        distance = torch.zeros(leaves, leaves, dtype=torch.float64)
        for merge in self.merges:
            left, right = (list(self.members(child)) for child in (merge.left, merge.right))
            for leaf in left:
                distance[leaf, right] = merge.distance
                distance[right, leaf] = merge.distance
        return distance

    def clusters(self, count: int) -> tuple[tuple[int, ...], ...]:
        """Cut the tree into ``count`` clusters of leaves: undo its last merges.

        Raises:
            RequestError: there are not as many leaves, or not one cluster.
        """
        leaves = len(self.languages)
        if not 1 <= count <= leaves:
            raise RequestError(f"A tree of {leaves} languages has 1 to {leaves} clusters.")
        clusters = set(range(leaves))
        for at, merge in enumerate(self.merges[: leaves - count]):
            clusters -= {merge.left, merge.right}
            clusters.add(leaves + at)
        return tuple(self.members(cluster) for cluster in sorted(clusters))

    def newick(self) -> str:
        """Return the tree in Newick format; the path between two leaves is as long as `cophenetic`.

        Codes with anything but letters and digits are quoted (an underscore would mean a space).
        """
        leaves = len(self.languages)

        def height(cluster: int) -> float:
            return 0.0 if cluster < leaves else self.merges[cluster - leaves].distance / 2

        def branch(cluster: int, child: int) -> str:
            return f":{height(cluster) - height(child):.6g}"

        written: list[str] = []
        ahead: list[int | str] = [";", 2 * leaves - 2]
        while ahead:
            at = ahead.pop()
            if isinstance(at, str):
                written.append(at)
            elif at < leaves:
                code = self.languages[at]
                written.append(code if code.isalnum() else f"'{code}'")
            else:
                left, right = self.merges[at - leaves].left, self.merges[at - leaves].right
                ahead += [")", branch(at, right), right, ",", branch(at, left), left, "("]
        return "".join(written)


def average_linkage(languages: Sequence[str], distance: torch.Tensor) -> Tree:
    """Join the two closest clusters until one is left (average linkage, UPGMA).

    R. R. Sokal and C. D. Michener, "A statistical method for evaluating systematic relationships",
    University of Kansas Science Bulletin 38, 1958.

    Which of two equally close pairs is joined first is decided by the order of the languages.

    Args:
        languages: codes.
        distance: (languages, languages), symmetric.

    Raises:
        RequestError: fewer than two languages.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if len(languages) < 2:
        raise RequestError("A tree needs at least two languages with neurons.")
    condensed = squareform(distance.double().numpy(), checks=False)
    joined = linkage(condensed, method="average", optimal_ordering=True)
    merges = tuple(Merge(int(a), int(b), float(height)) for a, b, height, _ in joined)
    tree = Tree(tuple(languages), merges, tuple(languages), None)
    above = tuple(torch.triu_indices(len(languages), len(languages), 1))
    return Tree(
        tree.languages,
        merges,
        tuple(languages[leaf] for leaf in tree.members(2 * len(languages) - 2)),
        correlation(tree.cophenetic()[above], distance.double()[above]),
    )
