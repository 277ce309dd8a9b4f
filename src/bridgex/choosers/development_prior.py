"""Few development items, and what each candidate gained on other pairs: empirical Bayes."""

from dataclasses import dataclass, replace
from typing import ClassVar

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.development import tried
from bridgex.choosers.evidence import FEWEST_PAIRS, Estimate, MeasuredPair, difference, prior_of
from bridgex.choosers.ranking import by_estimate
from bridgex.errors import TextError
from bridgex.evaluation.strategies import DIRECT, Strategy

ITEMS = 16
"""Development items, a third of what `development` looks at."""


@dataclass(frozen=True)
class DevelopmentPrior:
    """Ranks by the expected gain over going directly, whose own is 0.

    The gain on development items is drawn towards what the same candidate gained on other pairs of
    the model, the more the fewer items there are and the less pairs differ: empirical Bayes
    (Efron and Morris 1975).

    Attributes:
        earlier: pairs measured elsewhere, beside those that `ChooserInput.measured` has.
        items: the most development items.
        name: ``development+prior``.
    """

    earlier: tuple[MeasuredPair, ...] = ()
    items: int = ITEMS
    name: str = "development+prior"

    learns: ClassVar[bool] = True

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by the expected gain; by the prior alone where there are no development items.

        Raises:
            TextError: fewer than two other pairs with the same candidate were measured.
        """
        others = inputs.other_pairs(self.earlier)
        prior = prior_of(others)
        if prior is None:
            raise TextError(
                f"{self.name} learns from at least {FEWEST_PAIRS} other pairs with this model and "
                f"task, asked alike, and there {'is' if len(others) == 1 else 'are'} "
                f"{len(others) or 'none'}; validate more pairs together, or give earlier results "
                "(--earlier)."
            )
        few = inputs.task.developing_on(self.items)
        seen: dict[str, Estimate] = {}
        with inputs.session.metered() as meter:
            if few.development:
                asked = replace(inputs, task=few)
                direct = tried(asked, DIRECT).scores
                seen = {
                    candidate.code: difference(tried(asked, Strategy(candidate)).scores, direct)
                    for candidate in inputs.candidates
                }
        ranking = by_estimate(
            self.name,
            inputs,
            {code: prior.updated(code, seen.get(code)) for code in inputs.codes},
            items=len(few.development),
            notes=[]
            if few.development
            else [
                f"There are no development items of {inputs.task.name}, so the prior alone decides."
            ],
            pairs=["-".join(each.pair) for each in others],
            prior={code: prior.means.get(code, prior.mean) for code in inputs.codes},
            variance_between_pairs=prior.variance,
            gains={code: [each.value, each.variance] for code, each in seen.items()},
        )
        return Choice(ranking, self.name, meter.cost)
