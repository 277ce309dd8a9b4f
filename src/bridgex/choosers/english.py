"""Always English: what most work with multilingual models does without asking."""

from dataclasses import dataclass

from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.errors import RequestError

ENGLISH = "en"


@dataclass(frozen=True)
class English:
    """Puts English first, and says nothing about the others."""

    name: str = "english"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank English before all others.

        Raises:
            RequestError: English is no candidate.
        """
        if ENGLISH not in question.codes:
            raise RequestError(
                "English is not among the candidates of "
                f"{'-'.join(each.code for each in question.pair)}, so it cannot be chosen."
            )
        values = {code: float(code == ENGLISH) for code in question.codes}
        return by_value(self, question, values, why="is always chosen")
