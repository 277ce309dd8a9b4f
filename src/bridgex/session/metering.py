"""What was asked of a model, counted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What was asked of a model, counted; what came from the store counts as when it was made.

    Attributes:
        passes: texts that the model read.
        generated: tokens that it generated, a further pass each.
    """

    passes: int = 0
    generated: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.passes + other.passes, self.generated + other.generated)


class Meter:
    """Counts what is asked of a model, the same thing once.

    Attributes:
        costs: key of what was asked → its cost.
    """

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}

    @property
    def cost(self) -> Cost:
        """All of it together."""
        return sum(self.costs.values(), Cost())
