"""What a chat model is shown before it answers: instructions, solved examples, and what is asked.

Every part is the text of one turn. `bridgex.lm.chat` puts them in a model's chat template.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Conversation:
    """A conversation up to where the assistant is to answer.

    Attributes:
        prompt: what the user asks last.
        system: how to answer; empty where nothing is said about it.
        solved: solved examples, each what a user asked and what the assistant answered.
    """

    prompt: str
    system: str = ""
    solved: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return all turns in their order, without a template."""
        turns = [self.system, *(text for pair in self.solved for text in pair), self.prompt]
        return "\n\n".join(turn for turn in turns if turn)

    def messages(self, *, system_turn: bool = True) -> list[dict[str, str]]:
        """Return the turns as chat templates take them.

        Args:
            system_turn: whether the template has a turn of the system; without one, its text
                stands at the head of the user's first.
        """
        turns = [("user", self.prompt)]
        for asked, answered in reversed(self.solved):
            turns = [("user", asked), ("assistant", answered), *turns]
        if self.system and system_turn:
            turns = [("system", self.system), *turns]
        elif self.system:
            turns[0] = ("user", f"{self.system}\n\n{turns[0][1]}")
        return [{"role": role, "content": text} for role, text in turns]


Prompt: TypeAlias = str | Conversation
"""A text to continue, or a conversation to answer; in a chat a text is all that a user says."""


def conversation(prompt: Prompt) -> Conversation:
    """Return a prompt as a conversation."""
    return Conversation(prompt) if isinstance(prompt, str) else prompt
