"""The candidate whose language is nearest to source and target, model or no model."""

from dataclasses import dataclass

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.choosers.uriel import Vectors, distance, read_vectors
from bridgex.session import Cost


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

    def require(self, inputs: ChooserInput) -> None:
        """Refuse languages without vectors; see `bridgex.choosers.base.require`.

        Raises:
            TextError: the vectors are not installed, or do not have one of the languages.
        """
        self.rank(inputs)  # asks no model

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by mean nearness.

        Raises:
            TextError: the vectors are not installed, or do not have one of the languages.
        """
        vectors = read_vectors(self.kind, (*inputs.pair, *inputs.candidates))
        distances = {
            candidate.code: [distance(vectors, candidate, other) for other in inputs.pair]
            for candidate in inputs.candidates
        }
        ranking = by_value(
            self.name,
            inputs,
            {code: 1 - sum(both) / 2 for code, both in distances.items()},
            why=f"is nearest to source and target by {self.kind}",
            vectors=vectors.source,
            distances=distances,
            predicted={code: vector.predicted for code, vector in vectors.of.items()},
        )
        return Choice(ranking, self.name, Cost())
