"""Does the overlap matter? Neurons are silenced, and answers compared with the whole model's."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any

import numpy as np
from torch import Tensor

from bridgex import languages
from bridgex.analysis.provenance import (
    budget_label,
    budget_notes,
    corpora_digest,
    corpus_facts,
    selection_notes,
    store_notes,
    text_notes,
)
from bridgex.analysis.settings import RankSettings, settings_of
from bridgex.bridges import bridge_sets
from bridgex.errors import RequestError
from bridgex.evaluation.ablation import (
    ANCHOR,
    RANDOM,
    SENTENCES,
    Target,
    Way,
    answer_nats,
    changes,
    controlled,
    holds,
    mean_rates,
    needed,
    sentence_nats,
    targets_of,
    ways_of,
)
from bridgex.evaluation.run import run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.significance import Difference, accuracy_difference
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.experiments.ablated import (
    Ablation,
    Change,
    Control,
    Intact,
    PerplexityChange,
    SilencedSet,
)
from bridgex.experiments.contrasts import control_of, corrected, student
from bridgex.experiments.pairs import read_task, task_notes
from bridgex.inputs import Texts
from bridgex.lm.ablation import How, TokenValues, how_named
from bridgex.neurons import mean_rate, select
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.texts import Corpus
from bridgex.version import __version__

ITEMS = 50
"""Items asked, unless asked otherwise."""

DRAWS = 20
"""Matched sets of each control, unless asked otherwise."""


@dataclass(frozen=True)
class _Asked:
    """What every set is silenced with.

    Attributes:
        session: the model.
        task: what is asked.
        ways: name of a strategy → its prompts.
        nats: name of a strategy → item → log-probability under the whole model.
        scores: name of a strategy → score of each item under the whole model.
        texts: language → what its perplexity is of.
        sentences: language → nats and tokens of its sentences under the whole model.
        rates: activation rate of each neuron, per layer.
        values: what neurons are held at.
        asking: how the task is asked.
    """

    session: ModelSession
    task: Task
    ways: Mapping[str, Way]
    nats: Mapping[str, Mapping[str, float]]
    scores: Mapping[str, Sequence[float]]
    texts: Mapping[str, Corpus]
    sentences: Mapping[str, Sequence[tuple[float, int]]]
    rates: Sequence[Tensor]
    values: TokenValues
    asking: TaskSettings


def ablate(
    session: ModelSession,
    source: str,
    target: str,
    *,
    bridges: Sequence[str] | None = None,
    hows: Sequence[str] = ("mean",),
    draws: int = DRAWS,
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
) -> Ablation:
    """Silence the anchor and each candidate's bridge neurons, and see what the answers lose.

    Args:
        session: the model, in this process.
        source: source language, by any common code or name.
        target: target language.
        bridges: at least two candidates; by default the paper's six without source and target.
        hows: ``zero``, ``mean`` or ``resample``: what a silenced neuron is held at.
        draws: matched random sets of each control.
        texts: what is read; the embedded sentences and words by default.
        settings: how neurons are selected, and the sets formed: a preset's name or settings of
            one's own.
        asking: how words are asked; 50 of them by default.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    if draws < 1:
        raise RequestError(f"A control needs at least one draw, not {draws}; {DRAWS} are usual.")
    named = tuple(dict.fromkeys(how_named(how) for how in hows))
    if not named:
        raise RequestError("Nothing says how neurons are silenced; use zero, mean or resample.")
    session.require_ablation()
    chosen, inputs = settings_of(settings), texts or Texts()
    how_asked = asking or TaskSettings(items=ITEMS)
    pair, candidates = languages.pair_and_candidates(source, target, bridges)
    spoken = inputs.named((*pair, *candidates))
    pair, candidates = (spoken[0], spoken[1]), spoken[2:]
    task = read_task("bli", pair, candidates, inputs, how_asked)
    read = {language.code: inputs.corpus_of(language) for language in spoken}
    corpora = {code: session.within(corpus, inputs.budget) for code, corpus in read.items()}
    if how_asked.chat:
        session.require_chat()
    stats = {
        code: session.stats(corpus, chosen.sequences, special=chosen.special)
        for code, corpus in corpora.items()
    }
    neurons = select(stats, chosen.selection)
    codes = pair[0].code, pair[1].code
    sets = bridge_sets(neurons, codes, [each.code for each in candidates], chosen.bridges)
    rates, seed = mean_rates(stats), chosen.bridges.seed
    targets = targets_of(neurons, sets, candidates, rates, draws=draws, seed=seed)
    if not any(each.name != ANCHOR for each in targets):
        raise RequestError(
            "No candidate has bridge neurons in the band of layers, so there is nothing to "
            "silence; a higher rate (--rate) or more text would help."
        )
    held_on = {
        code: replace(corpus, sentences=corpus.sentences[:SENTENCES])
        for code, corpus in corpora.items()
    }
    values = session.token_values(list(held_on.values()), needed(targets), seed=seed)
    shots, chat = how_asked.shots, how_asked.chat
    ways = ways_of(session, task, candidates, shots=shots, chat=chat)
    whole = {
        name: run(session, task, way.strategy, shots=shots, chat=chat) for name, way in ways.items()
    }
    nats = {
        name: answer_nats(session, way, chat=chat, what=f"Likelihood of answers, {name}")
        for name, way in ways.items()
    }
    asked = _Asked(
        session,
        task,
        ways,
        nats,
        {name: each.scores for name, each in whole.items()},
        held_on,
        {
            code: sentence_nats(session, corpus, what=f"{corpus.language.name}: likelihood")
            for code, corpus in held_on.items()
        },
        rates,
        values,
        how_asked,
    )
    found = [_silenced(asked, each, how) for how in named for each in targets]
    return Ablation(
        pair=codes,
        bridges=tuple(each.code for each in candidates),
        task=task.name,
        items=len(task.items),
        intact={
            name: Intact(fmean(asked.scores[name]), fmean(each.values()), len(each))
            for name, each in nats.items()
            if each
        },
        sets=tuple(corrected(found)),
        notes=(
            *_notes(targets, [ANCHOR, *(str(Strategy(each)) for each in candidates)], draws),
            *text_notes(corpora),
            *task_notes(task, [way.strategy.bridge for way in ways.values()]),
            *budget_notes(inputs.budget, corpora, stats),
            *selection_notes(stats, neurons),
            *store_notes(session.store),
        ),
        provenance={
            "settings": chosen.model_dump(mode="json"),
            "asking": how_asked.model_dump(mode="json"),
            "budget": inputs.budget.model_dump(),
            "model": asdict(session.model.identity),
            "corpora": {code: corpus_facts(text, stats[code]) for code, text in corpora.items()},
            "task": task.digest,
            "draws": draws,
            "sentences": SENTENCES,
            "bridgex": __version__,
        },
        signature=" · ".join(
            [
                f"{session.model.identity} {session.model.identity.dtype}",
                f"{task.name} {codes[0]}-{codes[1]} {task.digest[:8]}, {len(task.items)} items",
                f"corpus {corpora_digest(corpora)} by {chosen.sequences}"
                f"{budget_label(inputs.budget)}",
                f"{chosen.selection} · {chosen.bridges.bridge_set}",
                f"{'+'.join(named)}-ablation, {draws} draws",
                f"{shots} shots{session.chat_label(chat=chat)}",
                f"seed {seed}",
                f"bridgex {__version__}",
            ]
        ),
    )


def _silenced(asked: _Asked, target: Target, how: How) -> SilencedSet:
    names = list(asked.ways) if target.name == ANCHOR else [str(DIRECT), target.name]
    held = holds(asked.values, target.neurons, how)
    chat = asked.asking.chat
    found = []
    for name in (name for name in names if asked.nats[name]):
        way, intact = asked.ways[name], asked.nats[name]
        mine = changes(
            asked.session, way, intact, held, chat=chat, what=f"{target.name} silenced, {name}"
        )
        controls = {}
        for kind, drawn in target.controls.items():
            theirs = list(
                controlled(asked.session, target, kind, way, intact, asked.values, how, chat=chat)
            )
            if theirs:
                size = fmean(len(each) for each in drawn)
                rate = fmean(mean_rate(each, asked.rates) for each in drawn)
                controls[kind] = control_of(mine, theirs, size, rate)
        found.append(_change(asked, target, name, mine, controls, how))
    return SilencedSet(
        target.name,
        how,
        len(target.neurons),
        mean_rate(target.neurons, asked.rates),
        tuple(found),
        _perplexity(asked, target, how),
    )


def _change(
    asked: _Asked,
    target: Target,
    name: str,
    mine: Mapping[str, float],
    controls: Mapping[str, Control],
    how: How,
) -> Change:
    values = list(mine.values())
    interval, p_value = student(values)
    return Change(
        name,
        len(values),
        fmean(values),
        interval,
        p_value,
        controls,
        None if how == "resample" else _accuracy(asked, target, name, how),
    )


def _accuracy(asked: _Asked, target: Target, name: str, how: How) -> Difference:
    """Compare written answers, renderings included, with the whole model's."""
    (held,) = holds(asked.values, target.neurons, how)
    with asked.session.ablated(held):
        silenced = run(
            asked.session,
            asked.task,
            asked.ways[name].strategy,
            shots=asked.asking.shots,
            chat=asked.asking.chat,
        )
    return accuracy_difference(silenced.scores, asked.scores[name])


def _perplexity(asked: _Asked, target: Target, how: How) -> dict[str, PerplexityChange]:
    held, *_ = holds(asked.values, target.neurons, how)
    found = {}
    for code, corpus in asked.texts.items():
        before = asked.sentences[code]
        what = f"{corpus.language.name}: likelihood, {target.name} silenced"
        with asked.session.ablated(held):
            after = sentence_nats(asked.session, corpus, what=what)
        if before:
            changed = [
                (new - old) / tokens for (old, tokens), (new, _) in zip(before, after, strict=True)
            ]
            found[code] = PerplexityChange(
                _perplexity_of(before), _perplexity_of(after), student(changed)[1]
            )
    return found


def _perplexity_of(sentences: Sequence[tuple[float, int]]) -> float:
    nats, tokens = (sum(column) for column in zip(*sentences, strict=True))
    return float(np.exp(-nats / tokens))


def _notes(targets: Sequence[Target], wanted: Sequence[str], draws: int) -> list[Any]:
    found = {target.name: target for target in targets}
    lacking = [name for name in wanted if name not in found]
    notes = []
    if lacking:
        notes.append(
            f"No neurons in the band of layers, so nothing to silence: {', '.join(lacking)}; a "
            "higher rate (--rate) or more text would help."
        )
    if draws < DRAWS:
        notes.append(
            f"With {draws} draws the spread of random sets is known only roughly; {DRAWS} are "
            "usual."
        )
    bare = [name for name, each in found.items() if not each.controls.get(RANDOM)]
    if bare:
        notes.append(f"No neuron is free to be matched to {', '.join(bare)}.")
    return notes
