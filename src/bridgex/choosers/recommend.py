"""Which way to go between two languages: through a chooser's first place, or directly."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridgex.bridges import BridgeRanking
from bridgex.choosers import Chooser, ChooserInput
from bridgex.choosers.base import first_places
from bridgex.choosers.development import tried
from bridgex.choosers.ranking import FEWEST_ITEMS
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import find
from bridgex.tasks.base import Task

DEVELOPMENT = 50
"""Most development items that ways are tried on, unless asked otherwise."""


@dataclass(frozen=True)
class Recommendation:
    """A strategy, why, and the ranking it came from."""

    strategy: Strategy
    reason: str
    ranking: BridgeRanking

    def __str__(self) -> str:
        return f"{self.strategy}. {self.reason}"


def recommended(question: ChooserInput, chooser: Chooser) -> Recommendation:
    """Let a chooser rank the candidates, and judge whether its first place is worth the detour.

    Raises:
        BridgexError: the chooser cannot serve this question.
    """
    return recommend(question, chooser.rank(question))


def recommend(question: ChooserInput, ranking: BridgeRanking) -> Recommendation:
    """Judge whether the first place of a ranking is worth the detour, on development items.

    ``direct`` is advised where the model does at least as well on them directly as through the
    bridge, and where the ranking is undetermined. Of several candidates that share the highest
    score, the best on development items is gone through, so that the order in which they were
    named decides nothing. Without development items the first place is taken at its word.

    Development items are those of the task, or, where it has fewer than 8, words of the pair. They
    were not filtered for being understood: understood words are by construction right directly.

    Args:
        question: what the ranking answers.
        ranking: a chooser's.
    """
    verdict = ranking.verdict
    said = f"{ranking.evidence['chooser']}: {verdict.kind}. {verdict.reason}"
    bridges = [Strategy(find(code)) for code in first_places(ranking)]
    if not bridges:
        return Recommendation(DIRECT, said, ranking)
    task = _tried_on(question)
    if not task.development:
        reason = f"{said} There are no development items to try {_names(bridges)} on."
        return Recommendation(bridges[0], reason, ranking)
    shots = min(question.shots, len(task.examples))
    asked = replace(question, task=task, shots=shots)
    found = {
        each: task.measures(tried(asked, each).outcomes)[0].value for each in (DIRECT, *bridges)
    }
    best = max(bridges, key=found.__getitem__)
    strategy = DIRECT if found[DIRECT] >= found[best] else best
    return Recommendation(strategy, f"{said} {_compared(task, found)}", ranking)


def _tried_on(question: ChooserInput) -> Task:
    task, words = question.task, question.words
    if words and len(task.development) < min(FEWEST_ITEMS, len(words.development)):
        return words
    return task


def _names(strategies: list[Strategy]) -> str:
    return ", ".join(each.bridge.name for each in strategies if each.bridge)


def _compared(task: Task, found: Mapping[Strategy, float]) -> str:
    """Say what the ways came to on development items."""
    form = "{:.1%}" if task.metric == "accuracy" else "{:.1f}"
    ways = ", ".join(
        f"{form.format(value)} {f'through {each.bridge.name}' if each.bridge else 'directly'}"
        for each, value in found.items()
    )
    return f"On {len(task.development)} development items of {task.name}, {task.metric}: {ways}."
