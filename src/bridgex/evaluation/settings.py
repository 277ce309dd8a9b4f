"""How a task is asked, whatever the task."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bridgex.fields import checked
from bridgex.tasks.base import Answering, Style


class TaskSettings(BaseModel):
    """How a task is asked.

    Attributes:
        items: the most items to evaluate; None for all.
        shots: solved examples before each prompt; never evaluated.
        answer: by the ``likelihood`` of the options or to ``generate``; None for the task's way.
        prompt: ``default``, or ``paper`` for the prompts and reading of Xu et al. (2025).
        chat: whether prompts are wrapped in the model's chat template.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: int | None = Field(default=None, ge=1)
    shots: int = Field(default=0, ge=0)
    answer: Answering | None = None
    prompt: Style = "default"
    chat: bool = False


def asking_of(**fields: Any) -> TaskSettings:
    """Return settings from fields as a user gives them.

    Raises:
        RequestError: a field is unknown, or of the wrong type or out of range.
    """
    return checked(TaskSettings, fields)
