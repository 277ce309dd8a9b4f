"""The bridge score of the model's own neurons (`bridgex.rank`)."""

from dataclasses import dataclass

from bridgex.analysis.rank import rank_texts
from bridgex.analysis.settings import label, preset
from bridgex.choosers.base import Choice, ChooserInput
from bridgex.errors import TextError


@dataclass(frozen=True)
class Internal:
    """Ranks by the dependence between the pair's neurons and each candidate's.

    Attributes:
        preset: name of the settings; None for the settings of the run.
    """

    preset: str | None = None

    @property
    def name(self) -> str:
        """``internal`` with the preset, if it has one."""
        return f"internal:{self.preset}" if self.preset else "internal"

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the probe words of the pair.

        Raises:
            TextError: there is no dictionary of the pair.
        """
        source, target = inputs.pair
        if inputs.probe is None:
            raise TextError(
                f"There is no dictionary for {source.name}–{target.name} to probe with; give one "
                "with --lexicon."
            )
        settings = preset(self.preset) if self.preset else inputs.settings
        name = f"internal:{label(settings)}"
        spoken = (*inputs.pair, *inputs.candidates)
        read = {language.code: inputs.texts.corpus_of(language) for language in spoken}
        with inputs.session.metered() as meter:
            ranking = rank_texts(
                inputs.session,
                read,
                inputs.probe,
                settings.changed({"probe.chat": inputs.chat}),
                inputs.texts.budget,
            )
        return Choice(ranking, name, meter.cost)
