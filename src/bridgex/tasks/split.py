"""Which words and items are evaluated, and which serve for examples, choosing and probing.

Every item has its place by the hash of its context alone, so that it stays there whatever else is
in the file and however many items are asked for.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridgex.texts import Lexicon, fold

EXAMPLES = 8
"""The most solved examples; the first development items are kept for them."""

_PLACES = 10


@dataclass(frozen=True)
class WordSplit:
    """A dictionary in parts that share no word: on the source side nor among the targets.

    Words are the same when they are after folding. The order of the dictionary is kept.

    Attributes:
        evaluated: words for `bli`.
        development: words for choosers and solved examples.
        probe: words for the probe of a ranking.
        identical: pairs left out since both sides are the same word.
        shared: words left out since they share a translation with an evaluated one.
    """

    evaluated: Lexicon
    development: Lexicon
    probe: Lexicon
    identical: int
    shared: int


def split_words(lexicon: Lexicon) -> WordSplit:
    """Divide a dictionary: four tenths are evaluated, one tenth develops, the rest is for probes.

    A development or probe word that shares an accepted translation with an evaluated word is of
    the same concept, and is left out; so is a development word that shares one with a probe word.
    """
    kept, identical = lexicon.without_identical()
    parts: list[dict[str, tuple[str, ...]]] = [{}, {}, {}]
    for word, targets in kept.entries.items():
        place = place_of(fold(word, lexicon.source))
        parts[0 if place < 4 else 1 if place < 5 else 2][word] = targets
    evaluated, development, probe = parts
    used = _folded(evaluated, lexicon)
    free_probe = _without(probe, used, lexicon)
    used |= _folded(free_probe, lexicon)
    free_development = _without(development, used, lexicon)
    shared = len(probe) + len(development) - len(free_probe) - len(free_development)
    return WordSplit(
        replace(lexicon, entries=evaluated),
        replace(lexicon, entries=free_development),
        replace(lexicon, entries=free_probe),
        identical,
        shared,
    )


def _folded(entries: Mapping[str, Sequence[str]], lexicon: Lexicon) -> set[str]:
    return {fold(target, lexicon.target) for targets in entries.values() for target in targets}


def _without(
    entries: Mapping[str, tuple[str, ...]], used: Iterable[str], lexicon: Lexicon
) -> dict[str, tuple[str, ...]]:
    taken = frozenset(used)
    return {
        word: targets
        for word, targets in entries.items()
        if taken.isdisjoint(fold(target, lexicon.target) for target in targets)
    }


def is_development(context: str) -> bool:
    """Tell whether an item with this context is for development: one in ten.

    All questions on one passage are on the same side.
    """
    return place_of(" ".join(context.split()).casefold()) == 4


def place_of(text: str) -> int:
    """Return the place of a text, 0 to 9."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % _PLACES
