"""The bridge score of the model's own neurons (`bridgex.rank`)."""

from dataclasses import dataclass, field

from bridgex.analysis.rank import rank_texts
from bridgex.analysis.settings import RankSettings, label
from bridgex.choosers.base import Choice, ChooserInput
from bridgex.errors import TextError
from bridgex.texts import Lexicon

FAMILY = "internal"
"""Name of the one under the settings of the run, whatever they are."""


@dataclass(frozen=True)
class Internal:
    """Ranks by the dependence between the pair's neurons and each candidate's.

    Attributes:
        settings: how it ranks.
    """

    settings: RankSettings = field(default_factory=RankSettings)

    @property
    def name(self) -> str:
        """``internal:`` with the preset and what differs from it."""
        return f"{FAMILY}:{label(self.settings)}"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a pair whose dictionary or texts are missing; see `bridgex.choosers.base.require`.

        Raises:
            TextError: there is no dictionary of the pair, or a language has no text.
        """
        _probe(inputs)
        inputs.corpora()

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the probe words of the pair.

        Where prompts are in the model's chat template, those of the probe are, too.

        Raises:
            TextError: there is no dictionary of the pair, or a language has no text.
        """
        probe, read = _probe(inputs), inputs.corpora()
        settings = self.settings
        if inputs.chat:
            settings = settings.changed({"probe.chat": True})
        with inputs.session.metered() as meter:
            ranking = rank_texts(inputs.session, read, probe, settings, inputs.texts.budget)
        return Choice(ranking, self.name, meter.cost)


def _probe(inputs: ChooserInput) -> Lexicon:
    if inputs.probe is None:
        source, target = inputs.pair
        raise TextError(
            f"There is no dictionary for {source.name}–{target.name} to probe with; give one "
            "with --lexicon."
        )
    return inputs.probe
