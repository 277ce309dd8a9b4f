"""One thing to answer, its context in a bridge language, and why others were left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridgex.languages import Language


@dataclass(frozen=True)
class Item:
    """One thing to answer.

    Attributes:
        id: its name in its benchmark.
        context: what stands in the source language, and what a bridge translates.
        accepted: the right answers, at least one; of a multiple choice, the right option. Where
            another option has the same text, that is right, too.
        query: what is asked about the context, in the target language or as the benchmark's name
            for it (``cause``).
        options: the answers to choose from, in the target language or as the benchmark's names of
            classes (``neutral``); empty where it is free text.
    """

    id: str
    context: str
    accepted: tuple[str, ...]
    query: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class PivotContext:
    """A context translated into a bridge language.

    Attributes:
        language: the bridge.
        text: the translation.
        keep_source: whether the original stays beside it, or is replaced by it.
    """

    language: Language
    text: str
    keep_source: bool = True


def answerable(items: Sequence[Item]) -> list[Item]:
    """Leave out items with an empty option, which nothing can be said for."""
    return [item for item in items if all(option.strip() for option in item.options)]


def one_line(text: str) -> str:
    """Return a text without line breaks, which end what a prompt quotes."""
    return " ".join(text.split())


def counted(**left_out: int) -> dict[str, int]:
    """Return the reasons for which something was left out."""
    return {reason: count for reason, count in left_out.items() if count}


def reason_text(reason: str) -> str:
    """Return a reason of `Task.left_out` in words: ``items without text``."""
    return reason.replace("_", " ")
