"""Answers that were given elsewhere: evaluations in place of asking the model."""

from collections.abc import Sequence

from bridgex.errors import RequestError
from bridgex.evaluation.options import rule_of
from bridgex.evaluation.results import Evaluation
from bridgex.evaluation.run import Run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import AnyStrategy
from bridgex.tasks.base import Task


def measured_run(
    evaluations: Sequence[Evaluation], task: Task, strategy: AnyStrategy, shots: int
) -> Run | None:
    """Return the run of a strategy as evaluations have it; None where none does.

    Args:
        evaluations: that `require_measured` accepts.
        task: with its items.
        strategy: with its weights.
        shots: solved examples before each prompt.
    """
    for evaluation in evaluations:
        if evaluation.provenance.get("task") == task.digest:
            for result in evaluation.results:
                if result.strategy == str(strategy):
                    return Run(strategy, result.outcomes, shots, shots, 0, evaluation.scoring)
    return None


def require_measured(
    evaluations: Sequence[Evaluation], tasks: Sequence[Task], asking: TaskSettings
) -> None:
    """Refuse evaluations of other tasks, languages or items, or that asked in another way.

    Raises:
        RequestError: one is.
    """
    for evaluation in evaluations:
        what = f"The evaluation of {evaluation.task} {'-'.join(evaluation.pair)}"
        same = [
            task
            for task in tasks
            if (task.name, (task.source.code, task.target.code))
            == (evaluation.task, evaluation.pair)
        ]
        if not same:
            raise RequestError(
                f"{what} is of another task or pair than are validated; leave it out, or name its "
                "task and pair."
            )
        rule = rule_of(same[0], asking.shots)
        facts = evaluation.provenance
        if facts.get("task") != same[0].digest or facts.get("shots") != asking.shots:
            raise RequestError(
                f"{what} is on other items, or they were asked in another way (prompts, shots or "
                "answering); validate with the same options."
            )
        if evaluation.scoring != rule:
            raise RequestError(
                f"{what} scores options by {evaluation.scoring}, and {rule} is asked for; give "
                f"--scoring {evaluation.scoring}."
            )
