"""How many language neurons a candidate shares with source and target."""

from dataclasses import dataclass

from bridgex.analysis.settings import RankSettings
from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.neurons import select


@dataclass(frozen=True)
class Overlap:
    """Ranks by |Tₖ ∩ Tₛ| + |Tₖ ∩ Tₜ|, neurons selected as by the default preset."""

    name: str = "overlap"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a language without text; see `bridgex.choosers.base.require`.

        Raises:
            TextError: a language has no text.
        """
        inputs.corpora()

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by the number of shared neurons; all languages have equally many.

        Raises:
            TextError: a language has no text.
        """
        settings, session, texts = RankSettings(), inputs.session, inputs.texts
        read = inputs.corpora()
        with session.metered() as meter:
            corpora = {code: session.within(corpus, texts.budget) for code, corpus in read.items()}
            stats = {
                code: session.stats(corpus, settings.sequences) for code, corpus in corpora.items()
            }
        neurons = select(stats, settings.selection)
        source, target = (neurons[language.code] for language in inputs.pair)
        shared = {
            code: (len(neurons[code] & source), len(neurons[code] & target))
            for code in inputs.codes
        }
        ranking = by_value(
            self.name,
            inputs,
            {code: float(sum(both)) for code, both in shared.items()},
            why="shares most neurons with source and target",
            neurons={code: len(neurons[code]) for code in inputs.codes},
            selection=str(settings.selection),
            shared={code: list(both) for code, both in shared.items()},
            corpora={code: corpus.digest for code, corpus in corpora.items()},
        )
        return Choice(ranking, self.name, meter.cost)
