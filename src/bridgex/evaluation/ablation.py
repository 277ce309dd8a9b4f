"""What silencing neurons does to a model's answers: the anchor, a bridge's neurons, and controls.

Prompts are those of the whole model, pivot translations included, so that the same texts are scored
whatever is silenced.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from bridgex.bridges import BridgeSets
from bridgex.bridges.score import draw_seed
from bridgex.conversation import Prompt
from bridgex.evaluation.run import prepare
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import Language
from bridgex.lm.ablation import Held, How, TokenValues
from bridgex.neurons import ActivationStats, NeuronSet, matched_set
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.texts import Corpus

ANCHOR = "anchor"
"""Name of the neurons that source and target share."""

RANDOM, SAME_SCRIPT = "random", "same_script"
"""Controls: matched neurons that are not the language's own; such ones of other candidates in its
script."""

DONORS = 5
"""Drawn tokens that a set is resampled from, one after the other; the changes are averaged."""

SENTENCES = 16
"""Of each language, that the values held are taken from."""

SHORTEST = 20
"""Characters of a sentence whose second half is scored after its first."""


@dataclass(frozen=True, eq=False)
class Target:
    """Neurons to silence, and sets to hold them against.

    Attributes:
        name: ``anchor`` or ``bridge:K``.
        neurons: the neurons.
        controls: ``random`` or ``same_script`` → sets matched to them, one per draw.
    """

    name: str
    neurons: NeuronSet
    controls: Mapping[str, tuple[NeuronSet, ...]]

    @property
    def all_sets(self) -> tuple[NeuronSet, ...]:
        """The neurons and every control."""
        return (self.neurons, *(each for sets in self.controls.values() for each in sets))


def targets_of(
    neurons: Mapping[str, NeuronSet],
    sets: BridgeSets,
    bridges: Sequence[Language],
    rates: Sequence[Tensor],
    *,
    draws: int,
    seed: int,
) -> tuple[Target, ...]:
    """Return the anchor and every bridge with its controls; without those that have no neurons.

    Random neurons for a bridge are neither its language's nor of the anchor; for the anchor,
    neither the source's nor the target's. They may be of other languages, so that they are as
    active. The same-script control of a bridge is drawn from the bridge neurons of the other
    candidates in its script.

    Args:
        neurons: language neurons of source, target and every bridge.
        sets: anchor and bridge sets.
        bridges: the candidates.
        rates: activation rate of each neuron, per layer (width,).
        draws: sets of each control.
        seed: of the draws.
    """

    def drawn(own: NeuronSet, pool: NeuronSet, name: str) -> tuple[NeuronSet, ...]:
        found = [matched_set(own, pool, rates, _seed(seed, name, draw)) for draw in range(draws)]
        return tuple(each for each in found if len(each))

    source, target = (neurons[code] for code in sets.pair)
    found = [
        Target(ANCHOR, sets.anchor, {RANDOM: drawn(sets.anchor, _not(source | target), ANCHOR)})
    ]
    for bridge in bridges:
        own, name = sets.bridges[bridge.code], str(Strategy(bridge))
        excluded = neurons[bridge.code] | sets.anchor
        controls = {RANDOM: drawn(own, _not(excluded), name)}
        siblings = [
            sets.bridges[other.code]
            for other in bridges
            if other != bridge and other.script == bridge.script
        ]
        if siblings:
            union = siblings[0]
            for sibling in siblings[1:]:
                union = union | sibling
            controls[SAME_SCRIPT] = drawn(own, union - excluded, f"{name} script")
        found.append(Target(name, own, controls))
    return tuple(target for target in found if len(target.neurons))


def _not(neurons: NeuronSet) -> NeuronSet:
    return NeuronSet((), tuple(~mask for mask in neurons.mask), f"outside {neurons.selection}")


def _seed(seed: int, name: str, draw: int) -> int:
    return draw_seed(seed, "ablation", draw, name)


def mean_rates(stats: Mapping[str, ActivationStats]) -> tuple[Tensor, ...]:
    """Return each neuron's activation probability, mean over languages, per layer (width,)."""
    layers = zip(*(counted.probability() for counted in stats.values()), strict=True)
    return tuple(torch.stack(each).mean(0) for each in layers)


@dataclass(frozen=True)
class Way:
    """A way to answer, with the prompts of the whole model.

    Attributes:
        strategy: which.
        prompts: item id → prompt; without items that have no pivot translation.
        options: item id → its accepted answers as they follow a prompt.
    """

    strategy: Strategy
    prompts: Mapping[str, Prompt]
    options: Mapping[str, tuple[str, ...]]


def ways_of(
    session: ModelSession, task: Task, bridges: Sequence[Language], *, shots: int, chat: bool
) -> dict[str, Way]:
    """Return the direct way and the one through each bridge, by the strategies' names.

    Takes and raises what `bridgex.evaluation.run.prepare` does.
    """
    found = {}
    for strategy in (DIRECT, *map(Strategy, bridges)):
        prompts = prepare(session, task, strategy, shots=shots, chat=chat).prompts
        worded = replace(task.through(strategy.bridge), chat=chat)
        options = {
            item.id: tuple(
                worded.solution(replace(item, accepted=(answer,))) for answer in item.accepted
            )
            for item in task.items
            if item.id in prompts
        }
        found[str(strategy)] = Way(strategy, prompts, options)
    return found


def answer_nats(session: ModelSession, way: Way, *, chat: bool, what: str) -> dict[str, float]:
    """Return item id → log-probability that an accepted answer follows, in nats.

    That is the logarithm of the sum of the accepted answers' probabilities; items beyond the
    context are missing.
    """
    names = list(way.prompts)
    scored = session.score(
        [way.prompts[name] for name in names],
        [way.options[name] for name in names],
        chat=chat,
        what=what,
    )
    return {
        name: _log_sum(each.nats)
        for name, each in zip(names, scored, strict=True)
        if each.nats is not None
    }


def _log_sum(nats: Sequence[float]) -> float:
    highest = max(nats)
    return highest + math.log(sum(math.exp(each - highest) for each in nats))


def holds(values: TokenValues, neurons: NeuronSet, how: How, draw: int | None = None) -> list[Held]:
    """Return what a set is held at in turn: once, or at each donor where it is resampled.

    Args:
        values: what neurons are on texts.
        neurons: the set.
        how: zero, mean or resample.
        draw: which draw of a control it is, which has one donor of its own; None for a set itself.
    """
    donors = range(DONORS) if draw is None else [DONORS + draw]
    return [values.held(neurons, how, donor) for donor in (donors if how == "resample" else [0])]


def changes(
    session: ModelSession,
    way: Way,
    intact: Mapping[str, float],
    held: Sequence[Held],
    *,
    chat: bool,
    what: str,
) -> dict[str, float]:
    """Return item id → change of its log-probability by silencing, in nats, mean over ``held``."""
    found: list[dict[str, float]] = []
    for each in held:
        with session.ablated(each):
            found.append(answer_nats(session, way, chat=chat, what=what))
    return {
        name: sum(nats[name] for nats in found) / len(found) - intact[name]
        for name in intact
        if all(name in nats for nats in found)
    }


def controlled(
    session: ModelSession,
    target: Target,
    kind: str,
    way: Way,
    intact: Mapping[str, float],
    values: TokenValues,
    how: How,
    *,
    chat: bool,
) -> Iterator[dict[str, float]]:
    """Yield the changes that each set of a control makes; see `changes`."""
    for draw, neurons in enumerate(target.controls.get(kind, ())):
        what = f"{target.name}: {kind.replace('_', ' ')} {draw + 1}, {way.strategy}"
        held = holds(values, neurons, how, draw)
        yield changes(session, way, intact, held, chat=chat, what=what)


def needed(targets: Sequence[Target]) -> NeuronSet:
    """Return every neuron of some targets and their controls."""
    every = [each for target in targets for each in target.all_sets]
    masks = zip(*(each.mask for each in every), strict=True)
    return NeuronSet((), tuple(torch.stack(layer).any(0) for layer in masks), "to be silenced")


def sentence_nats(session: ModelSession, corpus: Corpus, *, what: str) -> list[tuple[float, int]]:
    """Return log-probability in nats and tokens of the second half of each sentence.

    The first half is the prompt, so that every token scored has something before it, also where
    the tokenizer writes no BOS. Sentences below 20 characters are left out.
    """
    texts = [text for text in corpus.sentences if len(text) >= SHORTEST]
    halves = [len(text) // 2 for text in texts]
    scored = session.score(
        [text[:half] for text, half in zip(texts, halves, strict=True)],
        [(text[half:],) for text, half in zip(texts, halves, strict=True)],
        chat=False,
        what=what,
    )
    return [(each.nats[0], each.tokens[0]) for each in scored if each.nats is not None]
