"""How likely options are: for an item, about nothing, and on development items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridgex.conversation import Prompt
from bridgex.errors import RequestError
from bridgex.lm.backend import ScoredOptions
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.items import Item
from bridgex.tasks.sampling import drawn
from bridgex.tasks.scoring import OptionScores, Rule

CALIBRATORS = 32
"""Most development items that a label's mean is taken over."""
FEWEST_CALIBRATORS = 4
"""Fewest. On the embedded model and SIB-200 4 items come within 2 to 9 points of accuracy of what
32 give, and 8 within 6; that none of them is of some class costs less than a point."""


@dataclass(frozen=True)
class Prompts:
    """The prompts of a task that is answered by likelihood, each by the id of its item.

    Attributes:
        asked: of the items to evaluate.
        neutral: the same about an empty text; without those of which nothing is left.
        calibrators: of development items.
    """

    asked: Mapping[str, Prompt]
    neutral: Mapping[str, Prompt]
    calibrators: Mapping[str, Prompt]


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


def rule_of(task: Task, shots: int) -> Rule | None:
    """Return the rule by which an option is the answer; None where answers are generated.

    Where nobody asked for ``calibrated_batch``, ``calibrated`` takes its place on a task with too
    few development items.

    Raises:
        RequestError: ``calibrated_batch`` was asked for, and options differ from item to item, or
            there are too few development items.
    """
    if task.answering != "likelihood":
        return None
    rule = task.scoring or task.usual_scoring(task.style)
    found = len(calibrators(task, shots))
    if rule != "calibrated_batch" or found >= FEWEST_CALIBRATORS:
        return rule
    if task.scoring is None:
        return "calibrated"
    raise RequestError(
        f"calibrated_batch needs at least {FEWEST_CALIBRATORS} development items with the same "
        f"options as all others, and {task.name} has {found or 'none'} for {task.source.name}–"
        f"{task.target.name}; use --scoring calibrated, or give more data."
    )


def scoring_notes(task: Task, shots: int) -> list[str]:
    """Say where labels could not be compared on development items of every class."""
    rule, items = rule_of(task, shots), calibrators(task, shots)
    if rule is None or "calibrated_batch" not in {
        rule,
        task.scoring or task.usual_scoring(task.style),
    }:
        return []
    if rule != "calibrated_batch":
        return [
            "Labels are compared with what they are after an empty text (calibrated), since there "
            f"are {len(items) or 'no'} development items to compare them on."
        ]
    absent = {item.accepted[0] for item in task.items} - {item.accepted[0] for item in items}
    if not task.labelled or not absent:
        return []
    return [
        f"None of the {len(items)} development items that labels are compared on is of the class "
        f"{' or '.join(sorted(absent))}."
    ]


def choices_of(task: Task) -> dict[str, tuple[str, ...]]:
    """Return item id → its options as they follow a prompt, of every item of a task."""
    items = (*task.items, *task.development, *task.examples)
    return {item.id: task.choices(item) for item in items}


def score_options(
    session: ModelSession,
    choices: Mapping[str, Sequence[str]],
    prompts: Prompts,
    *,
    chat: bool,
    what: str,
) -> tuple[dict[str, OptionScores | None], int]:
    """Score each item's options, and everything that a rule may compare them with.

    Args:
        session: the model.
        choices: item id → its options as they follow the prompt.
        prompts: of `prepare`.
        chat: whether prompts are wrapped in the model's chat template.
        what: the line of progress.

    Returns:
        Item id → its scores, None where the prompt is longer than the context; and how many
        answers came from a batch that was split for lack of memory.
    """

    def scored(asked: Mapping[str, Prompt], what: str) -> dict[str, ScoredOptions]:
        options = [choices[name] for name in asked]
        values = session.score(list(asked.values()), options, chat=chat, what=what)
        return dict(zip(asked, values, strict=True))

    answers = scored(prompts.asked, what)
    neutral = scored(prompts.neutral, f"{what}, neutral")
    batch = scored(prompts.calibrators, f"{what}, development items")
    known = {name: values.nats for name, values in batch.items() if values.nats is not None}

    def of(name: str, values: ScoredOptions) -> OptionScores | None:
        if values.nats is None:
            return None
        return OptionScores.of(
            choices[name],
            values.nats,
            values.tokens,
            neutral=neutral[name].nats if name in neutral else None,
            batch=_mean([nats for other, nats in known.items() if other != name]),
        )

    splits = (each.oom_split for group in (answers, neutral, batch) for each in group.values())
    return {name: of(name, values) for name, values in answers.items()}, sum(splits)


def _mean(rows: Sequence[Sequence[float]]) -> tuple[float, ...] | None:
    return tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)) if rows else None
