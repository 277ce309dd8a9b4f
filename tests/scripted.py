"""A backend that answers by a rule, without a model, and keeps what it was asked."""

from collections.abc import Callable, Mapping, Sequence

from bridgex.conversation import Prompt
from bridgex.generation import GenerationSpec
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.session import Cost


class Scripted:
    """A backend that answers by a rule; of options, the first is the likeliest.

    Attributes:
        asked: prompts to continue, as they were given.
        scored: prompts whose options were to be scored.
        cost: what all of it came to.
    """

    def __init__(
        self,
        answer: Callable[[str], Generated],
        name: str = "scripted",
        *,
        date: str = "",
        stop_after: int | None = None,
    ) -> None:
        """Make a backend.

        Args:
            answer: prompt → answer.
            name: what it says that it is.
            date: what its chat template begins with.
            stop_after: after how many answers of a call it is interrupted.
        """
        self.answer, self.name, self.date, self.stop_after = answer, name, date, stop_after
        self.asked: list[str] = []
        self.scored: list[str] = []
        self.cost = Cost()

    @property
    def identity(self) -> Mapping[str, str]:
        return {"model": self.name}

    def given(self, prompts: Sequence[Prompt], *, chat: bool) -> list[str]:
        return [f"[{self.date}] {text}" if chat else str(text) for text in prompts]

    def generate(
        self,
        prompts: Sequence[Prompt],
        spec: GenerationSpec,
        *,
        chat: bool,
        on_result: Callable[[int, Generated], None],
    ) -> None:
        for at, text in enumerate(map(str, prompts)):
            self._interrupt(at)
            self.asked.append(text)
            answer = self.answer(text)
            self.cost += Cost(1, answer.tokens)
            on_result(at, answer)

    def score(
        self,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        on_result: Callable[[int, ScoredOptions], None],
    ) -> None:
        for at, (text, some) in enumerate(zip(map(str, prompts), options, strict=True)):
            self._interrupt(at)
            self.scored.append(text)
            self.cost += Cost(len(some))
            nats = tuple(-float(place) for place in range(len(some)))
            on_result(at, ScoredOptions(nats, (1,) * len(some)))

    def _interrupt(self, answered: int) -> None:
        if answered == self.stop_after:
            raise KeyboardInterrupt


def echo(name: str = "echo", *, date: str = "", stop_after: int | None = None) -> Scripted:
    """A backend that answers with its name and the prompt's length."""

    def answer(prompt: str) -> Generated:
        return Generated(f'"{name} {len(prompt)}"', 3)

    return Scripted(answer, name, date=date, stop_after=stop_after)


def reciting(words: Mapping[str, str]) -> Scripted:
    """A backend that answers the last word of a prompt from a dictionary."""

    def answer(prompt: str) -> Generated:
        word = prompt.rpartition(':"')[2].partition('"')[0]
        return Generated(f'"{words[word]}"\n', 3)

    return Scripted(answer, "reciting")
