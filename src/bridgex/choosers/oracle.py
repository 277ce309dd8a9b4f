"""The best bridge by what is evaluated: the ceiling of every chooser."""

from dataclasses import dataclass

from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput, Cost
from bridgex.choosers.ranking import by_items
from bridgex.errors import RequestError


@dataclass(frozen=True)
class Oracle:
    """Ranks by the scores of the evaluated items themselves."""

    name: str = "oracle"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank by what the evaluation found.

        Raises:
            RequestError: it was not told.
        """
        if not question.evaluated:
            raise RequestError(
                "The oracle ranks by the evaluated items, which only bridgex validate has; use "
                "another chooser."
            )
        scores = {code: question.evaluated[code] for code in question.codes}
        return by_items(self, question, scores, what="evaluated items", cost=Cost())
