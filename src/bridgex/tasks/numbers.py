"""Reading the number that an answer ends on, in the notation of any language.

The text is first made plain: digits of every script become ASCII ones (`unicodedata.decimal`),
vulgar fractions become ``a⁄b``, and superscripts stand behind ``^``, so that the exponent of a unit
(``36 m²``) is no digit of a number. Then amounts are read one after another.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bridgex.languages import Language

_COMMA = (
    "af az be bg bs ca cs da de el eo es et eu fi fo fr fy gl hr hu hy id is it jv ka kk kl ku ky "
    "lb lo lt lv mk nb nl nn no pl pt ro ru rw sk sl sq sr su sv tg tk tr uk uz vi wo"
)
_POINT = (
    "am ar as bn bo ceb cy dz en fa fil ga gd gu ha he hi ig ja km kn ko kok mai mi ml mn mr ms mt "
    "my ne om or pa sd si so sw ta te th ti tl ur xh yo yue zh zu"
)
_DECIMAL = dict.fromkeys(_COMMA.split(), ",") | dict.fromkeys(_POINT.split(), ".")
"""Decimal sign beside ASCII digits, by language: CLDR, ``numbers/symbols/decimal``."""

_TENS = dict.fromkeys("十拾십", 10) | dict.fromkeys("百佰백", 100) | dict.fromkeys("千仟천", 1000)
_MYRIADS = (
    dict.fromkeys("万萬만", 10**4) | dict.fromkeys("億亿억", 10**8) | dict.fromkeys("兆조", 10**12)
)
_NUMERALS = "〇零 一壱壹 二弐贰貳两兩 三参叁參 四肆 五伍 六陆陸 七柒 八捌 九玖"
_DIGITS = {digit: value for value, digits in enumerate(_NUMERALS.split()) for digit in digits}
_HAN = frozenset({"Hans", "Hant", "Hani", "Jpan"})
"""Scripts whose numerals (``十二万``) are read."""

_RUN_ON = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u309f\u3400-\u9fff"
"""Letters without spaces between words, so that a minus may follow them (``答えは-5``)."""
_LETTER = rf"(?:(?![{_RUN_ON}\u30a0-\u30ff\uac00-\ud7af])[^\W\d_])"
_CURRENCY = r"(?:[A-Z]{0,3}[$¢£¤¥؋৳฿\u20a0-\u20cf]\s?)"

_TOKEN = re.compile(
    # kilogram, kilometre, …, per cent, pieces, "as many as": no multiples
    rf"(?P<multiple>(?!千[克米瓦卡焦赫]|百分|조[각합건]|만큼)[{''.join(_TENS | _MYRIADS)}])"
    rf"|(?P<digit>[{''.join(_DIGITS)}])"
    r"|(?:(?P<grouped>[1-9]\d{0,2}(?P<by>[.,'٬ ])\d{3}(?:(?P=by)\d{3})*"
    r"|[1-9]\d?(?P<lakh>[,٬])\d{2}(?:(?P=lakh)\d{2})*(?P=lakh)\d{3})(?!\d)|(?P<plain>\d+))(?:[.,٫](?P<decimals>\d+))?"
    r"|(?<![^\s(=:$€£¥₹-])\.(?P<tenths>\d+)"
)
_LONGEST = 400
"""Characters of a number; what is longer is none, and Python writes none of over 4300 digits."""

_POWER = re.compile(r"(?P<ten>\s?[×x*·⋅]\s?10)?\^\{?(?P<exponent>[-−+]?\d\d?)(?!\d)\}?")
_UNIT = re.compile(rf"\s?(?:{_LETTER}{{1,4}}\.?/)?{_LETTER}{{1,4}}[23](?![\d.,]*\d)")
"""A unit with its exponent as a digit (``5 m2``)."""
_MINUS = re.compile(rf"(?:(?P<sign>[-−–]){_CURRENCY}?|(?P<spaced>=\s?[-−])\s)$")
_ALONE = re.compile(r"(?<![^\s是为為はが:=])[〇-龠](?=$|[\W个個つ人円元岁歳])")
_OF_FRACTION = re.compile(r"[〇-龠](?=分[之の])|(?<=分[之の])[〇-龠]")
"""One Han digit that is an answer, and one in a fraction, not a part of a word."""

_NO_NUMBER = re.compile(
    r"(?<![\d:.,])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:])"
    r"|(?<![\d./-])(?:\d{4}-\d\d-\d\d|\d\d?(?P<mark>[./])\d\d?(?P=mark)\d{4})(?!\d)"
    r"|(?<=[^\W\d_]|[)\]}])\s?\^\{?[-−+]?\d+\}?"
)
"""Times, dates, and exponents of letters and brackets (``m^2``)."""


def number(text: str, language: Language | None = None) -> Fraction | None:
    """Return the last number of a text, or None.

    Digits of every script; ``a/b`` and vulgar fractions, also after a whole number (``1½``); powers
    (``3 × 10⁵``); Chinese, Japanese and Korean multiples (``11万4200``, ``2千万``), in Chinese and
    Japanese also numerals (``十二万``). A hyphen is a sign only where no letter or number stands
    before it, but for a currency. Times and dates are no numbers.

    Thousands stand in groups of three (or, as in India, of two before the last three) behind one
    and the same comma, point, apostrophe or space; any other comma or point is the decimal sign.
    One group alone is decimal where its sign is the language's decimal sign: ``1.125`` is 1125 in
    German and 1.125 in English; without a language, or one unknown here, it is 1125.

    Args:
        text: what was answered.
        language: the language it was answered in.
    """
    plain = _NO_NUMBER.sub(" ; ", _made_plain(text))
    han = language is None or language.script in _HAN
    amounts = list(_amounts(plain, _decimal(language), han=han))
    sure = [amount for amount in amounts if amount.sure] or amounts
    if not sure:
        return None
    last = sure[-1]
    value, start = _fraction(plain, amounts, amounts.index(last))
    return -value if _negative(plain[:start]) else value


@dataclass(frozen=True)
class _Token:
    """A number, one Han digit, or a multiple, and where it stands."""

    value: Fraction
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class _Amount:
    """What some tokens together amount to; not sure where one Han digit may be part of a word."""

    value: Fraction
    start: int
    end: int
    sure: bool = True


def _made_plain(text: str) -> str:
    text = "".join(
        _expanded(character) for character in text if unicodedata.category(character) != "Cf"
    )
    text = re.sub("[₀-₉]+", "_", re.sub("([⁺⁻]?[⁰¹²³⁴-⁹]+)", r"^\1", text))
    text = re.sub(r"\\[dt]?frac\{(\d+)\}\{(\d+)\}", r" \1⁄\2 ", text)
    text = text.replace("{,}", ",").replace(r"\,", " ").replace("百分之", "")
    text = unicodedata.normalize("NFKC", text).translate(_ONE_MARK)
    return "".join(str(unicodedata.decimal(character, character)) for character in text)


_ONE_MARK = str.maketrans({"،": ",", "’": "'", "‐": "-", "∕": "/"})


def _expanded(character: str) -> str:
    """Return ``½`` as a fraction apart from digits before it, ``㎡`` as ``m²``; else the same."""
    kind, *codes = unicodedata.decomposition(character).split() or [""]
    if kind not in {"<fraction>", "<square>"}:
        return character
    spelt = "".join(chr(int(code, 16)) for code in codes)
    return f" {spelt}" if kind == "<fraction>" else spelt


def _tokens(plain: str, decimal: str | None) -> Iterator[_Token]:
    end = 0
    while match := _TOKEN.search(plain, end):
        end, kind = match.end(), match.lastgroup or ""
        if end - match.start() > _LONGEST:
            continue
        if match["multiple"]:
            value = Fraction((_TENS | _MYRIADS)[match["multiple"]])
        elif match["digit"]:
            value = Fraction(_DIGITS[match["digit"]])
        else:
            value, kind = _value(match, decimal), "number"
            if power := _POWER.match(plain, end):
                value, end = _raised(value, power), power.end()
            elif unit := _UNIT.match(plain, end):
                end = unit.end()
        yield _Token(value, kind, match.start(), end)


def _decimal(language: Language | None) -> str | None:
    return _DECIMAL.get(language.code.partition("_")[0]) if language else None


def _value(found: re.Match[str], decimal: str | None) -> Fraction:
    if found["tenths"]:
        return Fraction(f"0.{found['tenths']}")
    grouped, decimals = found["grouped"], found["decimals"] or ""
    if (
        grouped
        and decimal
        and not decimals
        and grouped.count(decimal) == 1 == len(re.findall(r"\D", grouped))
    ):
        return Fraction(grouped.replace(decimal, "."))
    whole = found["plain"] or "".join(filter(str.isdigit, grouped))
    return Fraction(int(whole + decimals), 10 ** len(decimals))


def _raised(value: Fraction, power: re.Match[str]) -> Fraction:
    exponent = int(power["exponent"].replace("−", "-"))
    if power["ten"]:
        return value * Fraction(10) ** exponent
    return value**exponent if 0 < value <= 10**6 else value


def _amounts(plain: str, decimal: str | None, *, han: bool) -> Iterator[_Amount]:
    run: list[_Token] = []
    for token in _tokens(plain, decimal):
        if run and _joins(run, token, plain[run[-1].end : token.start]):
            run.append(token)
            continue
        yield from _amount(plain, run, han=han)
        run = [token]
    yield from _amount(plain, run, han=han)


def _joins(run: Sequence[_Token], token: _Token, between: str) -> bool:
    """Whether a token goes on with the amount that was begun."""
    last = run[-1]
    if between:  # "5만 7500"
        return between == " " and last.kind == "multiple" and token.value < last.value >= 10**4
    if token.kind == "number":
        return last.kind == "multiple" and token.value < last.value
    return token.kind == "multiple" or last.kind != "number"


def _amount(plain: str, run: Sequence[_Token], *, han: bool) -> Iterator[_Amount]:
    """Yield what a run of tokens amounts to, if it is well formed."""
    if not run or (run[0].kind != "number" and not han):
        return
    start, end = run[0].start, run[-1].end
    if len(run) == 1 and run[0].kind != "number":
        of_fraction = _OF_FRACTION.match(plain, start) is not None
        if of_fraction or (run[0].value <= 10 and _ALONE.match(plain, start)):
            yield _Amount(run[0].value, start, end, of_fraction)
    elif all(token.kind == "digit" for token in run):
        spelt = "".join(str(token.value) for token in run)
        if len(run) > 2 or "0" in spelt:  # not "三四", three or four
            yield _Amount(Fraction(int(spelt)), start, end)
    elif (value := _multiplied(run)) is not None:
        yield _Amount(value, start, end)


def _multiplied(run: Sequence[_Token]) -> Fraction | None:
    """Return 1万8千 as 18000; None where digits follow one another, or a word begins (万一)."""
    total, section, current = Fraction(0), Fraction(0), None
    if run[0].kind == "multiple" and run[0].value >= 10**4:
        return None
    for token in run:
        if token.kind != "multiple":
            if current is not None:
                return None
            current = token.value if token.value or len(run) == 1 else None  # 一百零五
        elif token.value < 10**4:
            section += (1 if current is None else current) * token.value
            current = None
        else:
            total += (section + (current or 0)) * token.value
            section, current = Fraction(0), None
    return total + section + (current or 0)


def _fraction(plain: str, amounts: Sequence[_Amount], at: int) -> tuple[Fraction, int]:
    """Return an amount and where it begins, as part of a fraction if it is one."""
    last = amounts[at]
    if at == 0:
        return last.value, last.start
    first = amounts[at - 1]
    between = plain[first.end : last.start]
    if between in {"分之", "分の"} and first.value:
        return last.value / first.value, first.start
    whole = first.value.denominator == last.value.denominator == 1
    chained = plain[: first.start].rstrip().endswith("/") or plain[last.end :].startswith("/")
    if not re.fullmatch(r"\s?[/⁄]\s?", between) or not whole or not last.value or chained:
        return last.value, last.start
    value = first.value / last.value
    before = amounts[at - 2] if at > 1 else None
    mixed = before and plain[before.end : first.start].strip(" ") == "" and value < 1
    if before and mixed and before.value.denominator == 1:
        return before.value + value, before.start
    return value, first.start


def _negative(before: str) -> bool:
    """Whether what stands before a number ends in its sign."""
    minus = _MINUS.search(before)
    if not minus or minus["spaced"]:
        return bool(minus)
    start = minus.start()
    previous = before[start - 1] if start else " "
    if previous in ")]}%-−–" or previous.isdigit():
        return False
    joined = unicodedata.category(previous)[0] in "LM" and not re.match(f"[{_RUN_ON}]", previous)
    return minus["sign"] == "−" or not joined
