"""Everything that is read for a pair before the model is asked anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex import languages
from bridgex.choosers import ChooserInput
from bridgex.choosers.recommend import DEVELOPMENT
from bridgex.errors import RequestError
from bridgex.evaluation.options import rule_of
from bridgex.evaluation.run import require_shots
from bridgex.evaluation.settings import TaskSettings
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.session import ModelSession
from bridgex.tasks.base import Task, TaskRequest, reason_text
from bridgex.tasks.bli import Bli
from bridgex.tasks.chinese import converted_task
from bridgex.tasks.reading import asked_as
from bridgex.tasks.reading import read_task as read_task_by_name
from bridgex.texts.limits import reading_limits

AnyTask = str | Task | type[Task]
"""A task by its name, as a class that reads its items, or with items of one's own."""


@dataclass(frozen=True)
class PairInput:
    """A pair and its candidates with everything read for them.

    Attributes:
        pair: source and target language.
        candidates: the bridges.
        words: word translation of the pair; None where no dictionary serves it.
    """

    pair: tuple[Language, Language]
    candidates: tuple[Language, ...]
    words: Bli | None

    def for_choosers(
        self,
        session: ModelSession,
        task: Task,
        texts: Texts,
        asking: TaskSettings,
    ) -> ChooserInput:
        """Return what choosers are given: without the items that are evaluated."""
        return ChooserInput(
            self.pair,
            self.candidates,
            session,
            replace(task, items=()),
            self.words and replace(self.words, items=()),
            self.words.probe if self.words else None,
            texts,
            asking.shots,
            asking.chat,
        )


def find_pair(source: str, target: str, *, in_language: bool = False) -> tuple[Language, Language]:
    """Look up source and target.

    Args:
        source: a language by any usual code or name.
        target: likewise.
        in_language: whether they may be the same.

    Raises:
        UnknownLanguageError: a language nothing recognises.
        RequestError: they are the same and may not be.
    """
    pair = languages.find(source), languages.find(target)
    if pair[0] == pair[1] and not in_language:
        raise RequestError(f"Source and target are both {pair[0].name}; name two languages.")
    return pair


def pair_named(text: str) -> tuple[Language, Language]:
    """Return the languages of ``source-target``.

    Raises:
        RequestError: it is no pair of two languages.
        UnknownLanguageError: a language nothing recognises.
    """
    source, hyphen, target = text.strip().partition("-")
    if not (source and hyphen and target) or "-" in target:
        raise RequestError(f"'{text}' is not a language pair; write source-target, such as id-he.")
    return find_pair(source, target)


def read_words(
    pair: tuple[Language, Language],
    bridges: Sequence[Language],
    texts: Texts,
    *,
    development: int = DEVELOPMENT,
) -> Bli | None:
    """Read word translation of a pair; None where no dictionary is given and none is embedded.

    Args:
        pair: source and target language.
        bridges: languages that may be gone through.
        texts: where dictionaries are read from.
        development: the most development words.

    Raises:
        TextError: given files are damaged, or do not serve the pair.
    """
    if not texts.may_have_lexicon(*pair):
        return None
    request = TaskRequest(bridges=tuple(bridges))
    return Bli.read(request, *pair, texts).developing_on(development)


def read_task(
    task: AnyTask,
    pair: tuple[Language, Language],
    bridges: Sequence[Language],
    texts: Texts,
    asking: TaskSettings,
) -> Task:
    """Return a task with its items of a pair.

    Raises:
        RequestError: no such task, a task of another pair or one that needs two languages, a way
            of asking it does not have, two items with one id, fewer solved examples than shots,
            words of a bridge without one, nothing to calibrate on, or no item to evaluate.
        TextError: data missing or damaged.
    """
    if asking.instruction_language == "bridge" and not bridges:
        raise RequestError(
            "--instruction-language bridge needs a strategy through a bridge; name one, or leave "
            "it out."
        )
    request = TaskRequest(
        items=asking.items,
        style=asking.prompt,
        answering=asking.answer,
        bridges=tuple(bridges),
        instruction_language=asking.instruction_language,
        scoring=asking.scoring,
        seed=asking.seed,
        metrics=asking.metrics,
        chat=asking.chat,
    )
    if isinstance(task, Task):
        if (task.source, task.target) != pair:
            raise RequestError(
                f"The task {task.name} has items of {task.source.name}–{task.target.name}, not "
                f"{pair[0].name}–{pair[1].name}; name its own pair."
            )
        source, target = texts.named((task.source, task.target), others_too=True)
        read = asked_as(replace(task, source=source, target=target), request)
    else:
        with reading_limits(texts.limits):
            read = read_task_by_name(task, request, *pair, texts)
        if texts.convert_chinese and read.benchmark:
            read = converted_task(read)
    require_shots(read, asking.shots)
    rule_of(read, asking.shots)
    return read


def task_notes(task: Task, bridges: Sequence[Language | None]) -> list[str]:
    """Say what was done to a task's texts, which items could not be used, which words are missing.

    Args:
        task: what is asked.
        bridges: what is gone through; None is directly.
    """
    steps = () if task.provenance is None else task.provenance.steps
    wording = [note for bridge in bridges for note in task.through(bridge).wording()]
    return [
        *(f"The texts of {task.name}: {step}." for step in steps),
        *(f"Left out: {count} {reason_text(why)}." for why, count in task.left_out.items()),
        *dict.fromkeys(wording),
    ]
