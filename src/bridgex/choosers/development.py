"""Try every candidate on development items and take the best: the honest rival."""

from dataclasses import dataclass

from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput, Cost
from bridgex.choosers.ranking import by_items
from bridgex.errors import TextError
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.strategies import DIRECT, Strategy


@dataclass(frozen=True)
class Development:
    """Ranks by how the task goes through each bridge on its development items.

    They were set apart before anything asked which of them the model understands.
    """

    name: str = "development"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank by the mean score of development items; evidence has ``direct`` beside it.

        Raises:
            TextError: the task has no development items.
        """
        runs = {each.code: tried(question, Strategy(each)) for each in question.candidates}
        direct = tried(question, DIRECT)
        score = sum(direct.scores) / len(direct.scores)
        best = max(sum(each.scores) / len(each.scores) for each in runs.values())
        return by_items(
            self,
            question,
            {code: each.scores for code, each in runs.items()},
            what="development items",
            cost=_cost(question),
            direct=score,
            advice="direct" if score >= best else "bridge",
            task=question.task.on_development().digest,
        )


def tried(question: ChooserInput, strategy: Strategy) -> Run:
    """Do the task with a strategy on its development items; stored like any other run.

    Raises:
        TextError: there are none.
    """
    task = question.task
    if not task.development:
        raise TextError(
            f"{task.name} has no development items for {task.source.name}–{task.target.name}; "
            "give more data."
        )
    return run(
        question.stages, task.on_development(), strategy, shots=question.shots, chat=question.chat
    )


def _cost(question: ChooserInput) -> Cost:
    """Direct: an answer per item; through a bridge: a rendering and an answer."""
    task, bridges = question.task, len(question.candidates)
    items = len(task.development)
    scored = task.answering == "likelihood"
    options = sum(len(each.options) for each in task.development) if scored else items
    answers = (bridges + 1) * options
    generated = bridges * items * task.pivot_generation.max_tokens
    if not scored:
        generated += answers * task.generation.max_tokens
    return Cost(bridges * items + answers, generated)
