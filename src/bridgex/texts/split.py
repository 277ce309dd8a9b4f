"""Words for probing, for development and for testing that share no word and no concept.

Words linked by any chain of translations are one *component* (equal after ``fold`` is the same
word) and go to one part together, so that no translation of a probed word, and no synonym of it, is
ever evaluated on. In a large dictionary such chains tie many words together (English–French of the
Open Multilingual Wordnet: 10,394 of 36,904): there the source words with the most translations are
left out until no component is too large. A translation is never left out: two words that share one
would be parted, and a synonym of a probed word would be evaluated on.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bridgex.errors import TextError
from bridgex.texts.lexicon import Lexicon
from bridgex.texts.words import fold

AT_ONCE = 100
"""The share of a component's source words, one in so many, that is left out at once."""

LEFT_OUT = -1
"""The component or part of a source word that has none."""


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

    Components are ordered by a hash of one of their source words with the seed, and each goes to
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
    words, word_of, links = _links(lexicon)
    components = _components(words, links, largest)
    sizes = _sizes(components)
    usable = sum(sizes)
    room = [_words(size, usable) for size in (probe, development)]
    room.append(usable - sum(room) if test is None else _words(test, usable))
    if sum(room) > usable or min(room) < 1:
        raise TextError(
            f"{usable} words of the {lexicon.source}-{lexicon.target} dictionary can be split, too "
            f"few for {room[0]} probe, {room[1]} development and "
            f"{'any' if test is None else room[2]} test words; ask for fewer or give a larger one."
        )
    part_of = [LEFT_OUT] * (len(sizes) + 1)  # the last one is that of words in no component
    last = LEFT_OUT if test is not None else 2
    for component in _order(words, components, len(sizes), seed):
        size = sizes[component]
        part = next((index for index, free in enumerate(room) if free >= size), last)
        if part != LEFT_OUT:
            room[part] -= size
            part_of[component] = part
    left_out = len(words) - usable
    entries: tuple[dict[str, tuple[str, ...]], ...] = {}, {}, {}
    for at, (word, targets) in zip(word_of, lexicon.entries.items(), strict=True):
        part = part_of[components[at]]
        if part != LEFT_OUT:
            entries[part][word] = targets
    made = [
        _part(lexicon, chosen, f"{name} words of a split, seed {seed}, {left_out} left out")
        for name, chosen in zip(("probe", "development", "test"), entries, strict=True)
    ]
    return Split(made[0], made[1], made[2], left_out)


def _part(lexicon: Lexicon, entries: Mapping[str, tuple[str, ...]], step: str) -> Lexicon:
    if not entries:
        raise TextError(
            f"No component of the {lexicon.source}-{lexicon.target} dictionary is small enough for "
            f"the {step.partition(' ')[0]} part; ask for more words there or for a lower `largest`."
        )
    return replace(lexicon, entries=entries, provenance=lexicon.provenance.then(step))


def _words(asked: float, usable: int) -> int:
    return round(asked * usable) if asked < 1 else int(asked)


def _links(lexicon: Lexicon) -> tuple[list[str], Sequence[int], Any]:
    """Number the words and link them by their translations.

    Returns:
        The source words, folded, each once; for each entry of the dictionary the place of its word
        among them; and a sparse matrix (source words, target words) that is not 0 where one
        translates the other.
    """
    import numpy as np
    from scipy import sparse

    sources: dict[str, int] = {}
    targets: dict[str, int] = {}
    word_of, rows, columns = array("l"), array("l"), array("l")
    for word, translations in lexicon.entries.items():
        row = sources.setdefault(fold(word, lexicon.source), len(sources))
        word_of.append(row)
        for translation in translations:
            rows.append(row)
            columns.append(targets.setdefault(fold(translation, lexicon.target), len(targets)))
    shape = len(sources), len(targets)
    links = sparse.coo_array((np.ones(len(rows), np.int32), (rows, columns)), shape).tocsr()
    return list(sources), word_of, links


def _components(words: Sequence[str], links: Any, largest: int) -> list[int]:
    """Return the component of each source word, none of more than ``largest`` source words.

    From a component that is too large, one in ``AT_ONCE`` of its source words is left out, those
    with the most translations first, until what remains has fallen into components small enough.
    """
    import numpy as np

    of_word = np.full(len(words), LEFT_OUT)
    degrees = np.diff(links.indptr)
    waiting = np.array(sorted(range(len(words)), key=lambda row: (-degrees[row], words[row])), int)
    count = 0
    while len(waiting):
        labels = _connected(links[waiting])
        sizes = np.bincount(labels)
        small = sizes[labels] <= largest
        renumbered = np.cumsum(sizes <= largest) - 1 + count
        of_word[waiting[small]] = renumbered[labels[small]]
        count += int((sizes <= largest).sum())
        waiting, labels = waiting[~small], labels[~small]
        by_label = np.argsort(labels, kind="stable")
        grouped = labels[by_label]
        place = np.arange(len(grouped)) - np.searchsorted(grouped, grouped)
        kept = np.sort(by_label[place > sizes[grouped] // AT_ONCE])
        waiting = waiting[kept]
    return list(map(int, of_word))


def _connected(links: Any) -> Any:
    """Return the connected component of each row of a matrix, rows that share a column together."""
    import numpy as np
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    rows = links.shape[0]
    used = np.zeros(links.shape[1], bool)
    used[links.indices] = True
    columns = np.cumsum(used) - 1 + rows
    nodes = rows + int(used.sum())
    ends = np.concatenate([links.indptr, np.full(nodes - rows, links.indptr[-1])])
    graph = sparse.csr_array((links.data, columns[links.indices], ends), (nodes, nodes))
    return connected_components(graph, directed=False)[1][:rows]


def _sizes(components: Sequence[int]) -> list[int]:
    counted = Counter(components)
    return [counted[component] for component in range(len(counted) - (LEFT_OUT in counted))]


def _order(words: Sequence[str], components: Sequence[int], count: int, seed: int) -> list[int]:
    """Return the components by a second hash of the source word whose hash with the seed is least.

    The least, so that a word more or less in a component seldom moves it; a second one, since the
    least of many is small, and the first part would get the words with the most synonyms.
    """
    least: list[bytes] = [b"\xff" * 33] * count
    for word, component in zip(words, components, strict=True):
        if component != LEFT_OUT:
            place = hashlib.sha256(f"{seed} {word}".encode()).digest()
            least[component] = min(least[component], place)
    return sorted(range(count), key=lambda component: hashlib.sha256(least[component]).digest())
