"""A seeded draw: what any other chooser must beat."""

import hashlib
from dataclasses import dataclass

from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput
from bridgex.choosers.ranking import by_value


@dataclass(frozen=True)
class Random:
    """Gives each candidate of each pair a number that only the seed determines.

    Attributes:
        seed: of the draw.
        name: ``random``.
    """

    seed: int = 0
    name: str = "random"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank by a number from 0 to 1, the same in whatever order candidates are given."""
        pair = "-".join(each.code for each in question.pair)
        values = {code: _draw(f"{self.seed}:{pair}:{code}") for code in question.codes}
        return by_value(self, question, values, why="was drawn at random", seed=self.seed)


def _draw(label: str) -> float:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:6]) / 2**48
