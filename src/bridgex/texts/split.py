"""Words for probing, for development and for testing that share no word and no concept.

Words linked by any chain of translations are one *component* (equal after ``fold`` is the same
word) and go to one part together, so that no translation of a probed word, and no synonym of it, is
ever evaluated on. In a large dictionary such chains tie many words together (English–French of the
Open Multilingual Wordnet: 10,394 of 36,904): there the source words with the most translations are
left out until no component is too large. A translation is never left out: two words that share one
would be parted, and a synonym of a probed word would be evaluated on.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bridgex.errors import TextError
from bridgex.texts.lexicon import Lexicon
from bridgex.texts.words import fold

Word = tuple[bool, str]
"""Whether it is of the target language, and the word, folded."""

Graph = dict[Word, set[Word]]

AT_ONCE = 100
"""The share of a component's source words, one in so many, that is left out at once."""


@dataclass(frozen=True)
class Split:
    """A dictionary in three parts, each in the order of the whole.

    Attributes:
        probe: words to rank bridges with.
        development: words to decide on settings with.
        test: words to report results on.
        left_out: number of source words left out, to part components that were too large.
    """

    probe: Lexicon
    development: Lexicon
    test: Lexicon
    left_out: int


def split_lexicon(
    lexicon: Lexicon,
    *,
    probe: float = 500,
    development: float = 100,
    test: float | None = None,
    seed: int = 0,
    largest: int = 50,
) -> Split:
    """Split a dictionary into probe, development and test words, the same way every time.

    Components are ordered by the least hash of their source words with the seed, and each goes to
    the first of the three parts that has room for it. So a word more or less in the dictionary
    moves only the words at the borders between the parts, and those it is linked to.

    Args:
        lexicon: the dictionary.
        probe: source words in this part: a number, or below 1 a share of the words that can be
            split. Spellings of one word (equal after ``fold``) count once.
        development: the same for the words to decide on settings with.
        test: the same for the words to report on; by default all the others.
        seed: another seed is another split.
        largest: the most source words that a component may have.

    Raises:
        TextError: the dictionary has too few words for these sizes, or a part would be empty.
    """
    pieces = list(_small_pieces(_graph(lexicon), largest))
    usable = sum(map(_sources, pieces))
    room = [_words(each, usable) for each in (probe, development)]
    room.append(usable - sum(room) if test is None else _words(test, usable))
    if sum(room) > usable or min(room) < 1:
        raise TextError(
            f"{usable} words of the {lexicon.source}-{lexicon.target} dictionary can be split, too "
            f"few for {room[0]} probe, {room[1]} development and "
            f"{'any' if test is None else room[2]} test words; ask for fewer or give a larger one."
        )
    part_of: dict[Word, int] = {}
    for piece in sorted(pieces, key=lambda piece: _place(piece, seed)):
        size = _sources(piece)
        last = 2 if test is None else None
        part = next((at for at, free in enumerate(room) if free >= size), last)
        if part is not None:
            room[part] -= size
            part_of |= dict.fromkeys(piece, part)
    left_out = len({fold(word, lexicon.source) for word in lexicon.entries}) - usable
    made = [
        _part(lexicon, part_of, at, f"{name} words of a split, seed {seed}, {left_out} left out")
        for at, name in enumerate(("probe", "development", "test"))
    ]
    return Split(made[0], made[1], made[2], left_out)


def _part(lexicon: Lexicon, part_of: Mapping[Word, int], part: int, step: str) -> Lexicon:
    entries = {
        word: targets
        for word, targets in lexicon.entries.items()
        if part_of.get((False, fold(word, lexicon.source))) == part
    }
    if not entries:
        raise TextError(
            f"No component of the {lexicon.source}-{lexicon.target} dictionary is small enough for "
            f"the {step.partition(' ')[0]} part; ask for more words there or for a lower `largest`."
        )
    return replace(lexicon, entries=entries, provenance=lexicon.provenance.then(step))


def _words(asked: float, usable: int) -> int:
    return round(asked * usable) if asked < 1 else int(asked)


def _graph(lexicon: Lexicon) -> Graph:
    graph: defaultdict[Word, set[Word]] = defaultdict(set)
    for word, translation in lexicon.pairs():
        one, other = (False, fold(word, lexicon.source)), (True, fold(translation, lexicon.target))
        graph[one].add(other)
        graph[other].add(one)
    return graph


def _small_pieces(graph: Graph, largest: int) -> Iterator[list[Word]]:
    """Yield components of at most so many source words, taking others out of ``graph`` for it."""
    waiting = _components(graph, graph)
    while waiting:
        piece = waiting.pop()
        if _sources(piece) <= largest:
            if len(piece) > 1:
                yield piece
            continue
        hubs = sorted((word for word in piece if not word[0]), key=lambda w: (-len(graph[w]), w))
        gone = set(hubs[: len(hubs) // AT_ONCE + 1])
        for hub in gone:
            for target in graph.pop(hub):
                graph[target].discard(hub)
        waiting += _components(graph, (word for word in piece if word not in gone))


def _components(graph: Graph, words: Iterable[Word]) -> list[list[Word]]:
    seen: set[Word] = set()
    found = []
    for word in words:
        if word in seen:
            continue
        seen.add(word)
        component = [word]
        for each in component:
            unseen = graph[each] - seen
            seen |= unseen
            component += unseen
        found.append(component)
    return found


def _sources(piece: Collection[Word]) -> int:
    return sum(not of_target for of_target, _ in piece)


def _place(piece: Iterable[Word], seed: int) -> bytes:
    """Return where a component stands: the least hash of its source words with the seed.

    The least, so that a word more or less in it seldom moves it.
    """
    return min(
        hashlib.sha256(f"{seed} {word}".encode()).digest()
        for of_target, word in piece
        if not of_target
    )
