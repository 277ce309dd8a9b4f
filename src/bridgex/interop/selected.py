"""The language neurons of a model, with how often each is active."""

from collections.abc import Sequence

from bridgex import languages
from bridgex.analysis.settings import RankSettings, settings_of
from bridgex.inputs import Texts
from bridgex.interop.neurons import NeuronLists
from bridgex.neurons import select
from bridgex.session import ModelSession


def language_neurons(
    session: ModelSession,
    names: Sequence[str] | None = None,
    *,
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
) -> NeuronLists:
    """Return the neurons that are selected for each language.

    Args:
        session: the model.
        names: at least two languages, by any common code or name; by default the paper's fifteen.
        texts: what is read; the embedded sentences by default.
        settings: a preset's name or settings of your own: how neurons are selected.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    chosen, inputs = settings_of(settings), texts or Texts()
    spoken = inputs.named(languages.find_all(names))
    read = {language.code: inputs.corpus_of(language) for language in spoken}
    stats = {
        code: session.stats(
            session.within(corpus, inputs.budget), chosen.sequences, special=chosen.special
        )
        for code, corpus in read.items()
    }
    neurons = {
        code: tuple(layer.nonzero().squeeze(1) for layer in selected.mask)
        for code, selected in select(stats, chosen.selection).items()
    }
    probability = {
        code: tuple(
            layer[indices]
            for layer, indices in zip(stats[code].probability(), neurons[code], strict=True)
        )
        for code in stats
    }
    return NeuronLists(neurons, probability, str(session.model.identity), str(chosen.selection))
