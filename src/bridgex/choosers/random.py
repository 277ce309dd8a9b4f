"""A seeded draw: what any other chooser must beat."""

import hashlib
from dataclasses import dataclass

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.session import Cost


@dataclass(frozen=True)
class Random:
    """Gives each candidate of each pair a number that only the seed determines.

    Attributes:
        seed: of the draw.
        name: ``random``.
    """

    seed: int = 0
    name: str = "random"

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by a number from 0 to 1, the same in whatever order candidates are given."""
        pair = "-".join(language.code for language in inputs.pair)
        values = {code: _draw(f"{self.seed}:{pair}:{code}") for code in inputs.codes}
        ranking = by_value(self.name, inputs, values, why="was drawn at random", seed=self.seed)
        return Choice(ranking, self.name, Cost())


def _draw(label: str) -> float:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:6]) / 2**48
