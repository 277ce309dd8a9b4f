"""The language that a name states: of a file or a folder.

A name is read part by part, between dots and spaces:

- a part that is a tag (``bridgex.texts.tags``) states the language (``newstest2019-ref.spa.txt``),
  the last one where there are several; a language that ISO 639-1 knows goes before one that only
  three letters name;
- a part that is two tags names a pair (``de-en``), and only another part says whose file it is
  (``europarl-v7.de-en.en``; ``eng-heb/test.trg``, the second one's); by itself it is nobody's, and
  may be a dictionary's;
- where no part is a tag, one at the end, at the beginning or alone inside a part counts
  (``wn-wikt-heb``, ``deu_news_2023``);
- words are no languages, although most short ones are somebody's code (``how-to-use.de.txt``).
"""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts.tags import SENTENCE, SEPARATOR, SPLITS, Tag, pieces_of, read_tag, word_set

_PAPER_NAMES = frozenset(
    name.casefold() for language in PAPER_LANGUAGES for name in (language.name, language.endonym)
)

_SHORT_WORDS = word_set("am an as be he hi id in is it max min my new no or so to")
"""Codes that are common English words: at the beginning of a part they count only beside words such
as ``train``, and never after a word of a sentence (``how-to``)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a name says of the language of its content.

    Attributes:
        tag: the language's tag, or None.
        pair: the tags of a pair, where the name states one and not whose file it is.
        words: every part, and piece of a part, casefolded; a part also with spaces for separators.
        unlikely: tags that are rather words (``dev``), for where nothing states a language.
    """

    tag: Tag | None
    pair: tuple[Tag, Tag] | None
    words: frozenset[str]
    unlikely: tuple[Tag, ...] = ()

    def names(self, language: Language) -> bool:
        """Whether the English name of a language or its own is among the words."""
        return not self.words.isdisjoint({language.name.casefold(), language.endonym.casefold()})

    @property
    def states_a_language(self) -> bool:
        """Whether it says, by tag, pair or name, of which language or languages something is."""
        return bool(self.tag or self.pair) or not self.words.isdisjoint(_PAPER_NAMES)


@functools.lru_cache(maxsize=65536)
def stated(name: str) -> Statement:
    """Return what a file's or folder's name states, as the module says."""
    certain: list[Tag] = []
    inside: Tag | None = None
    pair: tuple[Tag, Tag] | None = None
    unlikely: list[Tag] = []
    before = ""
    parts = _parts(name)
    for part in parts:
        items = tuple(_items(part))
        tag = read_tag(part)
        both = _neighbours(items) or _confirmed_pair(part, parts)
        if both:
            pair = both
        elif tag and tag.is_word:
            unlikely.append(tag)
        elif tag and not (part.casefold() in _SHORT_WORDS and before in SENTENCE):
            certain.append(tag)
        elif not tag:
            inside = _inside(items) or inside
        before = _text(items[-1])
    words = frozenset(_words(parts))
    if pair:
        codes = {tag.language.code for tag in pair}
        own = [tag for tag in (*certain, *unlikely) if tag.language.code in codes]
        if not own:
            return Statement(None, pair, words)
        return Statement(replace(own[-1], doubtful=False), None, words)
    certain = [tag for tag in certain if tag.is_certain] or certain
    return Statement(certain[-1] if certain else inside, None, words, tuple(unlikely))


@functools.lru_cache(maxsize=65536)
def read_pair(name: str) -> tuple[Tag, Tag] | None:
    """Return the two languages that the name of a dictionary states, or None.

    They are a part of the name as a whole (``EN-zh_hans``, ``en-pt-BR``) or stand side by side in
    one (``wikt-en-he``). What may be a pair is one (``en-ca``), unless it is written as a place is:
    capitals after small letters (``ca-ES``), or an underscore before a likely region (``ca_es``).
    One side of a bitext (``de-en.en``) is of one language.
    """
    statement, parts = stated(name), _parts(name)
    whole = next((part for part in parts if _whole_pair(part)), None)
    pair = _whole_pair(whole) if whole else statement.pair
    if not pair or pair[0].language == pair[1].language:
        return None
    side = statement.tag
    if side and side.text != whole and side.text in parts:
        return None if side.language in (pair[0].language, pair[1].language) else pair
    return pair


def _whole_pair(part: str) -> tuple[Tag, Tag] | None:
    pieces, tag = pieces_of(part), read_tag(part)
    capitals = pieces[-1].isupper() and not pieces[0].isupper()
    if tag and not tag.doubtful and (len(pieces) > 2 or "_" in part or capitals):
        return None
    pairs = [
        pair
        for pair in _splits(part)
        if pair[0].language != pair[1].language and not (pair[0].is_word and pair[1].is_word)
    ]
    if not pairs:
        return None
    first, second = min(pairs, key=lambda pair: pair[0].doubtful + pair[1].doubtful)
    return replace(first, doubtful=False), replace(second, doubtful=False)


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[.\s]+", name) if part]


def _splits(part: str) -> Iterator[tuple[Tag, Tag]]:
    """Yield the ways in which a part is two tags and nothing else."""
    pieces = SEPARATOR.split(part)
    for separator in range(1, len(pieces), 2):
        first = read_tag("".join(pieces[:separator]))
        second = read_tag("".join(pieces[separator + 1 :]))
        if first and second:
            yield first, second


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, casefolded: its parts and their pieces."""
    return stated(name).words


def _words(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        folded = part.casefold()
        yield from (folded, SEPARATOR.sub(" ", folded), *SEPARATOR.split(folded)[::2])


def _items(part: str) -> Iterator[Tag | str]:
    """Yield the tags of a part, each as long as it can be, and the words between them."""
    pieces = SEPARATOR.split(part)
    start = 0
    while start < len(pieces):
        ends = range(min(len(pieces), start + 9), start, -2)
        spans = ((end, read_tag("".join(pieces[start:end]))) for end in ends)
        end, tag = next(((end, tag) for end, tag in spans if tag), (start + 1, None))
        if tag and tag.is_word:
            end, tag = start + 1, None
        yield tag or pieces[start]
        start = end + 1


def _confirmed_pair(part: str, parts: Sequence[str]) -> tuple[Tag, Tag] | None:
    """Return the two tags of a part of which another part repeats one, though it be a word."""
    pairs = (pair for pair in _splits(part) if {tag.text for tag in pair} & set(parts))
    return next(pairs, None)


def _neighbours(items: Sequence[Tag | str]) -> tuple[Tag, Tag] | None:
    """Return the last two tags that stand side by side."""
    for first, second in reversed(list(pairwise(items))):
        if isinstance(first, Tag) and isinstance(second, Tag):
            return first, second
    return None


def _inside(items: Sequence[Tag | str]) -> Tag | None:
    """Return the tag of a part that holds other words, too."""
    texts = [_text(item) for item in items]
    tags = {
        index: item
        for index, item in enumerate(items)
        if isinstance(item, Tag) and texts[index] != "in"  # built-in; Indonesian is id today
    }
    last = len(items) - 1
    if last in tags and not (texts[last] in _SHORT_WORDS and texts[last - 1] in SENTENCE):
        return tags[last]
    beside = texts[1:]
    if 0 in tags and beside[0] not in SENTENCE:
        of_split = all(word in SPLITS or word.isdigit() for word in beside)
        if of_split or texts[0] not in _SHORT_WORDS:
            return tags[0]
    middle = [
        tag for index, tag in tags.items() if texts[index] not in _SHORT_WORDS and 0 < index < last
    ]
    return middle[0] if len(middle) == 1 else None


def _text(item: Tag | str) -> str:
    return (item if isinstance(item, str) else item.text).casefold()
