"""Always English: what most work with multilingual models does without asking."""

from dataclasses import dataclass

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.errors import RequestError
from bridgex.session import Cost

ENGLISH = "en"


@dataclass(frozen=True)
class English:
    """Puts English first, and says nothing about the others."""

    name: str = "english"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse candidates without English; see `bridgex.choosers.base.require`.

        Raises:
            RequestError: English is no candidate.
        """
        if ENGLISH not in inputs.codes:
            raise RequestError(
                "English is not among the candidates of "
                f"{'-'.join(language.code for language in inputs.pair)}, so it cannot be chosen."
            )

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank English before all others.

        Raises:
            RequestError: English is no candidate.
        """
        self.require(inputs)
        values = {code: float(code == ENGLISH) for code in inputs.codes}
        return Choice(
            by_value(self.name, inputs, values, why="is always chosen"), self.name, Cost()
        )
