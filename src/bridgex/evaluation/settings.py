"""How a task is asked, whatever the task."""

from pydantic import Field

from bridgex.fields import Fields
from bridgex.tasks.base import Answering, Style


class TaskSettings(Fields):
    """How a task is asked.

    Attributes:
        items: the most items to evaluate; None for all.
        shots: solved examples before each prompt; never evaluated.
        answer: by the ``likelihood`` of the options or to ``generate``; None for the task's way.
        prompt: ``default``, or ``paper`` for the prompts and reading of Xu et al. (2025).
        chat: whether prompts are wrapped in the model's chat template.
        metrics: learned metrics of translation, beside chrF++ and BLEU: ``comet``,
            ``comet=NAME_OR_PATH``.
    """

    items: int | None = Field(default=None, ge=1)
    shots: int = Field(default=0, ge=0)
    answer: Answering | None = None
    prompt: Style = "default"
    chat: bool = False
    metrics: tuple[str, ...] = ()
