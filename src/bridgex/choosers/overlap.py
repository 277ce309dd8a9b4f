"""How many language neurons a candidate shares with source and target."""

from dataclasses import dataclass

from bridgex.analysis.provenance import corpus_of
from bridgex.analysis.settings import RankSettings
from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput, Cost
from bridgex.choosers.ranking import by_value
from bridgex.neurons import select


@dataclass(frozen=True)
class Overlap:
    """Ranks by |Tₖ ∩ Tₛ| + |Tₖ ∩ Tₜ|, neurons selected as by the default preset."""

    name: str = "overlap"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank by the number of shared neurons; all languages have equally many.

        Raises:
            TextError: a language has no text.
        """
        settings = RankSettings()
        languages = (*question.pair, *question.candidates)
        corpora = [corpus_of(question.corpus, each) for each in languages]
        stats = {
            each.language.code: question.stages.stats(each, settings.sequences) for each in corpora
        }
        neurons = select(stats, settings.selection)
        source, target = (neurons[each.code] for each in question.pair)
        shared = {
            code: (len(neurons[code] & source), len(neurons[code] & target))
            for code in question.codes
        }
        return by_value(
            self,
            question,
            {code: float(sum(each)) for code, each in shared.items()},
            why="shares most neurons with source and target",
            cost=Cost(sum(len(each.sentences) for each in corpora)),
            sizes={code: len(neurons[code]) for code in question.codes},
            selection=str(settings.selection),
            shared={code: list(each) for code, each in shared.items()},
            corpora={each.language.code: each.digest for each in corpora},
        )
