"""The provenance of a result, and what a reader should know: facts, notes, digests."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bridgex.inputs import Budget
from bridgex.languages import near_miss
from bridgex.lm.memory import memory_notes
from bridgex.neurons import ActivationStats, NeuronSet
from bridgex.storage.store import Store
from bridgex.texts import Corpus, Lexicon, chinese

STABLE_TOKENS = 10_000
"""Tokens of a language below which its neurons are not yet stable."""


def corpus_facts(corpus: Corpus, stats: ActivationStats) -> dict[str, Any]:
    """Return where a corpus came from, its content digest and its size."""
    return {
        **asdict(corpus.provenance),
        "content": corpus.digest,
        "sentences": len(corpus.sentences),
        "tokens": stats.tokens,
    }


def neuron_facts(neurons: NeuronSet) -> dict[str, Any]:
    """Return how many neurons a language has, and what ties and universal neurons did to that."""
    return {
        "selected": len(neurons),
        "tied": neurons.tied,
        "universal_left_out": neurons.left_out,
        "per_layer": neurons.per_layer,
    }


def lexicon_facts(lexicon: Lexicon, identical: int) -> dict[str, Any]:
    """Return where a dictionary came from, its content digest and its size."""
    return {
        **asdict(lexicon.provenance),
        "content": lexicon.digest,
        "words": len(lexicon.entries),
        "identical_word_pairs": identical,
    }


def text_notes(corpora: Mapping[str, Corpus], lexicon: Lexicon | None = None) -> list[str]:
    """Say what was done to the texts, and where their Chinese is in the other script."""
    codes_by_step: dict[str, list[str]] = {}
    for code, corpus in corpora.items():
        for step in corpus.provenance.steps:
            codes_by_step.setdefault(step, []).append(code)
    notes = [f"Corpora of {', '.join(codes)}: {step}." for step, codes in codes_by_step.items()]
    meant = [near_miss(corpus.language).strip() for corpus in corpora.values()]
    notes += [question for question in meant if question]
    other = [
        chinese.other_script("corpus", corpus.sentences, corpus.language)
        for corpus in corpora.values()
    ]
    if lexicon is not None:
        notes += lexicon_notes(lexicon)
    return notes + [note for note in other if note]


def lexicon_notes(lexicon: Lexicon) -> list[str]:
    """Say what was done to a dictionary, and where its Chinese is in the other script."""
    pair = f"{lexicon.source}-{lexicon.target}"
    targets = (word for words in lexicon.entries.values() for word in words)
    other = [
        chinese.other_script(f"{pair} dictionary", lexicon.entries, lexicon.source),
        chinese.other_script(f"{pair} dictionary", targets, lexicon.target),
    ]
    notes = [f"The {pair} dictionary is {step}." for step in lexicon.provenance.steps]
    return notes + [note for note in other if note]


def corpora_digest(corpora: Mapping[str, Corpus]) -> str:
    """Return a short digest of several corpora's content, whatever order they are in."""
    joined = "".join(f"{code}={corpora[code].digest};" for code in sorted(corpora))
    return hashlib.sha256(joined.encode()).hexdigest()[:8]


def budget_label(budget: Budget) -> str:
    """Return the part of a signature that states a budget of text; empty without one."""
    return "" if budget == Budget() else f", {budget}"


def budget_notes(
    budget: Budget, corpora: Mapping[str, Corpus], stats: Mapping[str, ActivationStats]
) -> list[str]:
    """Return a note of the languages whose text is less than the budget, if there are some."""
    if budget.sentences is not None:
        read = {code: len(corpus.sentences) for code, corpus in corpora.items()}
    else:
        read = {code: counted.tokens for code, counted in stats.items()}
    wanted = budget.sentences or budget.tokens or 0
    less = [f"{code} {count:,}" for code, count in read.items() if count < wanted]
    return [f"Less text than the budget of {budget}: {', '.join(less)}."] if less else []


def selection_notes(
    stats: Mapping[str, ActivationStats], neurons: Mapping[str, NeuronSet]
) -> list[str]:
    """Return what to know about text and selection: too little text or memory, ties, left out."""
    notes = memory_notes(
        sum(counted.oom_splits for counted in stats.values()), "counting activations"
    )
    short = {
        code: counted.tokens for code, counted in stats.items() if counted.tokens < STABLE_TOKENS
    }
    if short:
        least = min(short, key=short.__getitem__)
        notes.append(
            f"{len(short)} of {len(stats)} languages have fewer than {STABLE_TOKENS:,} tokens of "
            f"text ({least}: {short[least]:,}); more text makes their neurons more stable."
        )
    tied = {code: chosen.tied for code, chosen in neurons.items() if chosen.tied}
    if tied:
        most = max(tied, key=tied.__getitem__)
        notes.append(
            f"Ties decided neurons of {len(tied)} of {len(neurons)} languages "
            f"(most for {most}: {tied[most]} of {len(neurons[most])})."
        )
    left_out = next(iter(neurons.values())).left_out
    if left_out:
        notes.append(
            f"{left_out:,} universal neurons, selected for all {len(neurons)} languages, are "
            "left out."
        )
    return notes


def store_notes(store: Store) -> list[str]:
    """Return what to know about stored results that had to be made again."""
    return [f"A damaged cache entry was made again: {path.name}." for path in store.damaged]
