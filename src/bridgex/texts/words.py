"""When two words count as the same: the one folding used on answers and on dictionaries alike.

Decision: NFKC, not NFC. Models answer in full-width Latin letters, half-width kana and Arabic
presentation forms, which NFC keeps apart from the letters of the dictionary and NFKC does not. What
NFKC would wrongly merge (superscripts, fractions) does not occur in words.

Letters themselves are never exchanged: Arabic alif with and without hamza, ta marbuta and ha, Latin
letters with and without diacritics, traditional and simplified characters all stay different.
"""

import re
import unicodedata

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

_ONE_SIGN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼʹ`´′׳", "'"),
        **dict.fromkeys("“”„‟″״«»", '"'),
        **dict.fromkeys("‐‑‒–—−־", "-"),
    }
)


def fold(word: str, language: Language) -> str:
    """Return the form of ``word`` in which it is compared with other words of ``language``.

    NFKC and casefolded; without invisible characters; Hebrew script without points, Arabic script
    without harakat and tatweel; one sign for every kind of apostrophe, quote and hyphen; without
    quotes, punctuation and white space at the ends (a word of nothing else is kept as it is).
    Folding twice changes nothing.
    """
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", word).casefold())
    if points := _POINTS.get(language.script):
        text = points.sub("", text)
    text = trimmed(unicodedata.normalize("NFKC", text).translate(_ONE_SIGN))
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
