"""Tasks: benchmarks made into prompts, answers judged; `bridgex.tasks.base` is the protocol.

`TASKS` has the tasks that are known by name: the built-in ones, those that `register_task` adds,
and those of installed packages with an entry point in the group ``bridgex.tasks``:

.. code-block:: toml

    [project.entry-points."bridgex.tasks"]
    opposite = "my_package:Opposite"

A task's name and its benchmark's name both stand for it.
"""

import inspect
from collections.abc import Mapping

from bridgex.errors import RequestError
from bridgex.registry import Registry
from bridgex.tasks.base import Rows, Task
from bridgex.tasks.items import Item, PivotContext
from bridgex.tasks.outcomes import CorpusStats, Measure, Outcome
from bridgex.tasks.request import TaskRequest, TaskTexts

__all__ = [
    "TASKS",
    "CorpusStats",
    "Item",
    "Measure",
    "Outcome",
    "PivotContext",
    "Rows",
    "Task",
    "TaskRequest",
    "TaskTexts",
    "register_task",
    "task_named",
]


def _built_in() -> Mapping[str, type[Task]]:
    from bridgex.tasks.bli import Bli
    from bridgex.tasks.commonsense import Commonsense
    from bridgex.tasks.mathematics import Mathematics
    from bridgex.tasks.mrc import Mrc
    from bridgex.tasks.nli import Nli
    from bridgex.tasks.topic import Topic
    from bridgex.tasks.translation import Translation

    tasks = (Bli, Mrc, Nli, Commonsense, Mathematics, Topic, Translation)
    return {task.name: task for task in tasks}


def _checked(task: object) -> type[Task]:
    """Return what can be a task of the registry: a class whose items can be read by its name."""
    if not (isinstance(task, type) and issubclass(task, Task)):
        what = task.__name__ if isinstance(task, type) else repr(task)[:60]
        raise RequestError(f"{what} is not a subclass of bridgex.tasks.Task; register one.")
    if not isinstance(getattr(task, "name", None), str):
        raise RequestError(
            f"The task class {task.__name__} has no name; set it as a class variable."
        )
    if inspect.isabstract(task):
        missing = ", ".join(sorted(task.__abstractmethods__))
        raise RequestError(f"The task class {task.__name__} lacks {missing}; define it there.")
    overridden = [name for name in ("read", "rows") if not _inherits(task, name)]
    if not overridden or (overridden == ["rows"] and not task.benchmark):
        raise RequestError(
            f"The task class {task.__name__} does not say how its items are read; set benchmark "
            "and define rows(), or define read()."
        )
    return task


def _inherits(task: type[Task], method: str) -> bool:
    return getattr(task, method).__func__ is getattr(Task, method).__func__


TASKS: Registry[type[Task]] = Registry(
    "task",
    "bridgex.tasks",
    _built_in,
    _checked,
    own_name=lambda task: task.name,
    aliases=lambda task: (task.benchmark,) if task.benchmark else (),
)
"""Name → class of each task. Packages add theirs in the entry point group ``bridgex.tasks``."""


def register_task(task: type[Task]) -> type[Task]:
    """Make a task known by its name; usable as a decorator of the class.

    Raises:
        RequestError: it is no subclass of `Task`, lacks a name, a method or a way to read its
            items, or its name exists.
    """
    TASKS.register(_checked(task).name, task)
    return task


def task_named(name: str) -> type[Task]:
    """Return the task of a name, or of its benchmark's name: ``mrc``, ``belebele``.

    Raises:
        RequestError: there is none of that name; the nearest is suggested.
    """
    return TASKS[name]
