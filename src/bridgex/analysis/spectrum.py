"""The linguistic spectrum: from a model and texts to how languages overlap in its neurons."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from bridgex import languages
from bridgex.analysis.provenance import (
    budget_label,
    budget_notes,
    corpora_digest,
    corpus_facts,
    neuron_facts,
    selection_notes,
    store_notes,
    text_notes,
)
from bridgex.analysis.settings import RankSettings, settings_of
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.neurons import PERMUTATIONS, Selection, Spectrum, select, spectrum_of, unsaturated
from bridgex.session import ModelSession
from bridgex.version import __version__


def spectrum(
    session: ModelSession,
    names: Sequence[str] | None = None,
    *,
    texts: Texts | None = None,
    settings: RankSettings | str | None = None,
    pick_rate: bool | None = None,
    permutations: int = PERMUTATIONS,
) -> Spectrum:
    """Compare languages by the neurons they share in a model.

    Args:
        session: the model.
        names: at least two languages, by any common code or name; by default the paper's fifteen.
        texts: what is read; the embedded sentences by default.
        settings: a preset's name or settings of your own: how text is cut into sequences, which
            neurons are a language's, and the seed of the permutations (``bridges.seed``); by
            default the default preset, at a rate that is picked.
        pick_rate: whether neurons are selected by the lowest of several rates at which the spectrum
            is not saturated (`bridgex.neurons.saturation`), and not as the settings say; by default
            where there are no settings.
        permutations: of the languages, that the p-values come from.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    chosen, inputs = settings_of(settings or "default"), texts or Texts()
    picked = settings is None if pick_rate is None else pick_rate
    spoken = inputs.named(languages.find_all(names))
    read = {language.code: inputs.corpus_of(language) for language in spoken}
    corpora = {code: session.within(corpus, inputs.budget) for code, corpus in read.items()}
    stats = {
        code: session.stats(corpus, chosen.sequences, special=chosen.special)
        for code, corpus in corpora.items()
    }
    selection = unsaturated(stats) if picked else chosen.selection
    neurons, seed = select(stats, selection), chosen.bridges.seed
    identity = session.model.identity
    counted = " with special tokens" if chosen.special else ""
    return replace(
        spectrum_of(stats, neurons, _groupings(spoken), permutations=permutations, seed=seed),
        notes=(
            *text_notes(corpora),
            *budget_notes(inputs.budget, corpora, stats),
            *selection_notes(stats, neurons),
            *(_rate_notes(selection) if picked else ()),
            *_family_notes(spoken),
            *store_notes(session.store),
        ),
        provenance={
            "selection": selection.model_dump(),
            "sequences": chosen.sequences,
            "special": chosen.special,
            "budget": inputs.budget.model_dump(),
            "permutations": permutations,
            "seed": seed,
            "model": asdict(identity),
            "languages": {
                language.code: {
                    "name": language.name,
                    "family": language.family,
                    "branch": language.branch,
                }
                for language in spoken
            },
            "corpora": {code: corpus_facts(text, stats[code]) for code, text in corpora.items()},
            "neurons": {code: neuron_facts(selected) for code, selected in neurons.items()},
            "bridgex": __version__,
        },
        signature=" · ".join(
            [
                f"{identity} {identity.dtype}",
                f"corpus {corpora_digest(corpora)} by {chosen.sequences}"
                f"{budget_label(inputs.budget)}{counted}",
                f"{selection}",
                f"{len(spoken)} languages",
                f"{permutations} permutations, seed {seed}",
                f"bridgex {__version__}",
            ]
        ),
    )


def _groupings(spoken: Sequence[Language]) -> Mapping[str, Mapping[str, str]]:
    return {
        "family": {language.code: language.family for language in spoken},
        "branch": {language.code: language.branch for language in spoken},
    }


def _rate_notes(selection: Selection) -> list[str]:
    usual = Selection()
    if selection == usual:
        return []
    return [
        f"Selected by {selection}, the lowest rate tried that is not saturated; {usual} (--preset "
        "default) is."
    ]


def _family_notes(spoken: Sequence[Language]) -> list[str]:
    unknown = [language.code for language in spoken if not language.family]
    if not unknown:
        return []
    return [f"Left out of the agreement, family not known here: {', '.join(unknown)}."]
