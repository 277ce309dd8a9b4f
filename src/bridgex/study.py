"""The main job, put together: from a model and texts to a ranking of bridges."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bridgex import __version__, languages
from bridgex.bridges import BridgeRanking, bridge_sets
from bridgex.languages import Language
from bridgex.lm.model import ModelSource
from bridgex.neurons import ActivationStats, NeuronSet, overlap, select
from bridgex.presets import RankSettings, preset
from bridgex.probe import Probe, probe_words
from bridgex.progress import Progress, silent
from bridgex.stages import Stages
from bridgex.store import Store
from bridgex.texts import (
    Corpus,
    Lexicon,
    read_corpus,
    read_lexicon,
    sample_corpus,
    sample_lexicon,
)

STABLE_TOKENS = 10_000
"""Tokens of a language below which its neurons are not yet stable."""


def rank(
    source: str,
    target: str,
    *,
    model: str | ModelSource = "demo",
    candidates: Sequence[str] | None = None,
    corpus: str | Path | None = None,
    lexicon: Lexicon | str | Path | Sequence[str | Path] | None = None,
    settings: RankSettings | str = "default",
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    progress: Progress = silent,
) -> BridgeRanking:
    """Rank candidate bridge languages for a language pair, looking inside a model.

    Args:
        source: language to come from, by any usual code or name.
        target: language to go to.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or one already found
            (``device`` and ``dtype`` are then its own).
        candidates: at least two languages, neither source nor target; by default the paper's six
            without source and target.
        corpus: folder with a text file per language; the embedded sentences by default.
        lexicon: a dictionary of the pair, or files or folders of it; the embedded words by
            default.
        settings: a preset's name or settings of one's own.
        device: ``auto``, ``cpu``, ``cuda``, …
        dtype: ``auto``, ``bfloat16``, ``float16``, ``float32``.
        store: where stage results are kept; the user's cache by default.
        progress: told how far the work is.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    chosen = preset(settings) if isinstance(settings, str) else settings
    pair, bridges = languages.pair_and_candidates(source, target, candidates)
    everyone = (*pair, *bridges)
    corpora = {each.code: _corpus(corpus, each) for each in everyone}
    dictionary = _lexicon(lexicon, *pair)
    identical = probe_words(dictionary, chosen.probe).identical

    kept = store or Store()
    found = (
        model if isinstance(model, ModelSource) else ModelSource(model, device=device, dtype=dtype)
    )
    stages = Stages(found, kept, progress)
    stats = {code: stages.stats(text, chosen.sequences) for code, text in corpora.items()}
    neurons = select(stats, chosen.selection)
    codes = pair[0].code, pair[1].code
    sets = bridge_sets(neurons, codes, [each.code for each in bridges], chosen.bridges)
    probe = stages.probe(dictionary, chosen.probe)
    ranking = stages.ranking(probe, pair, sets, chosen)
    return replace(
        ranking,
        notes=_notes(stats, neurons, probe, chosen, kept),
        evidence={
            "settings": chosen.model_dump(),
            "model": asdict(stages.model.identity),
            "corpora": {code: _corpus_facts(text, stats[code]) for code, text in corpora.items()},
            "lexicon": _lexicon_facts(dictionary, identical),
            "neurons": {code: _neuron_facts(each) for code, each in neurons.items()},
            "overlap": _overlaps(neurons),
            "probe": asdict(probe),
            "bridgex": __version__,
        },
        signature=_signature(stages, corpora, dictionary, chosen, ranking, probe),
    )


def _corpus(folder: str | Path | None, language: Language) -> Corpus:
    return sample_corpus(language) if folder is None else read_corpus(folder, language)


def _lexicon(
    given: Lexicon | str | Path | Sequence[str | Path] | None, source: Language, target: Language
) -> Lexicon:
    if isinstance(given, Lexicon):
        return given
    return sample_lexicon(source, target) if not given else read_lexicon(given, source, target)


def _notes(
    stats: Mapping[str, ActivationStats],
    neurons: Mapping[str, NeuronSet],
    probe: Probe,
    settings: RankSettings,
    store: Store,
) -> tuple[str, ...]:
    notes = []
    short = {code: each.tokens for code, each in stats.items() if each.tokens < STABLE_TOKENS}
    if short:
        least = min(short, key=short.__getitem__)
        notes.append(
            f"{len(short)} of {len(stats)} languages have fewer than {STABLE_TOKENS:,} tokens of "
            f"text ({least}: {short[least]:,}); more text makes their neurons more stable."
        )
    tied = {code: each.tied for code, each in neurons.items() if each.tied}
    if tied:
        most = max(tied, key=tied.__getitem__)
        notes.append(
            f"Ties decided neurons of {len(tied)} languages "
            f"(most for {most}: {tied[most]} of {len(neurons[most])})."
        )
    if probe.basis == "all":
        notes.append(
            f"Only {probe.understood} of {len(probe.answers)} words were understood, fewer than "
            f"{settings.probe.understood}, so the activations are of all words; "
            f"{'solved examples (--shots 4)' if not settings.probe.shots else 'a stronger model'} "
            "would help."
        )
    notes += [f"A damaged cache entry was made again: {path.name}." for path in store.damaged]
    return tuple(notes)


def _corpus_facts(corpus: Corpus, stats: ActivationStats) -> dict[str, Any]:
    return {
        **asdict(corpus.provenance),
        "content": corpus.digest,
        "sentences": len(corpus.sentences),
        "tokens": stats.tokens,
    }


def _lexicon_facts(lexicon: Lexicon, identical: int) -> dict[str, Any]:
    return {
        **asdict(lexicon.provenance),
        "content": lexicon.digest,
        "words": len(lexicon.entries),
        "identical pairs left out": identical,
    }


def _neuron_facts(neurons: NeuronSet) -> dict[str, Any]:
    return {"selected": len(neurons), "tied": neurons.tied, "per layer": neurons.per_layer}


def _overlaps(neurons: Mapping[str, NeuronSet]) -> dict[str, Any]:
    codes = list(neurons)
    return {
        f"{a}-{b}": asdict(overlap(neurons[a], neurons[b]))
        for at, a in enumerate(codes)
        for b in codes[at + 1 :]
    }


def _signature(
    stages: Stages,
    corpora: Mapping[str, Corpus],
    lexicon: Lexicon,
    settings: RankSettings,
    ranking: BridgeRanking,
    probe: Probe,
) -> str:
    source, target = ranking.pair
    identity = stages.model.identity
    chat = " · chat" if settings.probe.chat else ""
    return " · ".join(
        [
            f"{identity} {identity.dtype}",
            f"corpus {_digest_of(corpora)} by {settings.sequences}",
            f"lexicon {source}-{target} {lexicon.digest[:8]}",
            f"{settings.selection}",
            f"{len(probe.kept)} {probe.basis} words, {settings.probe.shots} shots{chat}",
            f"{settings.probe.pooling} · {settings.bridges}",
            f"layers {','.join(map(str, ranking.layers)) or 'none'}",
            f"seed {settings.bridges.seed}",
            f"bridgex {__version__}",
        ]
    )


def _digest_of(corpora: Mapping[str, Corpus]) -> str:
    return hashlib.sha256("".join(each.digest for each in corpora.values()).encode()).hexdigest()[
        :8
    ]
