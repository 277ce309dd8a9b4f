"""The language that a name states: of a file, a folder or a column.

A *tag* is language, script, region and variant in this order, in any case, with ``-`` or ``_``
between them: ``he``, ``heb_Hebr``, ``jv-ID``, ``cmn_hans_cn``, ``cat_Latn_vale1252``. What a tag
may hold is what IANA registers, as ``langcodes`` knows it. A name is read part by part, between
dots and spaces:

- a part that is a tag states the language (``newstest2019-ref.spa.txt``), the last one where there
  are several; a language that ISO 639-1 knows goes before one that only three letters name;
- a part that is two tags names a pair (``de-en``), and only another part says whose file it is
  (``europarl-v7.de-en.en``; ``eng-heb/test.trg``, the second one's); by itself it is nobody's;
- English names are as good as tags (``chinese_traditional``);
- where no part is a tag, one at the end, at the beginning or alone inside a part counts
  (``wn-wikt-heb``, ``deu_news_2023``);
- words are no languages, although most short ones are somebody's code (``how-to-use.de.txt``).
"""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bridgex import languages
from bridgex.errors import UnknownLanguageError
from bridgex.languages import PAPER_LANGUAGES, Language, without_script

_SEPARATOR = re.compile(r"([-_@])")
_CODE = re.compile(r"[a-z]{2,3}", re.IGNORECASE)
_REGION = re.compile(r"[a-z]{2}|[0-9]{3}", re.IGNORECASE)
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})
_DEPRECATED = frozenset({"in", "iw", "ji", "jw", "mo", "sh"})
"""Codes that ISO 639-1 withdrew; none is a part of a pair's name today."""

_PAPER_NAMES = frozenset(
    name.casefold() for each in PAPER_LANGUAGES for name in (each.name, each.endonym)
)

_SHARE = 0.01
"""Share of a language's speakers that a region has where a name may mean it: Taiwan has 0.017 of
those of Chinese (``zh-tw``), the Virgin Islands 0.00005 of those of English (``en-vi``)."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


WORDS = _set(
    """all ann any app bin bpe cow csv dat dev doc for hyp key lab lex log low lmf map mix not num
    old one out par pos raw ref res row sen sep set sub sum src tab tag tar ted tes the tmp tok top
    trg tgt tst tsv txt val vec web xml"""
)
"""Words of file names that are ISO 639-3 codes as well (``dev`` is Domung, ``val`` Vehes, ``vec``
Venetian): such a tag counts where nothing else states a language, or where a pair confirms it."""

_SENTENCE = _set(
    """a all and any are at by can did do does for from get how if into let make not of on our see
    that the their these this those too up use was what when where which who why will with yes you
    your"""
)
_SHORT_WORDS = _set("am an as be he hi id in is it max min my new no or so to")
"""Codes that are common English words: at the beginning of a part they count only beside words such
as ``train``, and never after a word of a sentence (``how-to``)."""
_SPLITS = _set("dev devtest test train training val valid validation eval part shard")


@dataclass(frozen=True, slots=True)
class Tag:
    """A language as a name states it.

    Attributes:
        text: the tag as it stands in the name.
        language: the language, in the script that the tag states or its region implies.
        plain: the same without the tag's variant.
        subtag: the language subtag alone, casefolded: ``nob`` of ``nob_Latn``.
        region: the region subtag, or None.
        variant: the variant, casefolded, or None.
        doubtful: whether it might as well name a pair: ``es-ar``, Spanish of Argentina or
            Spanish–Arabic.
    """

    text: str
    language: Language
    plain: Language
    subtag: str
    region: str | None = None
    variant: str | None = None
    doubtful: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether it is surely a language: one of ISO 639-1, or with a script or region."""
        return self.subtag != self.text.casefold() or len(self.plain.code) == 2

    @property
    def is_word(self) -> bool:
        """Whether it is rather a word of a name: ``dev``, ``how``, or ``log`` of ``log-in``."""
        words = self.subtag in WORDS or self.subtag in _SENTENCE
        return words and self.text.casefold() in (self.subtag, f"{self.subtag}-{self.region}")


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
    parts = [part for part in re.split(r"[.\s]+", name) if part]
    for part in parts:
        items = tuple(_items(part))
        tag = read_tag(part)
        both = _neighbours(items) or _confirmed_pair(part, parts)
        if both:
            pair = both
        elif tag and tag.is_word:
            unlikely.append(tag)
        elif tag and not (part.casefold() in _SHORT_WORDS and before in _SENTENCE):
            certain.append(tag)
        elif not tag:
            inside = _inside(items) or inside
        before = _text(items[-1])
    words = frozenset(_words(parts))
    if pair:
        codes = {each.language.code for each in pair}
        own = [each for each in (*certain, *unlikely) if each.language.code in codes]
        if not own:
            return Statement(None, pair, words)
        return Statement(replace(own[-1], doubtful=False), None, words)
    certain = [each for each in certain if each.is_certain] or certain
    return Statement(certain[-1] if certain else inside, None, words, tuple(unlikely))


@functools.lru_cache(maxsize=65536)
def read_tag(text: str) -> Tag | None:
    """Return the language that a text names as a tag, or None where it is no tag as a whole."""
    pieces = _SEPARATOR.split(text)[::2]
    subtag, *rest = (each.casefold() for each in pieces)
    if not _is_language(subtag):
        return _by_name(text, pieces)
    if rest and _is_extension(rest[0], of=subtag):
        subtag = rest.pop(0)
    elif [subtag, *rest] == ["zh", "min", "nan"]:  # registered whole, before there were extensions
        subtag, rest = "nan", []
    script = _script(rest[0]) if rest else None
    if script:
        rest.pop(0)
    region = rest.pop(0) if rest and _is_region(rest[0]) else None
    variant = rest.pop(0) if rest and languages.is_variant(rest[0]) else None
    if rest:
        return None
    doubtful = False
    if region and not script and len(pieces) == 2:
        kind = _pair_or_place(*pieces, underscore="_" in text)
        if kind == "pair":
            return None
        doubtful = kind == "doubtful"
    try:
        plain = languages.find("-".join(filter(None, (subtag, script, region))))
        found = languages.find(f"{plain.code}_{variant}") if variant else plain
    except UnknownLanguageError:
        return None
    return Tag(text, found, plain, subtag, region, variant, doubtful)


def _by_name(text: str, pieces: Sequence[str]) -> Tag | None:
    """Return the language of an English name, with a script or without: ``serbian_latin``.

    Only languages of ISO 639-1 or with a name of their own in CLDR: the names of others are English
    words (Even, Label, Mono). Those are found by the language asked for (`Statement.names`).
    """
    language, script = _language_named(" ".join(pieces)), None
    if not language and len(pieces) > 1 and (script := _script(pieces[-1].casefold())):
        language = _language_named(" ".join(pieces[:-1]))
    if not language:
        return None
    try:
        found = languages.find(f"{language.code}-{script}") if script else language
    except UnknownLanguageError:
        return None
    return Tag(text, found, found, found.code)


def _language_named(name: str) -> Language | None:
    from language_data.names import code_to_names, name_to_code

    name = name.casefold()
    if len(name) < len("thai") or not name.replace(" ", "").isalpha():
        return None
    code = name_to_code("language", name, "en")
    if not code:
        return None
    cldr = str(code_to_names(code).get("en")).casefold() == name
    if not cldr and name_to_code("language", name[:-1], "en") == code:
        return None  # only the beginning is a name: "english words"
    found = languages.find(name)
    known = len(without_script(found).code) == 2 or found.endonym != found.name
    return found if known else None


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, casefolded: its parts and their pieces."""
    return stated(name).words


def _words(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        folded = part.casefold()
        yield from (folded, _SEPARATOR.sub(" ", folded), *_SEPARATOR.split(folded)[::2])


def _items(part: str) -> Iterator[Tag | str]:
    """Yield the tags of a part, each as long as it can be, and the words between them."""
    pieces = _SEPARATOR.split(part)
    at = 0
    while at < len(pieces):
        ends = range(min(len(pieces), at + 9), at, -2)
        spans = ((end, read_tag("".join(pieces[at:end]))) for end in ends)
        end, tag = next(((end, tag) for end, tag in spans if tag), (at + 1, None))
        if tag and tag.is_word:
            end, tag = at + 1, None
        yield tag or pieces[at]
        at = end + 1


def _confirmed_pair(part: str, parts: Sequence[str]) -> tuple[Tag, Tag] | None:
    """Return the two tags of a part of which another part repeats one, though it be a word."""
    pieces = _SEPARATOR.split(part)
    for at in range(1, len(pieces), 2):
        one, other = read_tag("".join(pieces[:at])), read_tag("".join(pieces[at + 1 :]))
        if one and other and {one.text, other.text} & set(parts):
            return one, other
    return None


def _neighbours(items: Sequence[Tag | str]) -> tuple[Tag, Tag] | None:
    """Return the last two tags that stand side by side."""
    for one, other in reversed(list(pairwise(items))):
        if isinstance(one, Tag) and isinstance(other, Tag):
            return one, other
    return None


def _inside(items: Sequence[Tag | str]) -> Tag | None:
    """Return the tag of a part that holds other words, too."""
    texts = [_text(item) for item in items]
    tags = {
        at: item
        for at, item in enumerate(items)
        if isinstance(item, Tag) and texts[at] != "in"  # built-in; Indonesian is id today
    }
    last = len(items) - 1
    if last in tags and not (texts[last] in _SHORT_WORDS and texts[last - 1] in _SENTENCE):
        return tags[last]
    beside = texts[1:]
    if 0 in tags and beside[0] not in _SENTENCE:
        of_split = all(each in _SPLITS or each.isdigit() for each in beside)
        if of_split or texts[0] not in _SHORT_WORDS:
            return tags[0]
    others = [tag for at, tag in tags.items() if texts[at] not in _SHORT_WORDS and 0 < at < last]
    return others[0] if len(others) == 1 else None


def _text(item: Tag | str) -> str:
    return (item if isinstance(item, str) else item.text).casefold()


def _is_language(subtag: str) -> bool:
    import langcodes  # loads large tables

    if not (_CODE.fullmatch(subtag) and subtag.isascii()) or subtag in _NO_LANGUAGE:
        return False
    return bool(langcodes.tag_is_valid(subtag) or langcodes.get(subtag).is_valid())


def _is_extension(subtag: str, *, of: str) -> bool:
    """Whether a subtag names an individual language after its macrolanguage: ``zh-yue``."""
    from langcodes.data_dicts import MACROLANGUAGES

    return len(subtag) == 3 and MACROLANGUAGES.get(subtag) == of


def _script(piece: str) -> str | None:
    """The code of a script that a piece is, or names in English (``sr@latin``)."""
    import langcodes
    from language_data.names import code_to_names, name_to_code

    if not (piece.isascii() and piece.isalpha()) or len(piece) < 4 or piece in _SPLITS:
        return None
    if len(piece) == 4:
        return piece.title() if langcodes.tag_is_valid(f"und-{piece}") else None
    code = name_to_code("script", piece, "en")
    named = str(code_to_names(code).get("en")).casefold() if code else ""
    if named.split()[:1] != [piece]:  # the first word of "Traditional Han"
        return None
    return code if code == "Latn" or not _language_named(piece) else None


def _is_region(piece: str) -> bool:
    import langcodes

    return bool(_REGION.fullmatch(piece)) and bool(langcodes.tag_is_valid(f"und-{piece}"))


def _pair_or_place(first: str, second: str, *, underscore: bool) -> str:
    """Whether a language and a second code name a place (``jv-ID``), a pair or might be either.

    Case tells (``fr-CA``), where it is kept; else whether the second is a language at all; else
    whether the region is the language's likely one in CLDR. Where many speak it (``_SHARE``) and
    it is the region's likely language, or an underscore joins the two, it might be either.
    """
    import langcodes

    if second.isupper() and not first.isupper():
        return "place"
    if not _is_language(second.casefold()) or second.casefold() in _DEPRECATED:
        return "place"
    region = second.upper()
    if langcodes.get(first).maximize().territory == region:
        return "place"
    language = langcodes.get(first)
    there = langcodes.get(f"{language.language}-{region}").speaking_population()
    likely = langcodes.get(f"und-{region}").maximize().language == language.language
    if (underscore or likely) and there >= _SHARE * language.speaking_population() > 0:
        return "doubtful"
    return "pair"
