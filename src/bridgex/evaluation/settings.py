"""How a task is asked, whatever the task."""

from pydantic import Field

from bridgex.fields import Fields
from bridgex.tasks.request import Answering, InstructionLanguage, Style
from bridgex.tasks.scoring import Rule


class TaskSettings(Fields):
    """How a task is asked.

    Attributes:
        items: the most items to evaluate, drawn with classes in their shares; None for all.
        seed: of that draw; a smaller draw is part of a larger one.
        shots: solved examples before each prompt; never evaluated.
        answer: by the ``likelihood`` of the options or to ``generate``; None for the task's way.
        scoring: the rule by which an option is the answer (`bridgex.tasks.scoring`); None for the
            task's own.
        prompt: ``default``, ``lm-eval`` for the prompts of lm-evaluation-harness, or ``paper`` for
            the prompts and reading of Xu et al. (2025).
        instruction_language: whose words prompts have around their texts: the ``target``
            language's, the ``source``'s, the ``bridge``'s (directly: the target's) or ``english``;
            None for the task's own way, which is English in a chat and else the target language.
        chat: whether prompts are wrapped in the model's chat template.
        metrics: learned metrics of translation, beside chrF++ and BLEU: ``comet``,
            ``comet=NAME_OR_PATH``.
    """

    items: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    shots: int = Field(default=0, ge=0)
    answer: Answering | None = None
    scoring: Rule | None = None
    prompt: Style = "default"
    instruction_language: InstructionLanguage | None = None
    chat: bool = False
    metrics: tuple[str, ...] = ()
