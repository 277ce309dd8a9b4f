"""Which way to go between two languages: through a chooser's first place, or directly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridgex.choosers.base import Choice, Chooser, ChooserInput, choose
from bridgex.choosers.development import tried
from bridgex.choosers.ranking import FEWEST_ITEMS
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import find
from bridgex.tasks.base import Task

DEVELOPMENT = 50
"""Most development items that ways are tried on, unless asked otherwise."""


@dataclass(frozen=True)
class Recommendation:
    """A strategy, why, and the choice it came from."""

    strategy: Strategy
    reason: str
    choice: Choice

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

    ``direct`` is advised where the mean score of the development items is at least as high
    directly as through the bridge, and where the ranking is undetermined. Of several candidates
    that share the highest score, the best on development items is gone through, so that the order
    in which they were named decides nothing. Without development items the first place is taken
    at its word.

    Development items are those of the task, or, where it has fewer than 8, words of the pair. They
    were not filtered for being understood: understood words are by construction right directly.

    Args:
        inputs: what the choice was made from.
        choice: a chooser's.
    """
    verdict = choice.ranking.verdict
    verdict_text = f"{choice.chooser}: {verdict.kind}. {verdict.reason}"
    bridges = [Strategy(find(code)) for code in choice.ranking.first_places]
    if not bridges:
        return Recommendation(DIRECT, verdict_text, choice)
    task = _development_task(inputs)
    if not task.development:
        reason = f"{verdict_text} There are no development items to try {_names(bridges)} on."
        return Recommendation(bridges[0], reason, choice)
    asked = replace(inputs, task=task, shots=min(inputs.shots, len(task.examples)))
    means = {}
    for strategy in (DIRECT, *bridges):
        scores = tried(asked, strategy).scores
        means[strategy] = sum(scores) / len(scores)
    best = max(bridges, key=means.__getitem__)
    strategy = DIRECT if means[DIRECT] >= means[best] else best
    return Recommendation(strategy, f"{verdict_text} {_comparison(task, means)}", choice)


def _development_task(inputs: ChooserInput) -> Task:
    task, words = inputs.task, inputs.words
    if words and len(task.development) < min(FEWEST_ITEMS, len(words.development)):
        return words
    return task


def _names(strategies: Sequence[Strategy]) -> str:
    return ", ".join(each.bridge.name for each in strategies if each.bridge)


def _comparison(task: Task, means: Mapping[Strategy, float]) -> str:
    """Say what the ways came to on development items."""
    form = "{:.1%}" if task.metric == "accuracy" else "{:.1f}"
    metric = task.metric if task.metric == "accuracy" else f"mean {task.metric} of an item"
    ways = ", ".join(
        f"{form.format(value)} "
        f"{f'through {strategy.bridge.name}' if strategy.bridge else 'directly'}"
        for strategy, value in means.items()
    )
    return f"On {len(task.development)} development items of {task.name}, {metric}: {ways}."
