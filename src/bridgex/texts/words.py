"""When two words count as the same: the one folding used on answers and on dictionaries alike.

Decision: NFKC, not NFC. Models answer in full-width Latin letters, half-width kana and Arabic
presentation forms, which NFC keeps apart from the letters of the dictionary and NFKC does not. What
NFKC would wrongly merge (superscripts, fractions) does not occur in words.

Letters are exchanged only where a language writes one letter in several ways (`_SPELLINGS` has them
and their sources). What can tell two words apart stays: Arabic alif with and without hamza, ya and
alif maqsura, ta marbuta and ha, Latin letters with and without diacritics, German ß and ss,
traditional and simplified characters.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bridgex.languages import Language
from bridgex.texts.files import INVISIBLE, trimmed

_UNSEEN = re.compile(f"[{INVISIBLE}\u200c\u200d\ufe00-\ufe0f]")
_POINTS = {
    # Unicode block Hebrew: cantillation and vowel points, without maqaf, paseq, sof pasuq.
    "Hebr": re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"),
    # Unicode block Arabic: tatweel, harakat, superscript alif, honorifics and Quranic signs.
    "Arab": re.compile(
        "[\u0640\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
    ),
}
POINTED = frozenset(_POINTS)
"""Scripts whose points are left out where words are compared."""

_SPACING = re.compile("[´᾽᾿]")
"""Apostrophes that NFKC takes for a space and an accent."""

_APOSTROPHES = "‘’‚‛ʼʹ`′׳"
_ONE_SIGN = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys("“”„‟″״«»", '"'),
        **dict.fromkeys("‐‑‒–—−־", "-"),
    }
)
_ONE_LETTER = _ONE_SIGN | str.maketrans(dict.fromkeys(_APOSTROPHES + "'ʻʽꞌ", "ʼ"))


@dataclass(frozen=True)
class _Spelling:
    """How one language writes the same letter in several ways.

    Attributes:
        joined: sequences with a zero-width joiner → the letter they stand for.
        lower: a string in small letters.
        letters: letter → letter.
        order: sequences that are written in another order → the usual one.
        signs: table of apostrophes, quotes and hyphens.
    """

    joined: Mapping[str, str] = field(default_factory=dict)
    lower: Callable[[str], str] = str.casefold
    letters: Mapping[int, str] | Mapping[int, int] = field(default_factory=dict)
    order: tuple[re.Pattern[str], Callable[[re.Match[str]], str]] | None = None
    signs: Mapping[int, str] = field(default_factory=lambda: _ONE_SIGN)


def _dotless(text: str) -> str:
    """Unicode, CaseFolding.txt, status T: in Turkic languages I is the capital of ı."""
    return text.replace("I", "ı").replace("İ", "i").casefold()


def _with_eszett(text: str) -> str:
    """Amtliche Regelung der deutschen Rechtschreibung § 25: Maße are not Masse."""
    return "ß".join(part.casefold() for part in text.replace("ẞ", "ß").split("ß"))


def _undotted(written: re.Match[str]) -> str:
    return written[0].replace("\u0307", "")


def _vowel_then_tone(written: re.Match[str]) -> str:
    """Return two vowel signs as one, and the marks of a consonant with vowels before tones."""
    if written[0] in _TWICE:
        return _TWICE[written[0]]
    return "".join(sorted(written[0], key=lambda mark: mark in _TONES))


_TWICE = {"เเ": "แ", "ເເ": "ແ"}
_TONES = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0ec8\u0ec9\u0eca\u0ecb\u0ecc"
_MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"

_TONE_MARKS = ("òóỏõọ", "oòóỏõọ", "aàáảãạ", "eèéẻẽẹ", "yỳýỷỹỵ", "ùúủũụ")
_VIETNAMESE = {
    first[tone] + last[0]: plain + last[tone + 1]
    for plain, first, lasts in (
        ("o", _TONE_MARKS[0], (_TONE_MARKS[2], _TONE_MARKS[3])),
        ("u", _TONE_MARKS[5], (_TONE_MARKS[4],)),
    )
    for last in lasts
    for tone in range(5)
}
"""``òa`` → ``oà``, …, ``ụy`` → ``uỵ``."""

_ARABIC = "ar acm acq aeb afb ajp apc apd arb ars ary arz ayl"
_PERSIAN = "fa pes prs azb glk lrc mzn"
_URDU = "ur lah pnb skr"
_LETTER_APOSTROPHE = "uz haw to sm ty rap ha mt quc kek mam cak tzo yua nv"

_SPELLINGS: dict[tuple[str, str], _Spelling] = {
    # Unicode, SpecialCasing.txt, az and tr: "Preserve canonical equivalence for I with dot".
    **{
        (code, "Latn"): _Spelling(
            lower=_dotless,
            letters=str.maketrans({"ǝ": "ə"}) if code == "az" else {},
            order=(re.compile("i\u0307+"), _undotted),
        )
        for code in ("tr", "az", "crh", "gag")
    },
    # Unicode, SpecialCasing.txt, lt: i, j and į keep their dot below an accent.
    ("lt", "Latn"): _Spelling(order=(re.compile("[ijį]\u0307+"), _undotted)),
    ("de", "Latn"): _Spelling(lower=_with_eszett),
    # CLDR, exemplar characters: ʻ or ʼ is a letter; keyboards write it with what they have. As a
    # letter it is kept at the ends of a word: Uzbek togʻ (mountain), Hawaiian ʻai (to eat).
    **{(code, "Latn"): _Spelling(signs=_ONE_LETTER) for code in _LETTER_APOSTROPHE.split()},
    # Unicode, names list, U+0219 and U+021B: in Romanian a comma, in older files a cedilla.
    ("ro", "Latn"): _Spelling(letters=str.maketrans("şţ", "șț")),
    # Decision 1989/QĐ-BGDĐT (2018): the tone of oa, oe, uy stands on the last vowel, as it does
    # before a consonant; the older way puts it on the first.
    ("vi", "Latn"): _Spelling(
        order=(
            re.compile(f"(?:{'|'.join(_VIETNAMESE)})(?!\\w)"),
            lambda written: _VIETNAMESE[written[0]],
        )
    ),
    # The Unicode Standard, 16.1 and 16.2: vowels above and below come before tones; sara am is
    # typed after the tone, and its parts before and after it. Two signs e are no ae, but look so.
    **{
        (code, script): _Spelling(
            order=(re.compile(f"{'|'.join(_TWICE)}|[{_MARKS}]{{2,}}"), _vowel_then_tone)
        )
        for code, script in (("th", "Thai"), ("lo", "Laoo"))
    },
    # The Unicode Standard, 12.9: chillus were written with a joiner before version 5.1.
    ("ml", "Mlym"): _Spelling(
        joined={
            f"{letter}\u0d4d\u200d": chillu
            for letter, chillu in zip("ണനരറലളകമയഴ", "ൺൻർർൽൾൿൔൕൖ", strict=True)
        }
    ),
    # The Unicode Standard, 12.2: so was khanda ta before version 4.1.
    **{(code, "Beng"): _Spelling(joined={"ত\u09cd\u200d": "ৎ"}) for code in ("bn", "as")},
    # The Unicode Standard, 12.1, rule R5a: both spell the eyelash ra.
    **{
        (code, "Deva"): _Spelling(joined={"र\u094d\u200d": "ऱ\u094d"})
        for code in ("mr", "ne", "kok")
    },
    # Unicode, ArabicShaping.txt: letters of one form in most places, typed on another keyboard. In
    # Pashto, Sindhi and Uyghur they are different letters.
    **{
        (code, "Arab"): _Spelling(letters=str.maketrans("ٱیکہھۃ", "ايكههة"))
        for code in _ARABIC.split()
    },
    **{
        (code, "Arab"): _Spelling(letters=str.maketrans("ٱيىكۀ", "اییکه"))
        for code in _PERSIAN.split()
    },
    **{
        (code, "Arab"): _Spelling(letters=str.maketrans("ٱيىكهة", "اییکہۃ"))
        for code in _URDU.split()
    },
    # U+06D5 was written as ha and a non-joiner.
    ("ckb", "Arab"): _Spelling(joined={"ه\u200c": "ە"}, letters=str.maketrans("يىكھ", "ییکه")),
    ("ps", "Arab"): _Spelling(letters=str.maketrans("ك", "ک")),
}


SCHEME = "NFKC, casefold, points, spellings of languages"
"""What results that compare words are stored under; worded anew when a rule changes."""


@functools.cache
def _spelling(code: str, script: str) -> _Spelling:
    return _SPELLINGS.get((code.partition("_")[0], script), _Spelling())


def fold(word: str, language: Language) -> str:
    """Return the form of ``word`` in which it is compared with other words of ``language``.

    NFKC and casefolded; without invisible characters; Hebrew script without points, Arabic script
    without harakat and tatweel; one sign for every kind of apostrophe, quote and hyphen; one
    spelling where a language has several for a letter; without quotes, punctuation and white space
    at the ends (a word of nothing else is kept as it is). Folding twice changes nothing.
    """
    spelling = _spelling(language.code, language.script)
    text = word if word.isascii() else unicodedata.normalize("NFKC", _SPACING.sub("'", word))
    if spelling.joined:
        for sequence, letter in spelling.joined.items():
            text = text.replace(sequence, letter)
    text = spelling.lower(text)
    if not text.isalpha():
        text = _UNSEEN.sub("", text)
    if points := _POINTS.get(language.script):
        text = points.sub("", text)
    text = unicodedata.normalize("NFKC", text)
    if spelling.letters:
        text = text.translate(spelling.letters)
    if spelling.order:
        text = unicodedata.normalize("NFKC", spelling.order[0].sub(spelling.order[1], text))
    text = text.translate(spelling.signs)
    if text.isalpha():
        return text
    text = trimmed(text)
    first, last = 0, len(text)
    while first < last and not _belongs(text[first]):
        first += 1
    while last > first and not _belongs(text[last - 1]):
        last -= 1
    return text[first:last] or text


def unpointed(word: str, language: Language) -> str:
    """Return ``word`` without Hebrew points or Arabic harakat and tatweel, in their script only."""
    points = _POINTS.get(language.script)
    return (points.sub("", word) or word) if points else word


def _belongs(character: str) -> bool:
    """Whether a character at the end of a word is part of it: letter, mark, digit or symbol."""
    return unicodedata.category(character)[0] in "LMNS"
