"""Reading a task by its name or class, or asking one with items of one's own as requested."""

from collections import Counter
from dataclasses import replace

from bridgex.errors import RequestError
from bridgex.languages import Language
from bridgex.tasks import task_named
from bridgex.tasks.base import Task
from bridgex.tasks.items import answerable, counted
from bridgex.tasks.request import TaskRequest, TaskTexts


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
        RequestError: no such task, one that needs two languages, a style, way of answering or rule
            of scoring that it does not have, no folder for its data, or no item to evaluate.
        TextError: data missing or damaged.
    """
    kind = task_named(task) if isinstance(task, str) else task
    _check(kind, request)
    _check_pair(kind, source, target)
    read = kind.read(request, source, target, texts).evaluated_on(request.items, request.seed)
    read = replace(
        read, instruction_language=request.instruction_language, chat=request.chat
    ).measured_by(request.metrics)
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
    _check_pair(type(task), task.source, task.target)
    items = answerable(task.items)
    empty = counted(items_with_an_empty_option=len(task.items) - len(items))
    asked = replace(
        task,
        items=tuple(items),
        style=style,
        instruction_language=request.instruction_language or task.instruction_language,
        chat=request.chat,
        answering=request.answering or task.answering,
        scoring=request.scoring or task.scoring,
        left_out={**task.left_out, **empty},
    ).evaluated_on(request.items, request.seed)
    asked = asked.measured_by(request.metrics)
    _check_items(asked)
    return asked


def _check_pair(kind: type[Task], source: Language, target: Language) -> None:
    if source == target and not kind.in_language:
        raise RequestError(
            f"{kind.name} goes from one language into another, and source and target are both "
            f"{source.name}; name two languages, or a task that can be done in one."
        )


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
        raise RequestError(
            f"{kind.name} has no prompts in the style {request.style}; its own are "
            f"{' and '.join(kind.styles)}. Use --prompt with one of them."
        )
    language = request.instruction_language
    told = request.chat and request.style == "default"
    if language not in {None, "target"} and not (told or kind.has_words(request.style)):
        raise RequestError(
            f"The {request.style} prompts of {kind.name} have no words of instruction to put in "
            f"another language; leave out --instruction-language {language}."
        )
    ways = kind.answerings(request.style)
    if request.scoring is not None and "likelihood" not in ways:
        raise RequestError(
            f"{kind.name} has no options to score; leave out --scoring {request.scoring}."
        )
    if request.scoring is not None and request.answering == "generate":
        raise RequestError(
            "What is generated is read, not scored; leave out --scoring or --answer generate."
        )
    if request.answering is not None and request.answering not in ways:
        same = ways == kind.answerings("default")
        what = kind.name if same else f"{kind.name} in the style {request.style}"
        only = "freely" if ways == ("generate",) else "by the likelihood of its options only"
        raise RequestError(f"{what} is answered {only}; leave out --answer {request.answering}.")
