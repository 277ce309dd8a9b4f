"""The candidate whose language is nearest to source and target, model or no model."""

from dataclasses import dataclass

from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.choosers.uriel import Vectors, distance, read_vectors


@dataclass(frozen=True)
class Typology:
    """Ranks by nearness in one kind of URIEL's vectors (Littell et al. 2017).

    The score is 1 minus the mean of the candidate's distances from source and target; a distance
    is 1 minus the cosine (`bridgex.choosers.uriel`).

    Attributes:
        kind: ``family``, ``geography``, ``syntax``, ``phonology`` or ``inventory``.
    """

    kind: Vectors

    @property
    def name(self) -> str:
        """``typology:`` and the kind of vectors."""
        return f"typology:{self.kind}"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank by mean nearness.

        Raises:
            TextError: the vectors are not installed, or do not have one of the languages.
        """
        everyone = (*question.pair, *question.candidates)
        vectors = read_vectors(self.kind, everyone)
        distances = {
            each.code: [distance(vectors, each, other) for other in question.pair]
            for each in question.candidates
        }
        return by_value(
            self,
            question,
            {code: 1 - sum(both) / 2 for code, both in distances.items()},
            why=f"is nearest to source and target by {self.kind}",
            vectors=vectors.source,
            distances=distances,
            predicted={code: each.predicted for code, each in vectors.of.items()},
        )
