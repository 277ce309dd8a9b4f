"""Try every candidate on development items and take the best: the honest rival."""

from dataclasses import dataclass

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_items
from bridgex.errors import TextError
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.tasks.base import Task


@dataclass(frozen=True)
class Development:
    """Ranks by how the task goes through each bridge on its development items.

    They were set apart before anything asked which of them the model understands.
    """

    name: str = "development"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a task without development items; see `bridgex.choosers.base.require`.

        Raises:
            TextError: there are none.
        """
        require_items(inputs.task)

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by the mean score of development items; the direct prompt is tried beside them.

        Raises:
            TextError: the task has no development items.
        """
        with inputs.session.metered() as meter:
            runs = {
                candidate.code: tried(inputs, Strategy(candidate))
                for candidate in inputs.candidates
            }
            direct = tried(inputs, DIRECT)
        ranking = by_items(
            self.name,
            inputs,
            {code: each.scores for code, each in runs.items()},
            what="development items",
            direct=sum(direct.scores) / len(direct.scores),
            task=inputs.task.on_development().digest,
        )
        return Choice(ranking, self.name, meter.cost)


def tried(inputs: ChooserInput, strategy: Strategy) -> Run:
    """Do the task with a strategy on its development items; stored like any other run.

    Raises:
        TextError: there are none.
    """
    task = inputs.task
    require_items(task)
    return run(
        inputs.session, task.on_development(), strategy, shots=inputs.shots, chat=inputs.chat
    )


def require_items(task: Task) -> None:
    """Refuse a task without development items.

    Raises:
        TextError: there are none.
    """
    if not task.development:
        raise TextError(
            f"{task.name} has no development items for {task.source.name}–{task.target.name}; "
            "give more data."
        )
