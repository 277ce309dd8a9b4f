"""The main job: from a model and texts to a ranking of bridges."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bridgex import languages
from bridgex.analysis.provenance import (
    budget_label,
    budget_notes,
    corpora_digest,
    corpus_facts,
    lexicon_facts,
    neuron_facts,
    selection_notes,
    store_notes,
    text_notes,
)
from bridgex.analysis.settings import RankSettings, settings_of
from bridgex.bridges import BridgeRanking, bridge_sets
from bridgex.bridges.ranking import ProbeWords
from bridgex.bridges.verdict import with_words
from bridgex.inputs import Budget, Texts
from bridgex.languages import Language
from bridgex.lm.memory import memory_notes
from bridgex.neurons import NeuronSet, overlap, select
from bridgex.probe import Probe, probe_words
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.texts import Corpus, Lexicon
from bridgex.version import __version__


def rank(
    session: ModelSession,
    source: str,
    target: str,
    *,
    candidates: Sequence[str] | None = None,
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
) -> BridgeRanking:
    """Rank candidate bridge languages for a language pair, looking inside a model.

    Args:
        session: the model.
        source: source language, by any common code or name.
        target: target language.
        candidates: at least two languages, neither source nor target; by default the paper's six
            without source and target.
        texts: what is read; the embedded sentences and words by default.
        settings: a preset's name or settings of your own.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    chosen, inputs = settings_of(settings), texts or Texts()
    pair, bridges = languages.pair_and_candidates(source, target, candidates)
    spoken = inputs.named((*pair, *bridges))
    pair = spoken[0], spoken[1]
    read = {language.code: inputs.corpus_of(language) for language in spoken}
    lexicon = inputs.lexicon_of(*pair)
    lexicon = replace(lexicon, source=pair[0], target=pair[1])
    if chosen.probe.chat:
        session.require_chat()
    return rank_texts(session, read, lexicon, chosen, inputs.budget)


def rank_texts(
    session: ModelSession,
    read: Mapping[str, Corpus],
    lexicon: Lexicon,
    settings: RankSettings,
    budget: Budget,
) -> BridgeRanking:
    """Rank the candidates whose texts were read.

    Args:
        session: the model.
        read: language → corpus: of the dictionary's two languages, and of the candidates in the
            order in which they are named.
        lexicon: the dictionary to probe with; its languages are the pair.
        settings: how to rank.
        budget: how much of each corpus is read.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    pair = lexicon.source, lexicon.target
    codes = pair[0].code, pair[1].code
    others = [code for code in read if code not in codes]
    identical = probe_words(lexicon, settings.probe).identical
    corpora = {code: session.within(corpus, budget) for code, corpus in read.items()}
    stats = {
        code: session.stats(corpus, settings.sequences, special=settings.special)
        for code, corpus in corpora.items()
    }
    neurons = select(stats, settings.selection)
    sets = bridge_sets(neurons, codes, others, settings.bridges)
    probe = session.probe(lexicon, settings.probe)
    ranking = with_words(
        session.ranking(probe, pair, sets, settings.probe, settings.bridges),
        ProbeWords(len(probe.answers), probe.understood, settings.probe.understood, probe.basis),
    )
    return replace(
        ranking,
        notes=(
            *ranking.notes,
            *text_notes(corpora, lexicon),
            *budget_notes(budget, corpora, stats),
            *selection_notes(stats, neurons),
            *_probe_notes(probe, settings, session.store),
            *session.notes,
        ),
        provenance={
            "settings": settings.model_dump(mode="json"),
            "budget": budget.model_dump(),
            "model": asdict(session.model.identity),
            "backend": dict(session.backend.identity),
            "corpora": {code: corpus_facts(text, stats[code]) for code, text in corpora.items()},
            "lexicon": lexicon_facts(lexicon, identical),
            "endonyms": {language.code: language.endonym for language in pair},
            "neurons": {code: neuron_facts(chosen) for code, chosen in neurons.items()},
            "overlap": _overlaps(neurons),
            "probe": asdict(probe),
            "bridgex": __version__,
        },
        signature=_signature(session, corpora, lexicon, settings, budget, ranking, probe),
    )


def _probe_notes(probe: Probe, settings: RankSettings, store: Store) -> list[str]:
    notes = memory_notes(probe.oom_splits, "asking for translations")
    if probe.basis == "all":
        notes.append(
            f"Only {probe.understood} of {len(probe.answers)} words were understood, fewer than "
            f"{settings.probe.understood}, so the activations are of all words; "
            f"{'solved examples (--shots 4)' if not settings.probe.shots else 'a stronger model'} "
            "would help."
        )
    return notes + store_notes(store)


def _overlaps(neurons: Mapping[str, NeuronSet]) -> dict[str, Any]:
    codes = list(neurons)
    return {
        f"{first}-{second}": asdict(overlap(neurons[first], neurons[second]))
        for at, first in enumerate(codes)
        for second in codes[at + 1 :]
    }


def _signature(
    session: ModelSession,
    corpora: Mapping[str, Corpus],
    lexicon: Lexicon,
    settings: RankSettings,
    budget: Budget,
    ranking: BridgeRanking,
    probe: Probe,
) -> str:
    identity = session.model.identity
    chat = session.chat_label(chat=settings.probe.chat)
    counted = " with special tokens" if settings.special else ""
    pooled = " with special tokens" if settings.probe.special else ""
    return " · ".join(
        [
            f"{identity} {identity.dtype}",
            f"corpus {corpora_digest(corpora)} by {settings.sequences}"
            f"{budget_label(budget)}{counted}",
            f"lexicon {lexicon.source}-{lexicon.target} {lexicon.digest[:8]}"
            f"{_steps(lexicon)}{_names(lexicon)}",
            f"{settings.selection}",
            f"{len(probe.kept)} {probe.basis} words, {settings.probe.shots} shots{chat}",
            f"{settings.probe.pooling}{pooled} · {settings.bridges}",
            f"layers {','.join(map(str, ranking.layers)) or 'none'}",
            f"seed {settings.bridges.seed}",
            f"bridgex {__version__}",
        ]
    )


def _steps(lexicon: Lexicon) -> str:
    return f" ({'; '.join(lexicon.provenance.steps)})" if lexicon.provenance.steps else ""


def _names(lexicon: Lexicon) -> str:
    """The endonyms that are not the usual ones."""

    def usual(language: Language) -> str:
        return languages.find(language.code).endonym

    changed = (
        f", {language} as {language.endonym}"
        for language in (lexicon.source, lexicon.target)
        if language.endonym != usual(language)
    )
    return "".join(changed)
