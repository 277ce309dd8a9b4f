"""Successive halving: most development items go to the ways that do best on the first ones."""

import math
from dataclasses import dataclass, replace

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.development import require_items, tried
from bridgex.choosers.ranking import by_value
from bridgex.errors import RequestError
from bridgex.evaluation.strategies import DIRECT, Strategy, precedence

FAMILY = "halving"
BUDGET = 120
"""Answers; `development` asks for 350 of six candidates and going directly."""


@dataclass(frozen=True)
class Halving:
    """Ranks by how many ways a candidate outlasts (Karnin et al. 2013).

    All candidates and going directly are tried on the first development items, the better half of
    them on further ones, and so on until one is left; each round has the same share of the budget.
    Ways with equal scores leave in the order in which ties are always decided: the direct prompt
    last, English before it, then by name.

    Attributes:
        budget: the most answers, over all ways.
    """

    budget: int = BUDGET

    @property
    def name(self) -> str:
        """``halving``, with the budget where it is another than usual."""
        return FAMILY if self.budget == BUDGET else f"{FAMILY}:{self.budget}"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a task without development items, and a budget too small for the candidates.

        Raises:
            TextError: there are no development items.
            RequestError: the budget does not give each way an item in each round.
        """
        require_items(inputs.task)
        ways = len(inputs.candidates) + 1
        fewest = ways * _rounds(ways)
        if self.budget < fewest:
            raise RequestError(
                f"A budget of {self.budget} answers is too small to halve {ways} ways; give at "
                f"least {fewest} ({FAMILY}:{fewest}), or fewer candidates."
            )

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by the number of ways outlasted.

        Raises:
            TextError: there are no development items.
            RequestError: the budget does not give each way an item in each round.
        """
        self.require(inputs)
        left = sorted((DIRECT, *map(Strategy, inputs.candidates)), key=precedence)
        rounds, items, spent = _rounds(len(left)), 0, 0
        standing: dict[Strategy, tuple[int, float]] = {}
        tried_on: dict[Strategy, int] = {}
        course = []
        with inputs.session.metered() as meter:
            for at in range(rounds):
                more = self.budget // (len(left) * rounds)
                some = inputs.task.developing_on(items + more)
                spent += (len(some.development) - items) * len(left)
                items = len(some.development)
                asked = replace(inputs, task=some)
                means = {way: sum(tried(asked, way).scores) / items for way in left}
                standing |= {way: (at, means[way]) for way in left}
                tried_on |= dict.fromkeys(left, items)
                course.append({"items": items, **{str(way): means[way] for way in left}})
                left = sorted(left, key=lambda way: -means[way])[: math.ceil(len(left) / 2)]
                left = sorted(left, key=precedence)
        standing |= {way: (rounds, standing[way][1]) for way in left}
        outlasted = {
            way: float(sum(place > other for other in standing.values()))
            for way, place in standing.items()
        }
        ranking = by_value(
            self.name,
            inputs,
            {way.bridge.code: value for way, value in outlasted.items() if way.bridge},
            why=f"outlasts the other bridges on {items} development items",
            items={way.bridge.code: count for way, count in tried_on.items() if way.bridge},
            notes=["Going directly outlasts every bridge."] if left == [DIRECT] else [],
            direct=outlasted[DIRECT],
            budget=self.budget,
            spent=spent,
            rounds=course,
        )
        return Choice(ranking, self.name, meter.cost)


def _rounds(ways: int) -> int:
    return math.ceil(math.log2(ways))
