"""The main job, put together: from a model and texts to a ranking of bridges."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bridgex import __version__, languages
from bridgex.analysis.provenance import (
    budget_label,
    budget_notes,
    corpora_digest,
    corpus_facts,
    corpus_of,
    neuron_facts,
    selection_notes,
    store_notes,
)
from bridgex.analysis.settings import RankSettings, preset
from bridgex.bridges import BridgeRanking, bridge_sets
from bridgex.languages import Language
from bridgex.lm.memory import memory_notes
from bridgex.lm.source import ModelSource
from bridgex.neurons import ActivationStats, NeuronSet, overlap, select
from bridgex.probe import Probe, probe_words
from bridgex.progress import Progress, silent
from bridgex.session import Stages
from bridgex.storage.store import Store
from bridgex.texts import Corpus, Lexicon, chinese, read_lexicon, sample_lexicon


def rank(
    source: str,
    target: str,
    *,
    model: str | ModelSource = "demo",
    candidates: Sequence[str] | None = None,
    corpus: str | Path | None = None,
    field: str | None = None,
    lexicon: Lexicon | str | Path | Sequence[str | Path] | None = None,
    settings: RankSettings | str = "default",
    pivot: str | None = None,
    endonyms: Mapping[str, str] | None = None,
    convert_chinese: bool = False,
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
        field: field or column of the corpus that holds its sentences; by default ``text`` or
            ``sentence``.
        lexicon: a dictionary of the pair, or files or folders of it; the embedded words by
            default.
        settings: a preset's name or settings of one's own.
        pivot: language through which a dictionary is composed where none serves the pair; by
            default English, then the paper's others.
        endonyms: names for the prompts in place of the usual ones, by language of the pair.
        convert_chinese: convert Chinese texts to the script asked for (simplified for ``zh``).
        device: ``auto``, ``cpu``, ``cuda``, …
        dtype: ``auto``, ``bfloat16``, ``float16``, ``float32``.
        store: where stage results are kept; the user's cache by default.
        progress: told how far the work is.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    chosen = preset(settings) if isinstance(settings, str) else settings
    pair, bridges = languages.pair_and_candidates(source, target, candidates)
    pair = languages.renamed(pair, endonyms or {})
    everyone = (*pair, *bridges)
    texts = {each.code: corpus_of(corpus, each, field) for each in everyone}
    dictionary = _lexicon(lexicon, *pair, languages.find(pivot) if pivot else None)
    if convert_chinese:
        texts = {code: chinese.converted_corpus(each) for code, each in texts.items()}
        dictionary = chinese.converted_lexicon(dictionary)
    identical = probe_words(dictionary, chosen.probe).identical

    kept = store or Store()
    found = (
        model
        if isinstance(model, ModelSource)
        else ModelSource(model, device=device, dtype=dtype, progress=progress)
    )
    stages = Stages(found, kept, progress)
    corpora = {code: stages.within(text, chosen.budget) for code, text in texts.items()}
    stats = {
        code: stages.stats(text, chosen.sequences, special=chosen.special)
        for code, text in corpora.items()
    }
    neurons = select(stats, chosen.selection)
    codes = pair[0].code, pair[1].code
    others = [each.code for each in bridges]
    sets = bridge_sets(neurons, codes, others, chosen.bridges)
    probe = stages.probe(dictionary, chosen.probe)
    ranking = stages.ranking(probe, pair, sets, chosen)
    if chosen.published:
        everywhere = bridge_sets(neurons, codes, others, chosen.bridges.in_all_layers)
        ranking = replace(ranking, published=stages.published(probe, pair, everywhere, chosen))
    return replace(
        ranking,
        notes=(
            *ranking.notes,
            *_text_notes(corpora, dictionary),
            *_notes(corpora, stats, neurons, probe, chosen, kept),
        ),
        evidence={
            "settings": chosen.model_dump(),
            "model": asdict(stages.model.identity),
            "corpora": {code: corpus_facts(text, stats[code]) for code, text in corpora.items()},
            "lexicon": _lexicon_facts(dictionary, identical),
            "endonyms": {each.code: each.endonym for each in pair},
            "neurons": {code: neuron_facts(each) for code, each in neurons.items()},
            "overlap": _overlaps(neurons),
            "probe": asdict(probe),
            "bridgex": __version__,
        },
        signature=_signature(stages, corpora, dictionary, chosen, ranking, probe),
    )


def _lexicon(
    given: Lexicon | str | Path | Sequence[str | Path] | None,
    source: Language,
    target: Language,
    pivot: Language | None,
) -> Lexicon:
    if isinstance(given, Lexicon):
        return given
    if not given:
        return sample_lexicon(source, target)
    return read_lexicon(given, source, target, pivot=pivot)


def _text_notes(corpora: Mapping[str, Corpus], lexicon: Lexicon) -> list[str]:
    """Say what was done to the texts, and where their Chinese is in the other script."""
    pair = f"{lexicon.source}-{lexicon.target}"
    notes = [f"The {pair} dictionary is {step}." for step in lexicon.provenance.steps]
    targets = (word for words in lexicon.entries.values() for word in words)
    other = [
        *(
            chinese.other_script("corpus", each.sentences, each.language)
            for each in corpora.values()
        ),
        chinese.other_script(f"{pair} dictionary", lexicon.entries, lexicon.source),
        chinese.other_script(f"{pair} dictionary", targets, lexicon.target),
    ]
    return notes + [note for note in other if note]


def _notes(
    corpora: Mapping[str, Corpus],
    stats: Mapping[str, ActivationStats],
    neurons: Mapping[str, NeuronSet],
    probe: Probe,
    settings: RankSettings,
    store: Store,
) -> tuple[str, ...]:
    notes = budget_notes(settings.budget, corpora, stats) + selection_notes(stats, neurons)
    notes += memory_notes(probe.oom_splits, "asking for translations")
    if probe.basis == "all":
        notes.append(
            f"Only {probe.understood} of {len(probe.answers)} words were understood, fewer than "
            f"{settings.probe.understood}, so the activations are of all words; "
            f"{'solved examples (--shots 4)' if not settings.probe.shots else 'a stronger model'} "
            "would help."
        )
    return (*notes, *store_notes(store))


def _lexicon_facts(lexicon: Lexicon, identical: int) -> dict[str, Any]:
    return {
        **asdict(lexicon.provenance),
        "content": lexicon.digest,
        "words": len(lexicon.entries),
        "identical pairs left out": identical,
    }


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
    counted = " with special tokens" if settings.special else ""
    pooled = " with special tokens" if settings.probe.special else ""
    return " · ".join(
        [
            f"{identity} {identity.dtype}",
            f"corpus {corpora_digest(corpora)} by {settings.sequences}"
            f"{budget_label(settings.budget)}{counted}",
            f"lexicon {source}-{target} {lexicon.digest[:8]}{_steps(lexicon)}{_names(lexicon)}",
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
    changed = (
        f", {each} as {each.endonym}"
        for each in (lexicon.source, lexicon.target)
        if each.endonym != languages.find(each.code).endonym
    )
    return "".join(changed)
