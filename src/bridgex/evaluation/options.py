"""How likely options are: for an item, about nothing, and on development items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridgex.errors import RequestError
from bridgex.lm.backend import ScoredOptions
from bridgex.session import ModelSession
from bridgex.tasks.base import Item, Task
from bridgex.tasks.sampling import drawn
from bridgex.tasks.scoring import OptionScores, Rule

CALIBRATORS = 32
"""Most development items that a label's mean is taken over."""
FEWEST_CALIBRATORS = 4
"""Fewest. On the embedded model and SIB-200 4 items come within 1 to 9 points of accuracy of what
32 give, and 8 within 6; that none of them is of some class costs less than a point."""


@dataclass(frozen=True)
class Prompts:
    """The prompts of a task that is answered by likelihood, each by the id of its item.

    Attributes:
        asked: of the items to evaluate.
        neutral: the same about an empty text; without those of which nothing is left.
        calibrators: of development items.
    """

    asked: Mapping[str, str]
    neutral: Mapping[str, str]
    calibrators: Mapping[str, str]


def calibrators(task: Task, shots: int) -> tuple[Item, ...]:
    """Return the items that labels are compared on; none where options are not labels.

    They are the development items, and the examples that no prompt shows.
    """
    if task.answering != "likelihood":
        return ()
    items = (*task.development, *task.examples[shots:])
    if len({task.choices(item) for item in (*task.items, *items)}) > 1:
        return ()
    classes = [item.accepted[0] if task.labelled else "" for item in items]
    return tuple(items[at] for at in drawn([item.id for item in items], classes, CALIBRATORS, 0))


def settled_scoring(task: Task, shots: int, wanted: Rule | None) -> Task:
    """Return the task with a rule that its items allow, before the model is asked anything.

    Where nobody asked for ``calibrated_batch``, ``calibrated`` takes its place on a task with too
    few development items.

    Args:
        task: the task under the wanted or its usual rule.
        shots: solved examples that prompts show.
        wanted: the rule asked for; None for the task's own.

    Raises:
        RequestError: ``calibrated_batch`` was asked for, and options differ from item to item, or
            there are too few development items.
    """
    if task.answering != "likelihood" or task.scoring != "calibrated_batch":
        return task
    found = len(calibrators(task, shots))
    if found >= FEWEST_CALIBRATORS:
        return task
    if wanted is None:
        return replace(task, scoring="calibrated")
    raise RequestError(
        f"calibrated_batch needs at least {FEWEST_CALIBRATORS} development items with the same "
        f"options as all others, and {task.name} has {found or 'none'} for {task.source.name}–"
        f"{task.target.name}; use --scoring calibrated, or give more data."
    )


def scoring_notes(task: Task, shots: int) -> list[str]:
    """Say what labels were compared on, where that is less than one would wish."""
    if task.answering != "likelihood" or "calibrated" not in task.scoring or not task.labelled:
        return []
    items = calibrators(task, shots)
    usual = task.usual_scoring(task.style)
    if task.scoring == "calibrated" != usual and len(items) < FEWEST_CALIBRATORS:
        return [
            f"Labels are compared with an empty text, not with development items, of which there "
            f"are {len(items) or 'none'}."
        ]
    absent = sorted({item.accepted[0] for item in task.items} - {i.accepted[0] for i in items})
    if task.scoring == "calibrated" or not absent:
        return []
    return [
        f"Of the {len(items)} development items that labels are compared on, none is "
        f"{' or '.join(absent)}."
    ]


def score_options(
    session: ModelSession, task: Task, prompts: Prompts, *, chat: bool, what: str
) -> tuple[dict[str, OptionScores | None], int]:
    """Score each item's options, and everything that a rule may compare them with.

    Args:
        session: the model.
        task: the items.
        prompts: of `prepare`.
        chat: whether prompts are wrapped in the model's chat template.
        what: the line of progress.

    Returns:
        Item id → its scores, None where the prompt is longer than the context; and how many
        answers came from a batch that was split for lack of memory.
    """
    by_id = {item.id: item for item in (*task.items, *task.development, *task.examples)}

    def scored(asked: Mapping[str, str], what: str) -> dict[str, ScoredOptions]:
        options = [task.choices(by_id[name]) for name in asked]
        values = session.score(list(asked.values()), options, chat=chat, what=what)
        return dict(zip(asked, values, strict=True))

    answers = scored(prompts.asked, what)
    neutral = scored(prompts.neutral, f"{what}, neutral")
    batch = scored(prompts.calibrators, f"{what}, development items")
    known = {name: values.nats for name, values in batch.items() if values.nats is not None}

    def of(name: str, values: ScoredOptions) -> OptionScores | None:
        if values.nats is None:
            return None
        choices = [choice.strip() for choice in task.choices(by_id[name])]
        return OptionScores(
            values.nats,
            values.tokens,
            tuple(map(len, choices)),
            tuple(len(choice.encode()) for choice in choices),
            neutral[name].nats if name in neutral else None,
            _mean([nats for other, nats in known.items() if other != name]),
        )

    splits = (each.oom_split for group in (answers, neutral, batch) for each in group.values())
    return {name: of(name, values) for name, values in answers.items()}, sum(splits)


def _mean(rows: Sequence[Sequence[float]]) -> tuple[float, ...] | None:
    return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)) if rows else None
