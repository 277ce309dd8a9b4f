"""Reading a task's data for one language pair."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bridgex.errors import RequestError, TextError, nearest
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.tasks.base import Answering, Item, Style, Task
from bridgex.tasks.bli import Bli, bli
from bridgex.tasks.choice import Choice
from bridgex.tasks.commonsense import Commonsense, commonsense_item
from bridgex.tasks.mathematics import Mathematics, mathematics_item
from bridgex.tasks.mrc import Mrc, mrc_item
from bridgex.tasks.nli import Nli, nli_item
from bridgex.tasks.split import EXAMPLES, Words, is_development, split_words
from bridgex.tasks.topic import Topic, topic_item
from bridgex.tasks.translation import Translation, translation_item
from bridgex.texts import Lexicon, read_lexicon, sample_lexicon
from bridgex.texts.benchmarks import read_benchmark

ToItem = Callable[[Any, Language], Item]

TASKS: Mapping[str, tuple[type[Task], ToItem | None]] = {
    "bli": (Bli, None),
    "mrc": (Mrc, lambda item, _target: mrc_item(item)),
    "nli": (Nli, nli_item),
    "commonsense": (Commonsense, commonsense_item),
    "mathematics": (Mathematics, lambda item, _target: mathematics_item(item)),
    "topic": (Topic, topic_item),
    "translation": (Translation, lambda item, _target: translation_item(item)),
}
"""Name → the task, and what makes its items of a benchmark's."""

ANSWERING: tuple[Answering, ...] = ("likelihood", "generate")
STYLES: tuple[Style, ...] = ("default", "paper")
Name = TypeVar("Name", bound=str)
Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class TaskRequest:
    """Which task, and how.

    Attributes:
        name: one of `TASKS`.
        data: the benchmark's folder; `bli` needs none.
        split: ``dev``, ``test``, …, where a language has several files.
        items: the most items to evaluate; None for all.
        style: ``default``, or ``paper`` where the paper has prompts for the task.
        answering: by ``likelihood`` of the options or to ``generate``; None for the task's own way.
    """

    name: str
    data: str | Path | None = None
    split: str | None = None
    items: int | None = None
    style: Style = "default"
    answering: Answering | None = None


def answering_named(name: str | None) -> Answering | None:
    """Return a way of answering by its name.

    Raises:
        RequestError: there is none of that name.
    """
    if name is None:
        return None
    return _one_of(name, ANSWERING, "--answer")


def style_named(name: str) -> Style:
    """Return a style of prompts by its name.

    Raises:
        RequestError: there is none of that name.
    """
    return _one_of(name, STYLES, "--prompt")


def _one_of(name: str, known: tuple[Name, ...], option: str) -> Name:
    for each in known:
        if each == name:
            return each
    raise RequestError(f"{option} {name} is not known; use {' or '.join(known)}.")


def read_task(
    request: TaskRequest,
    source: Language,
    target: Language,
    *,
    words: Words | None = None,
    dictionaries: Mapping[str, Lexicon] | None = None,
) -> Task:
    """Read a task's items for a language pair.

    Args:
        request: which task, and how.
        source: language of what is read.
        target: language of what is asked and answered.
        words: for `bli`, the dictionary of the pair in parts; the embedded words by default.
        dictionaries: for `bli`, code of a bridge → dictionary from the source into it.

    Raises:
        RequestError: no such task, a style or way of answering that it does not have, no folder
            for its data, or no item to evaluate.
        TextError: data missing or damaged.
    """
    kind, to_item = _known(request)
    if to_item is None:
        task: Task = bli(
            words or words_of(None, source, target),
            dictionaries=dictionaries,
            items=request.items,
            style=request.style,
        )
    else:
        task = _from_benchmark(request, kind, to_item, source, target)
    if not task.items:
        raise RequestError(
            f"No item of {request.name} is left to evaluate for {source.name}–{target.name}; "
            "give more data, or more --items."
        )
    return task


def _known(request: TaskRequest) -> tuple[type[Task], ToItem | None]:
    name = request.name
    if name not in TASKS:
        raise RequestError(
            f"There is no task '{name}'.{nearest(name, TASKS)} Use {', '.join(TASKS)}."
        )
    kind, to_item = TASKS[name]
    if request.style not in kind.styles:
        raise RequestError(
            f"The paper has no prompts for {name}; it has them for bli and mrc. Leave out "
            f"--prompt {request.style}."
        )
    scored = issubclass(kind, Choice)
    if request.answering == "likelihood" and (not scored or request.style == "paper"):
        what = f"{name} in the paper's style" if scored else name
        raise RequestError(f"{what} is answered freely; leave out --answer likelihood.")
    return kind, to_item


def _from_benchmark(
    request: TaskRequest, kind: type[Task], to_item: ToItem, source: Language, target: Language
) -> Task:
    if request.data is None:
        raise RequestError(
            f"The task {request.name} needs the folder of {kind.benchmark}; name it with --data."
        )
    read = read_benchmark(kind.benchmark, request.data, source, target, request.split)
    items = [to_item(item, target) for item in read.items]
    usable = [item for item in items if item.context.strip()]
    development = [item for item in usable if is_development(item.context)]
    evaluated = [item for item in usable if not is_development(item.context)]
    left_out = {
        "items with different answers in the two languages": len(read.left_out),
        "items without a text": len(items) - len(usable),
    }
    scored = issubclass(kind, Choice) and request.style != "paper"
    return kind(
        source=source,
        target=target,
        items=tuple(evaluated[: request.items]),
        development=tuple(development[EXAMPLES:]),
        examples=tuple(development[:EXAMPLES]),
        answering=request.answering or ("likelihood" if scored else "generate"),
        style=request.style,
        left_out={why: count for why, count in left_out.items() if count},
    )


def words_of(lexicon: Paths | None, source: Language, target: Language) -> Words:
    """Read the dictionary of a pair from given files, or else the embedded one, and divide it.

    Raises:
        TextError: the files are damaged or do not serve the pair, or there are no embedded words.
    """
    found = read_lexicon(lexicon, source, target) if lexicon else sample_lexicon(source, target)
    return split_words(found)


def words_if_any(lexicon: Paths | None, source: Language, target: Language) -> Words | None:
    """Return `words_of`, or None where no files are given and no embedded words serve the pair.

    Raises:
        TextError: the files are damaged or do not serve the pair.
    """
    if not lexicon and not {source, target} <= set(PAPER_LANGUAGES):
        return None
    return words_of(lexicon, source, target)


def dictionaries_into(
    bridges: Sequence[Language], source: Language, lexicon: Paths | None
) -> dict[str, Lexicon]:
    """Read dictionaries from the source into bridges, for solved examples.

    What the given files do not serve comes from the embedded words, and is missing where those do
    not have the languages either.
    """
    found = {bridge.code: _dictionary(lexicon, source, bridge) for bridge in bridges}
    return {code: each for code, each in found.items() if each}


def _dictionary(lexicon: Paths | None, source: Language, bridge: Language) -> Lexicon | None:
    if lexicon:
        try:
            return read_lexicon(lexicon, source, bridge)
        except TextError:
            pass  # the files serve the pair, and need not serve every bridge
    known = {source, bridge} <= set(PAPER_LANGUAGES)
    return sample_lexicon(source, bridge) if known else None
