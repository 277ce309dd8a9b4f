"""The Chinese of a benchmark in the script of its language."""

from dataclasses import replace

from bridgex.tasks.base import Task
from bridgex.tasks.items import Item
from bridgex.texts import chinese


def converted_task(task: Task) -> Task:
    """Return a task whose Chinese texts are in the script of its language.

    Contexts are the source language's, queries, options and what is accepted the target's. Which
    items are evaluated does not change.

    Raises:
        TextError: OpenCC is not installed.
    """
    source, target = task.source, task.target
    scripts = [each.script for each in (source, target) if chinese.is_chinese(each)]
    if not scripts:
        return task

    def converted(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(
            replace(
                item,
                context=chinese.converted(item.context, source),
                query=chinese.converted(item.query, target),
                options=tuple(chinese.converted(text, target) for text in item.options),
                accepted=tuple(chinese.converted(text, target) for text in item.accepted),
            )
            for item in items
        )

    step = " and ".join(map(chinese.step, scripts))
    return replace(
        task,
        items=converted(task.items),
        development=converted(task.development),
        examples=converted(task.examples),
        provenance=task.provenance and task.provenance.then(step),
    )
