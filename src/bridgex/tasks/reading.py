"""Reading a task by its name or class, or asking one with items of one's own as requested."""

from collections import Counter
from dataclasses import replace

from bridgex.errors import RequestError
from bridgex.languages import Language
from bridgex.tasks import TASKS, task_named
from bridgex.tasks.base import Task, TaskRequest, TaskTexts


def read_task(
    task: str | type[Task],
    request: TaskRequest,
    source: Language,
    target: Language,
    texts: TaskTexts,
) -> Task:
    """Read a task's items for a language pair.

    Args:
        task: its name, its benchmark's name, or its class.
        request: how it is to be read.
        source: language of what is read.
        target: language of what is asked and answered.
        texts: where dictionaries and benchmarks are.

    Raises:
        RequestError: no such task, a style or way of answering that it does not have, no folder
            for its data, or no item to evaluate.
        TextError: data missing or damaged.
    """
    kind = task_named(task) if isinstance(task, str) else task
    _check(kind, request)
    read = kind.read(request, source, target, texts).measured_by(request.metrics)
    _check_items(read)
    return read


def asked_as(task: Task, request: TaskRequest) -> Task:
    """Return a task that has its items already, asked as a request says.

    Raises:
        RequestError: a style or way of answering that it does not have, two items with one id, or
            no item to evaluate.
    """
    style = task.style if request.style == "default" else request.style
    _check(type(task), replace(request, style=style))
    asked = replace(
        task,
        items=task.items[: request.items],
        style=style,
        answering=request.answering or task.answering,
    ).measured_by(request.metrics)
    _check_items(asked)
    return asked


def _check_items(task: Task) -> None:
    if not task.items:
        raise RequestError(
            f"No item of {task.name} is left to evaluate for "
            f"{task.source.name}–{task.target.name}; give more data, or more --items."
        )
    ids = Counter(item.id for item in (*task.items, *task.development, *task.examples))
    twice = [name for name, times in ids.items() if times > 1]
    if twice:
        raise RequestError(
            f"{task.name} has two items with the id '{twice[0]}'; items to evaluate, develop on "
            "and show solved each need an id of their own."
        )


def _check(kind: type[Task], request: TaskRequest) -> None:
    if request.style not in kind.styles:
        others = [name for name in TASKS if request.style in TASKS[name].styles]
        raise RequestError(
            f"The paper has no prompts for {kind.name}; it has them for {' and '.join(others)}. "
            f"Leave out --prompt {request.style}."
        )
    ways = kind.answerings(request.style)
    if request.answering is not None and request.answering not in ways:
        same = ways == kind.answerings("default")
        what = kind.name if same else f"{kind.name} in the paper's style"
        only = "freely" if ways == ("generate",) else "by the likelihood of its options only"
        raise RequestError(f"{what} is answered {only}; leave out --answer {request.answering}.")
