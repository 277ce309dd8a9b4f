"""Which way to go between two languages: through a chooser's first place, or directly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from bridgex.choosers.base import Choice, Chooser, ChooserInput, choose
from bridgex.choosers.development import tried
from bridgex.choosers.evidence import ALPHA, Gain, gain
from bridgex.choosers.ranking import FEWEST_ITEMS
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import find
from bridgex.tasks.base import Task

DEVELOPMENT = 50
"""Most development items that ways are tried on, unless asked otherwise."""


@dataclass(frozen=True)
class Recommendation:
    """A strategy, why, and the choice it came from.

    Attributes:
        strategy: what is advised.
        reason: why, in a few sentences.
        choice: the chooser's.
        gain: what the bridge gained on development items; None where it was not tried.
    """

    strategy: Strategy
    reason: str
    choice: Choice
    gain: Gain | None = None

    def __str__(self) -> str:
        return f"{self.strategy}. {self.reason}"


def recommended(inputs: ChooserInput, chooser: Chooser) -> Recommendation:
    """Let a chooser rank the candidates, and judge whether its first place is worth the detour.

    Raises:
        BridgexError: the chooser cannot serve this pair.
    """
    return recommend(inputs, choose(chooser, inputs))


def recommend(inputs: ChooserInput, choice: Choice) -> Recommendation:
    """Judge whether the first place of a ranking is worth the detour, on development items.

    A bridge is advised only where it scores higher than going directly on the same development
    items, beyond chance at 5 % one-sided (`bridgex.choosers.evidence.gain`); otherwise, where the
    verdict has no first place, and where there are no development items, ``direct`` is. Of several
    candidates that share the highest score, the best on development items is tested, so that the
    order in which they were named decides nothing. The level is corrected for the number of bridges
    that were compared on items: all candidates, where the chooser's scores are means over items.

    Development items are those of the task, or, where it has fewer than 8, words of the pair. They
    were not filtered for being understood: understood words are by construction right directly.

    Args:
        inputs: what the choice was made from.
        choice: a chooser's.
    """
    ranking = choice.ranking
    said = f"{choice.chooser}: {ranking.verdict_text}"
    bridges = [Strategy(find(code)) for code in ranking.first_places]
    if not bridges:
        return Recommendation(DIRECT, said, choice)
    task = _development_task(inputs)
    if not task.development:
        reason = (
            f"{said} There are no development items to try {_names(bridges)} on, so no bridge is "
            "advised."
        )
        return Recommendation(DIRECT, reason, choice)
    asked = replace(inputs, task=task, shots=min(inputs.shots, len(task.examples)))
    scores = {strategy: tried(asked, strategy).scores for strategy in (DIRECT, *bridges)}
    means = {strategy: fmean(each) for strategy, each in scores.items()}
    best = max(bridges, key=means.__getitem__)
    on_items = sum(score.items is not None for score in ranking.scores.values())
    found = gain(scores[best], scores[DIRECT], taken_of=max(on_items, len(bridges)))
    strategy = best if found.beyond_chance else DIRECT
    reason = f"{said} {_comparison(task, means)} {_evidence(found, best, task)}"
    return Recommendation(strategy, reason, choice, found)


def _development_task(inputs: ChooserInput) -> Task:
    task, words = inputs.task, inputs.words
    if words and len(task.development) < min(FEWEST_ITEMS, len(words.development)):
        return words
    return task


def _names(strategies: Sequence[Strategy]) -> str:
    return ", ".join(_name(each) for each in strategies)


def _name(strategy: Strategy) -> str:
    return strategy.bridge.name if strategy.bridge else "no bridge"


def _comparison(task: Task, means: Mapping[Strategy, float]) -> str:
    """Say what the ways came to on development items."""
    form = "{:.1%}" if task.metric == "accuracy" else "{:.1f}"
    metric = task.metric if task.metric == "accuracy" else f"mean {task.metric} of an item"
    ways = ", ".join(
        f"{form.format(value)} {f'through {_name(each)}' if each.bridge else 'directly'}"
        for each, value in means.items()
    )
    return f"On {len(task.development)} development items of {task.name}, {metric}: {ways}."


def _evidence(found: Gain, bridge: Strategy, task: Task) -> str:
    """Say how sure it is that the detour helps, and what follows."""
    scale = 100 if task.metric == "accuracy" else 1
    points = f"{found.shrunk * scale:+.1f} points"
    odds = f"{found.odds:.1f}" if found.odds < 10 else f"{found.odds:,.0f}"
    verdict = "" if found.beyond_chance else f" (above {ALPHA:g}), so no bridge is advised"
    return (
        f"{_name(bridge)} gains {found.gained} items and loses {found.lost}: odds {odds} to 1 that "
        f"it helps, by {points} after shrinkage, one-sided p {found.p_value:.2g}{verdict}."
    )
