"""The number that an answer ends on, however its language writes numbers."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from babel import numbers as cldr
from babel.core import Locale
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bridgex.languages import find
from bridgex.tasks.numbers import _COMMA, _POINT, number


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5,600", 5600),
        ("5.600", 5600),
        ("5 600 USD", 5600),
        ("5\u202f600", 5600),
        ("5’600", 5600),
        ("1.234.567,89", "123456789/100"),
        ("1,5", "3/2"),
        ("0.500", "1/2"),
        ("18.00", 18),
        ("$18.", 18),
        ("150%", 150),
        ("12345.678", "12345.678"),
        ("1.234,567", "1234.567"),
        ("7 7 7", 7),
        ("3,4,5", 5),
        ("2 000 1", 1),
        ("-3", -3),
        ("8-10", 10),
        ("10-5=5", 5),
        ("١٬٢٣٤", 1234),
        ("१२", 12),
        ("１２", 12),
        ("8万", 80000),
        ("答えは 7 です", 7),
        ("first 3, then 4", 4),
        ("none", None),
        ("", None),
    ],
)
def test_number(written: str, value: object) -> None:
    assert number(written) == (None if value is None else Fraction(str(value)))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        # India: a group of three, then groups of two
        ("উত্তর হল ১,১৪,২০০", 114200),
        ("The answer is 1,14,200 rupees.", 114200),
        ("₹12,34,567.50", "1234567.5"),
        ("1,23,45,678", 12345678),
        ("-۱٬۱۴٬۲۰۰", -114200),
        # multiples of ten thousand
        ("答えは11万4200ドルです。", 114200),
        ("答えは1万8千円", 18000),
        ("総額は2千万円", 20000000),
        ("答案是27万6千", 276000),
        ("정답은 5만7500원입니다", 57500),
        ("5만 7,500원", 57500),
        ("3조 2천억", 3200000000000),
        ("1億2,345万", 123450000),
        ("1.2亿", 120000000),
        ("5천원", 5000),
        ("5千克", 5),
        ("3千米", 3),
        ("5조각", 5),
        ("十二万", 120000),
        ("一百二十三", 123),
        ("一千零五", 1005),
        ("二〇二四", 2024),
        ("20000×6=十二万", 120000),
        ("答案是五", 5),
        ("一起去", None),
        ("万一", None),
        ("三四个人", None),
        ("共18个，其中一个", 18),
        # exponents
        ("The area is 36 m².", 36),
        ("面积是25平方米（25 m²）", 25),
        ("Das Volumen beträgt 40 cm³", 40),
        ("25㎡", 25),
        ("5 m2", 5),
        ("7 км2", 7),
        ("٣٦ م2", 36),
        ("12 kg/m3", 12),
        ("9 m^2", 9),
        ("9 \\\\text{cm}^{3}", 9),
        ("10²", 100),
        ("3 × 10⁵", 300000),
        ("5 x 10^-1", "1/2"),
        ("18¹", 18),
        ("CO₂", None),
        # signs
        ("התשובה היא כ-18", 18),
        ('סה"כ ב-95 דולר', 95),
        ("COVID-19", 19),
        ("लगभग की-5", 5),
        ("-5", -5),
        ("x = −5", -5),
        ("x=-5", -5),
        ("= - 5", -5),
        ("(-5)", -5),
        ("答えは-5です", -5),
        ("คือ-5", -5),
        ("20-18", 18),
        ("20 - 18", 18),
        ("−٥", -5),
        # currency
        ("€5", 5),
        ("5 €", 5),
        ("$-5", -5),
        ("-$5", -5),
        ("−US$5.50", "-5.5"),
        ("Rs.500", 500),
        ("Rp50.000", 50000),
        ("$.50", "1/2"),
        # fractions
        ("The answer is 3/4", "3/4"),
        ("½", "1/2"),
        ("1½ cups", "3/2"),
        ("-1½", "-3/2"),
        ("1 1/2", "3/2"),
        ("3⁄4", "3/4"),
        ("\\\\frac{3}{4}", "3/4"),
        ("四分之三", "3/4"),
        ("4分の3", "3/4"),
        ("百分之二十五", 25),
        ("3/0", 0),
        ("3/4/5", 5),
        # separators and digits of other scripts
        ("عدد الصفحات ١،٢٣٤", 1234),
        ("۱٬۲۳۴٫۵", "1234.5"),
        ("ราคา ๑๒,๓๔๕ บาท", 12345),
        ("１，２３４", 1234),
        ("1{,}234", 1234),
        ("5\\\\,600", 5600),
        # no numbers
        ("18 dollars at 5:30", 18),
        ("5:30", None),
        ("2024-12-25", None),
        ("25.12.2024", None),
    ],
)
def test_kinds_that_were_read_wrong(written: str, value: object) -> None:
    text = written.replace("\\\\", "\\")
    assert number(text) == (None if value is None else Fraction(str(value)))


@pytest.mark.parametrize(
    ("written", "code", "value"),
    [
        ("1.125", "de", 1125),
        ("1.125", "en", "1.125"),
        ("1,125", "de", "1.125"),
        ("1,125", "en", 1125),
        ("1.125.000", "en", 1125000),
        ("1,125", "ar", 1125),
        ("1.5", "de", "1.5"),
        ("1,5", "en", "1.5"),
        ("1 125", "fr", 1125),
        ("1'125", "de", 1125),
        ("1.125", "zh_Hant", "1.125"),
        ("十二", "zh", 12),
        ("十二", "ko", None),
        ("5만", "ko", 50000),
    ],
)
def test_a_number_is_read_in_its_language(written: str, code: str, value: object) -> None:
    assert number(written, find(code)) == (None if value is None else Fraction(str(value)))


@given(st.integers(0, 10**9), st.sampled_from([",", ".", " ", "\u00a0", "'"]))
def test_thousands_however_they_are_separated(value: int, separator: str) -> None:
    assert number(f"{value:,}".replace(",", separator)) == value


LOCALES = tuple(
    (
        "en de fr it es pt ru uk pl cs sk sl hr sr bg ro hu fi et lv lt sv nb da nl el tr az kk uz "
        "ka hy he ar fa ur hi bn ta te ml mr gu kn pa ne si th lo km my zh ja ko id ms vi sw tl am "
        "zu af eu ca gl cy ga is mk sq mn ky tg yue as or"
    ).split()
)
VALUES = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**11), 10**11),
    st.integers(0, 3),
)


@pytest.mark.parametrize("code", LOCALES)
@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])
@given(value=VALUES, zero=st.sampled_from("0٠۰०০੦૦୦௦౦೦൦๐໐༠၀០᠐０"))
def test_what_a_locale_writes_is_read_back(code: str, value: Decimal, zero: str) -> None:
    digits = str.maketrans({str(digit): chr(ord(zero) + digit) for digit in range(10)})
    for system in ("latn", "default", *(("arab",) if code in {"ar", "fa", "hi"} else ())):
        written = cldr.format_decimal(value, locale=code, numbering_system=system)
        assert number(written, find(code)) == Fraction(value), written
        assert number(written.translate(digits), find(code)) == Fraction(value), written
    cents = round(value, 2)
    priced = cldr.format_currency(cents, "EUR", locale=code)
    assert number(priced, find(code)) == Fraction(cents), priced


@pytest.mark.parametrize(("codes", "sign"), [(_COMMA, ","), (_POINT, ".")])
def test_decimal_signs_are_those_of_cldr(codes: str, sign: str) -> None:
    for code in codes.split():
        if code != "tl":  # CLDR has it as fil
            assert Locale.parse(code).number_symbols["latn"]["decimal"] == sign, code


ENGLISH = st.from_regex(r"[1-9][0-9]{0,2}(,[0-9]{3}){0,3}(\.[0-9]{1,4})?", fullmatch=True)


@given(st.lists(ENGLISH, min_size=1, max_size=4), st.sampled_from([" and ", " + ", " = ", ": "]))
def test_mgsm_reads_the_same_off_english(numerals: list[str], between: str) -> None:
    text = f"She has {between.join(numerals)} apples."
    found = re.findall(r"\d+\.?\d*", text.replace(",", ""))
    assert number(text, find("en")) == Fraction(found[-1].rstrip("."))


@given(st.text(alphabet="0123456789.,/ -^²½十万千3億五×만$€:m", max_size=60))
def test_no_text_is_too_much(text: str) -> None:
    value = number(text)
    assert value is None or str(value)


def test_endless_digits_are_no_number() -> None:
    assert number("9" * 5000) is None
    assert number("18 " + "9" * 5000) == 18
