"""Reading answers off what a model wrote: strictly, and the same way for every script.

What is read here is compared after `bridgex.texts.fold`, on both sides alike. Where there is no
answer to read the result is None: nothing is guessed, and no earlier answer is taken instead.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from bridgex.languages import Language
from bridgex.texts.files import trimmed
from bridgex.texts.words import fold

Stop = Literal["quotes", "line", "blank line"]
"""When the model may stop: after a whole quotation or line, a whole line, a whole paragraph."""

RULES: Mapping[Stop, str] = {
    "quotes": "quotes, letters around a mark keep it open",
    "line": "line",
    "blank line": "blank line",
}
"""What results are stored under, worded anew when a rule changes."""

_CLOSING = {
    '"': '"',
    "“": "”",
    "”": "”",
    "„": "“”„",
    "‟": "”",
    "״": "״",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "〝": "〞〟",
    "＂": "＂",
}
_SINGLE = {"'": "'", "‘": "’", "‚": "‘’", "`": "`'"}
"""Also apostrophes, so they quote only where they open the line."""

_HEBREW = "\u0591-\u05ea"
_LATIN = "A-Za-z0-9À-ɏ"
_GERSHAYIM = rf'(?<=[{_HEBREW}])["״](?=[{_HEBREW}])'
"""Marks an abbreviation (``דו"ח``), mostly before its last letter; no quotation ends there."""


def _quotation(start: str, stops: str, letters: str) -> str:
    """Return the pattern of a quotation; between two of the letters no stop ends it."""
    return f"{start}((?:[^{stops}]|(?<=[{letters}])[{stops}](?=[{letters}]))+)[{stops}]"


_QUOTED = re.compile(
    rf"(?!(?<=[{_HEBREW}])[\"״][{_HEBREW}](?![{_HEBREW}]))(?:"
    + "|".join(_quotation(start, stops, _HEBREW) for start, stops in _CLOSING.items())
    + ")|"
    + "|".join(f"^{_quotation(start, stops, _LATIN + _HEBREW)}" for start, stops in _SINGLE.items())
)
_OPENING = re.compile(f"^[{''.join(_CLOSING | _SINGLE)}]+")
_CUT = re.compile(f'(?!{_GERSHAYIM})"')

UNSPACED = frozenset({"Hans", "Hant", "Jpan", "Khmr", "Laoo", "Mymr", "Thai"})
"""Scripts without spaces between words."""

REPETITIONS, LONGEST_UNIT, REPEATED = 4, 80, 24
"""A text repeats when it ends in a unit of at most 80 characters, 4 times over 24 characters."""


def stopping(stop: Stop) -> Callable[[str], bool]:
    """Return what tells, for `bridgex.lm.generate`, whether a continuation needs no more."""

    def finished(written: str) -> bool:
        said = written.lstrip()
        ended = {
            "quotes": "\n" in said or _QUOTED.search(said) is not None,
            "line": "\n" in said,
            "blank line": re.search(r"\n\s*\n", said) is not None,
        }
        return ended[stop] or repeats(said)

    return finished


def repeats(written: str) -> bool:
    """Tell whether a text ends in the same stretch over and over."""
    for unit in range(1, LONGEST_UNIT + 1):
        span = unit * max(REPETITIONS, -(-REPEATED // unit))
        if span > len(written):
            continue
        if written[-span:-unit] == written[unit - span :]:
            return bool(written[-unit:].strip())
    return False


def first_line(written: str) -> str:
    """Return the first line that is not blank, without white space around it."""
    return trimmed(next(iter(written.strip().splitlines()), ""))


def quoted(written: str) -> str | None:
    """Return what stands in the first quotes of the first line, or that line; None if nothing does.

    Quotes of every script count; an apostrophe within a word and the mark of a Hebrew abbreviation
    are part of it. A quotation that opens the line and never closes ends with it.
    """
    line = first_line(written)
    inside = _QUOTED.search(line)
    if inside:
        text = next(group for group in inside.groups() if group is not None)
    else:
        text = _CUT.split(_OPENING.sub("", line), maxsplit=1)[0]
    text = trimmed(text)
    return text if any(each.isalnum() for each in text) else None


_CAPITAL = re.compile(rf"(?<![{_LATIN}'’])([A-D])(?=$|\s*$|[^\s{_LATIN}'’])")
_ALONE = re.compile(rf"(?<![{_LATIN}'’])[A-D](?![{_LATIN}'’])")
_SMALL = re.compile(r"\(?([a-d])(?:[).:]\s*|$)")


def letter(written: str) -> str | None:
    """Return the letter A to D that the first line names, or None.

    The letter must stand alone: neither part of a word nor a word of a sentence, such as the
    English article or the Spanish preposition (``a la izquierda``). Followed by a word it counts
    only with punctuation between (``B. …``, ``(C) …``); a small letter only as the whole answer or
    at its start with a bracket, full stop or colon. Two different letters (``A or B``) are no
    answer, unless the line opens with one and the other is a word of it (``B. A dog``).
    """
    line = unicodedata.normalize("NFKC", first_line(written))
    line = re.sub(r"[*_`]+", "", line)
    found: set[str] = set(_CAPITAL.findall(line))
    if not found:
        small = _SMALL.match(line)
        return small[1].upper() if small else None
    opens = _CAPITAL.match(line.lstrip("("))
    if len(found) > 1 or (not opens and set(_ALONE.findall(line)) != found):
        return None
    return found.pop()


def first_capital(written: str) -> str | None:
    """Return the first letter A to D anywhere in the answer, in capitals: the paper's reading."""
    found = re.search("[A-D]", written)
    return found[0] if found else None


def option(written: str, options: Sequence[str], language: Language) -> str | None:
    """Return the option that the first line is or begins with, or None.

    Compared after folding; beyond the option only other words may follow, and of several options
    that fit, the longest counts.
    """
    line = fold(first_line(written), language)
    spaced = language.script not in UNSPACED

    def fits(each: str) -> bool:
        rest = line.removeprefix(each)
        return line.startswith(each) and not (spaced and rest[:1].isalnum())

    fitting = [each for each in options if fits(fold(each, language))]
    return max(fitting, key=len, default=None)


_MULTIPLES = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "千": 10**3}
_NUMBER = re.compile(
    r"(?P<sign>(?<!\d)[-−])?"
    r"(?:(?P<grouped>[1-9]\d{0,2}(?P<by>[.,'’٬ ])\d{3}(?:(?P=by)\d{3})*)(?!\d)|(?P<plain>\d+))"
    rf"(?:[.,٫](?P<decimals>\d+))?(?P<multiple>[{''.join(_MULTIPLES)}])?"
)


def number(written: str) -> Fraction | None:
    """Return the last number of a text, or None.

    Digits of every script. Thousands stand in groups of three behind one and the same comma,
    point, apostrophe or space (``5.600``); any other comma or point is the decimal sign.
    """
    text = "".join(_digit(each) for each in unicodedata.normalize("NFKC", written))
    found = list(_NUMBER.finditer(text))
    return _value(found[-1]) if found else None


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _value(found: re.Match[str]) -> Fraction:
    whole = found["plain"] or "".join(filter(str.isdigit, found["grouped"]))
    decimals = found["decimals"] or ""
    value = Fraction(int(whole + decimals), 10 ** len(decimals))
    return value * _MULTIPLES.get(found["multiple"], 1) * (-1 if found["sign"] else 1)
