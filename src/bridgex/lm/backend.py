"""What answers prompts: the model in this process, or a server that has the same model.

Two doors lead to a model. What reads inside it (capture, the logit lens) needs it in the process;
what only asks it goes through a `Backend`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridgex.conversation import Prompt
from bridgex.generation import GenerationSpec


@dataclass(frozen=True)
class Generated:
    """A continuation.

    Attributes:
        text: cut at the stop of the specification; None where the prompt leaves no room for it.
        tokens: number of tokens generated.
        oom_split: whether its batch had to be split for lack of memory.
    """

    text: str | None
    tokens: int = 0
    oom_split: bool = False


@dataclass(frozen=True)
class ScoredOptions:
    """How likely each option of a prompt is.

    Attributes:
        nats: log-probability of each option, summed over its tokens; None where the prompt with
            an option is longer than the context. All options are scored from the same place on;
            where one of them merges with the end of the prompt, that end is scored with each.
        tokens: number of tokens scored of each option.
        oom_split: whether its batch had to be split for lack of memory.
    """

    nats: tuple[float, ...] | None
    tokens: tuple[int, ...] = ()
    oom_split: bool = False


class Backend(Protocol):
    """Answers prompts, greedily and one by one the same whatever else is asked with them."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What determines its answers: model, device, dtype, versions, schemes."""

    def given(self, prompts: Sequence[Prompt], *, chat: bool) -> list[str]:
        """Return prompts as the model reads them: after the chat template where that is asked.

        For keys of what is stored; `generate` and `score` take prompts before the template.
        """

    def generate(
        self,
        prompts: Sequence[Prompt],
        spec: GenerationSpec,
        *,
        chat: bool,
        on_result: Callable[[int, Generated], None],
    ) -> None:
        """Continue prompts.

        Args:
            prompts: before the chat template; conversations only in a chat.
            spec: how long, and where to stop.
            chat: whether prompts are wrapped in the model's chat template.
            on_result: called with the position of a prompt and its continuation, as they come.
        """

    def score(
        self,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        on_result: Callable[[int, ScoredOptions], None],
    ) -> None:
        """Score the options of prompts.

        In a chat an option begins where the assistant's text does: white space before it gives way
        to what the template writes there, mostly nothing.

        Args:
            prompts: before the chat template; conversations only in a chat.
            options: of each prompt, at least one.
            chat: whether prompts are wrapped in the model's chat template.
            on_result: called with the position of a prompt and its scores, as they come.
        """
