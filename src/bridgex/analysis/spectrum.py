"""The linguistic spectrum, put together: from a model and texts to how it holds languages."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

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
from bridgex.lm.sequences import Budget, Sequences
from bridgex.lm.source import ModelSource
from bridgex.neurons import PERMUTATIONS, Selection, Spectrum, select, spectrum_of
from bridgex.progress import Progress, silent
from bridgex.session import Stages
from bridgex.storage.store import Store


def spectrum(
    names: Sequence[str] | None = None,
    *,
    model: str = "demo",
    corpus: str | Path | None = None,
    field: str | None = None,
    budget: Budget | None = None,
    selection: Selection | None = None,
    sequences: Sequences = "sentences",
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    progress: Progress = silent,
) -> Spectrum:
    """Compare the languages of a model by the neurons they share.

    Args:
        names: at least two languages, by any usual code or name; by default the paper's fifteen.
        model: ``demo``, a Hugging Face id, a model folder or a GGUF file.
        corpus: folder with a text file per language; the embedded sentences by default.
        field: field or column of the corpus that holds its sentences; by default ``text`` or
            ``sentence``.
        budget: how much text of each language is read; all of it by default.
        selection: which neurons are a language's.
        sequences: what one sequence of the corpus is: a sentence, or a window of 2,048 tokens.
        permutations: of the languages, that the p-values come from.
        seed: of the permutations.
        device: ``auto``, ``cpu``, ``cuda``, …
        dtype: ``auto``, ``bfloat16``, ``float16``, ``float32``.
        store: where statistics are kept; the user's cache by default.
        progress: told how far the work is.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    chosen = selection or Selection()
    everyone = languages.find_all(names)
    bound = budget or Budget()
    texts = {each.code: corpus_of(corpus, each, field) for each in everyone}
    kept = store or Store()
    stages = Stages(
        ModelSource(model, device=device, dtype=dtype, progress=progress), kept, progress
    )
    corpora = {code: stages.within(text, bound) for code, text in texts.items()}
    stats = {code: stages.stats(text, sequences) for code, text in corpora.items()}
    neurons = select(stats, chosen)
    groupings = {
        "family": {each.code: each.family for each in everyone},
        "branch": {each.code: each.branch for each in everyone},
    }
    found = spectrum_of(stats, neurons, groupings, permutations=permutations, seed=seed)
    unknown = [each.code for each in everyone if not each.family]
    family_note = f"Left out of the agreement, family not known here: {', '.join(unknown)}."
    identity = stages.model.identity
    return replace(
        found,
        notes=(
            *budget_notes(bound, corpora, stats),
            *selection_notes(stats, neurons),
            *([family_note] if unknown else []),
            *store_notes(kept),
        ),
        evidence={
            "selection": chosen.model_dump(),
            "sequences": sequences,
            "budget": bound.model_dump(),
            "permutations": permutations,
            "seed": seed,
            "model": asdict(identity),
            "languages": {
                each.code: {"name": each.name, "family": each.family, "branch": each.branch}
                for each in everyone
            },
            "corpora": {code: corpus_facts(text, stats[code]) for code, text in corpora.items()},
            "neurons": {code: neuron_facts(each) for code, each in neurons.items()},
            "bridgex": __version__,
        },
        signature=" · ".join(
            [
                f"{identity} {identity.dtype}",
                f"corpus {corpora_digest(corpora)} by {sequences}{budget_label(bound)}",
                f"{chosen}",
                f"{len(everyone)} languages",
                f"{permutations} permutations, seed {seed}",
                f"bridgex {__version__}",
            ]
        ),
    )
