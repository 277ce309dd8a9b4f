"""A language's tag: language, script, region and variant in this order.

In any case, with ``-`` or ``_`` between them: ``he``, ``heb_Hebr``, ``jv-ID``, ``cmn_hans_cn``,
``cat_Latn_vale1252``. What a tag may have is what IANA registers, as ``langcodes`` knows it.
English names are as good as tags (``chinese_traditional``).
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex import languages
from bridgex.errors import UnknownLanguageError
from bridgex.languages import Language, without_script

SEPARATOR = re.compile(r"([-_@])")
_CODE = re.compile(r"[a-z]{2,3}", re.IGNORECASE)
_REGION = re.compile(r"[a-z]{2}|[0-9]{3}", re.IGNORECASE)
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})
_DEPRECATED = frozenset({"in", "iw", "ji", "jw", "mo", "sh"})
"""Codes that ISO 639-1 withdrew; none is a part of a pair's name today."""

_SHARE = 0.01
"""Share of a language's speakers that a region has where a name may mean it: Taiwan has 0.017 of
those of Chinese (``zh-tw``), the Virgin Islands 0.00005 of those of English (``en-vi``)."""


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text that spaces separate."""
    return frozenset(words.split())


WORDS = word_set(
    """all ann any app bin bpe cow csv dat dev doc for hyp key lab lex log low lmf map mix not num
    old one out par pos raw ref res row sen sep set sub sum src tab tag tar ted tes the tmp tok top
    trg tgt tst tsv txt val vec web xml"""
)
"""Words of file names that are ISO 639-3 codes as well (``dev`` is Domung, ``val`` Vehes, ``vec``
Venetian): such a tag counts where nothing else states a language, or where a pair confirms it."""

SENTENCE = word_set(
    """a all and any are at by can did do does for from get how if into let make not of on our see
    that the their these this those too up use was what when where which who why will with yes you
    your"""
)
SPLITS = word_set("dev devtest test train training val valid validation eval part shard")


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
        is_word = self.subtag in WORDS or self.subtag in SENTENCE
        text = self.text.casefold().replace("_", "-")
        return is_word and text in (self.subtag, f"{self.subtag}-{self.region}")


@functools.lru_cache(maxsize=65536)
def read_tag(text: str) -> Tag | None:
    """Return the language that a text names as a tag, or None where it is no tag as a whole."""
    tag = _parse(text)
    pieces = pieces_of(text)
    if not tag or not tag.region or len(pieces) != 2:
        return tag
    kind = _pair_or_place(*pieces, underscore="_" in text)
    return None if kind == "pair" else replace(tag, doubtful=kind == "doubtful")


@functools.lru_cache(maxsize=65536)
def read_column(text: str) -> Tag | None:
    """Return the language that the name of a column states as a tag.

    A column is of one language, so that ``fr-be`` is French, where a file may be French–Belarusian.
    With an underscore it may have a word beside (``he_id``, the number of a Hebrew word).
    """
    tag = read_tag(text) if "_" in text else _parse(text)
    return replace(tag, doubtful=False) if tag else None


def pieces_of(text: str) -> list[str]:
    """Return what stands between the separators of a tag."""
    return SEPARATOR.split(text)[::2]


def _parse(text: str) -> Tag | None:
    """Return the language of a tag in which a region is a region."""
    pieces = pieces_of(text)
    subtag, *rest = (piece.casefold() for piece in pieces)
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
    try:
        plain = languages.find("-".join(filter(None, (subtag, script, region))))
        language = languages.find(f"{plain.code}_{variant}") if variant else plain
    except UnknownLanguageError:
        return None
    return Tag(text, language, plain, subtag, region, variant)


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
        written = languages.find(f"{language.code}-{script}") if script else language
    except UnknownLanguageError:
        return None
    return Tag(text, written, written, written.code)


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
    language = languages.find(name)
    known = len(without_script(language).code) == 2 or language.endonym != language.name
    return language if known else None


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

    if not (piece.isascii() and piece.isalpha()) or len(piece) < 4 or piece in SPLITS:
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
    speakers = langcodes.get(f"{language.language}-{region}").speaking_population()
    likely = langcodes.get(f"und-{region}").maximize().language == language.language
    if (underscore or likely) and speakers >= _SHARE * language.speaking_population() > 0:
        return "doubtful"
    return "pair"
