"""The bridge score of the model's own neurons (`bridgex.analysis.rank.rank`), with a preset."""

from dataclasses import dataclass, replace

from bridgex.analysis.rank import rank
from bridgex.analysis.settings import RankSettings, adjusted, preset
from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput, Cost, stated
from bridgex.errors import TextError

WINDOW = 2048
"""Tokens of a window, at most; a model with a shorter context reads more of them."""

ANSWER = 30
"""Most tokens generated per word that is asked for."""


@dataclass(frozen=True)
class Internal:
    """Ranks by the dependence between the pair's neurons and each candidate's.

    Attributes:
        preset: name of the settings.
        settings: what that name stands for; those of the preset by default.
    """

    preset: str
    settings: RankSettings | None = None

    @property
    def name(self) -> str:
        """``internal:`` and the preset."""
        return f"internal:{self.preset}"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank on the probe words of the pair.

        Raises:
            TextError: there is no dictionary of the pair.
        """
        source, target = question.pair
        if question.probe is None:
            raise TextError(
                f"There is no dictionary for {source.name}–{target.name} to probe with; give one "
                "with --lexicon."
            )
        settings = adjusted(self.settings or preset(self.preset), chat=question.chat)
        ranking = rank(
            source.code,
            target.code,
            model=question.stages.model,
            candidates=question.codes,
            corpus=question.corpus,
            lexicon=question.probe,
            settings=settings,
            store=question.stages.store,
            progress=question.stages.progress,
        )
        return replace(
            ranking,
            evidence={**ranking.evidence, **stated(self, _cost(ranking, settings.sequences))},
        )


def _cost(ranking: BridgeRanking, how: str) -> Cost:
    corpora = ranking.evidence["corpora"].values()
    read = sum(
        each["sentences"] if how == "sentences" else -(-each["tokens"] // WINDOW)
        for each in corpora
    )
    probe = ranking.evidence["probe"]
    asked, kept = len(probe["answers"]), len(probe["kept"])
    return Cost(read + asked + kept, asked * ANSWER)
