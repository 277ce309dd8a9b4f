"""How a task is to be read, and where its texts are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bridgex.languages import Language
from bridgex.tasks.scoring import Rule
from bridgex.texts import Lexicon

Answering = Literal["likelihood", "generate"]
Style = Literal["default", "lm-eval", "paper"]
InstructionLanguage = Literal["target", "source", "bridge", "english"]


class TaskTexts(Protocol):
    """Where a task's reader finds its texts; `bridgex.inputs.Texts` is one.

    Attributes:
        split: ``dev``, ``test``, …, where a language has several files; None where none is named.
    """

    @property
    def split(self) -> str | None:
        """The split to read."""

    def lexicon_of(self, source: Language, target: Language) -> Lexicon:
        """Return the dictionary of a pair; raises `TextError` where there is none."""

    def dictionaries_into(
        self, bridges: Sequence[Language], source: Language
    ) -> Mapping[str, Lexicon]:
        """Return code → dictionary from the source, of those bridges that have one."""

    def benchmark_folder(
        self, task: str, benchmark: str, languages: Sequence[Language] = ()
    ) -> Path | None:
        """Return the folder of a task's benchmark, or None where none is given or fetched.

        It has the files of the languages, where they are fetched when they are needed.
        """


@dataclass(frozen=True)
class TaskRequest:
    """How a task is to be read.

    Attributes:
        items: the most items to evaluate; None for all.
        style: of the prompts, where the task has it; see `bridgex.tasks.templates`.
        answering: by ``likelihood`` of the options or to ``generate``; None for the task's own way.
        bridges: languages whose dictionaries a task of words is to have, for solved examples.
        instruction_language: whose words the prompts have around their texts; None for the task's
            own way.
        scoring: the rule by which an option is the answer; None for the task's own.
        seed: of the draw of items, where there are more than are to be evaluated.
        chat: whether a chat model is asked.
        metrics: learned metrics to measure by, beside the task's own.
    """

    items: int | None = None
    style: Style = "default"
    answering: Answering | None = None
    bridges: tuple[Language, ...] = ()
    instruction_language: InstructionLanguage | None = None
    scoring: Rule | None = None
    seed: int = 0
    chat: bool = False
    metrics: tuple[str, ...] = ()
