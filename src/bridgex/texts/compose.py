"""Dictionaries composed through a pivot language: source–pivot ∘ pivot–target.

A translation is scored by how many pivot words lead to it. Tanaka and Umemura (1994) showed why:
one pivot word with two meanings links words that have nothing to do with each other (Indonesian
*bulan* – English *moon*, *month* – …), and two pivot words seldom err the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from bridgex.errors import RequestError, TextError
from bridgex.texts.lexicon import Lexicon
from bridgex.texts.provenance import provenance_of_both
from bridgex.texts.words import fold


class Composition(BaseModel):
    """What composing asks of a translation.

    Attributes:
        paths: the fewest pivot words that must lead to it.
        translations: the most translations, into either language, that a pivot word may have and
            still be used: a word of many meanings, or a function word, links what does not belong
            together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    paths: int = Field(default=1, ge=1)
    translations: int = Field(default=8, ge=1)


@dataclass(frozen=True)
class Composed:
    """A composed dictionary and how it came about.

    Attributes:
        lexicon: source words in the order of the first dictionary; the translations that most
            pivot words lead to first, then by the sum over these of 1 / (source words · target
            words of the pivot word), then in the order of the dictionaries.
        through: source word → translation → the pivot words that lead to it, folded.
        left_out: the pivot words, folded, with too many translations.
    """

    lexicon: Lexicon
    through: Mapping[str, Mapping[str, tuple[str, ...]]]
    left_out: frozenset[str]


def compose(first: Lexicon, second: Lexicon, settings: Composition | None = None) -> Composed:
    """Compose source–pivot and pivot–target into source–target.

    Pivot words meet when they are equal after ``fold``.

    Raises:
        RequestError: the first dictionary does not end in the language in which the second starts.
        TextError: no pivot word links the two under these settings.
    """
    pivot = first.target
    if pivot != second.source:
        raise RequestError(
            f"{first.source}-{pivot} and {second.source}-{second.target} have no pivot in common; "
            "give dictionaries into and out of one language."
        )
    settings = settings or Composition()
    out_of = _by_pivot((fold(word, pivot), target) for word, target in second.pairs())
    into = _by_pivot((fold(word, pivot), source) for source, word in first.pairs())
    widths = {word: (len(into[word]), len(out_of[word])) for word in into if word in out_of}
    usable = {word for word, width in widths.items() if max(width) <= settings.translations}

    through: dict[str, dict[str, tuple[str, ...]]] = {}
    for source, words in first.entries.items():
        via = dict.fromkeys(folded for word in words if (folded := fold(word, pivot)) in usable)
        linked: defaultdict[str, list[str]] = defaultdict(list)
        for word in via:
            for target in out_of[word]:
                linked[target].append(word)
        weight = {
            target: (len(by), sum(1 / (widths[word][0] * widths[word][1]) for word in by))
            for target, by in linked.items()
            if len(by) >= settings.paths
        }
        if weight:
            ordered = sorted(weight, key=weight.__getitem__, reverse=True)
            through[source] = {target: tuple(linked[target]) for target in ordered}
    left_out = frozenset(widths.keys() - usable)
    step = (
        f"composed through {pivot} (paths ≥ {settings.paths}, translations ≤ "
        f"{settings.translations}, pivot words left out for that: {len(left_out)})"
    )
    if not through:
        raise TextError(
            f"Composing {first.source.name}–{second.target.name} through {pivot.name} gives no "
            "word pair; use larger dictionaries or a wider composition."
        )
    provenance = provenance_of_both(first.provenance, second.provenance).then(step)
    entries = {source: tuple(targets) for source, targets in through.items()}
    return Composed(Lexicon(first.source, second.target, entries, provenance), through, left_out)


def _by_pivot(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, None]]:
    by_pivot: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for word, translation in pairs:
        by_pivot[word][translation] = None
    return dict(by_pivot)
