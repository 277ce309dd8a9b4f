"""Answers are read strictly, and the same way in every script."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.languages import find
from bridgex.tasks.parsing import (
    Stop,
    first_capital,
    first_line,
    letter,
    number,
    option,
    quoted,
    repeats,
    stopping,
)
from bridgex.texts import fold

STOPS: tuple[Stop, ...] = ("quotes", "line", "blank line")


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ('"fire"→日本語:"火"', "fire"),
        ("「火」です", "火"),
        ("『火』", "火"),
        ("《火》", "火"),
        ("„Feuer“", "Feuer"),
        ("»Feuer«", "Feuer"),
        ("« feu »", "feu"),
        ("“fire”", "fire"),
        ("״אש״", "אש"),
        ("צה״ל", "צה״ל"),
        ('דו"ח', 'דו"ח'),
        ('"דו"ח"', 'דו"ח'),
        ("״דו״ח״", "דו״ח"),
        ('"דו"חות" ועוד', 'דו"חות'),
        ('דו"ח על "אש"', "אש"),
        ('ה"אש" היא', "אש"),
        ('"火"は', "火"),
        ("｢火｣", "｢火｣"),
        ("«\u202ffeu\u202f»", "feu"),
        ("„Feuer”", "Feuer"),
        ("‚Feuer‘", "Feuer"),
        ("”نار”", "نار"),
        ("«نار» أو «حريق»", "نار"),
        ("'eau'", "eau"),
        ("'aujourd'hui'", "aujourd'hui"),
        ("‘l’eau’ est", "l’eau"),
        ('""fire""', "fire"),
        ("''fire''", "fire''"),
        ("l'eau", "l'eau"),
        ("the word is “fire”.", "fire"),
        ('fire"', "fire"),
        ('"fir', "fir"),
        ("\n\n api \nzweite", "api"),
        ("", None),
        ('""', None),
        ("…", None),
    ],
)
def test_quoted(written: str, answer: str | None) -> None:
    assert quoted(written) == answer


@pytest.mark.parametrize(
    ("written", "gold", "code"),
    [
        ("עִבְרִית", "עברית", "he"),
        ("كِتَابٌ", "كتاب", "ar"),
        ("كـتاب.", "كتاب", "ar"),
        ("ＦＩＲＥ", "fire", "en"),
        ("ﾀﾏｺﾞ", "タマゴ", "ja"),
        ("cafe\u0301", "café", "fr"),
        ("l’eau", "l'eau", "fr"),
        ("אֵשׁ.", "אש", "he"),
        ("צ'ק", "צ׳ק", "he"),
        ("ﻧﺎﺭ،", "نار", "ar"),
        ("نَارٌ؟", "نار", "ar"),
        ("火。", "火", "zh"),
        ("（火）", "火", "zh"),
        ("｢火｣", "火", "ja"),
        ("›Feuer‹", "Feuer", "de"),
        (",,Feuer“", "Feuer", "de"),
        ("\u200ffire\u200e", "fire", "en"),
        ("STRASSE", "straße", "de"),
        ("¡fuego!", "fuego", "es"),
    ],
)
def test_both_sides_are_folded_alike(written: str, gold: str, code: str) -> None:
    assert fold(quoted(f'"{written}"') or "", find(code)) == fold(gold, find(code))


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("A", "A"),
        (" B.", "B"),
        ("(C) the cat", "C"),
        ("**D**", "D"),
        ("b", "B"),
        ("c) x", "C"),
        ("Ａ", "A"),
        ("答案是C。", "C"),
        ("Aです", "A"),
        ("التالي: B", "B"),
        ("התשובה היא D", "D"),
        ("Answer: C", "C"),
        ("B. A dog", "B"),
        ("C'est B.", "B"),
        ("الإجابة: (C)", "C"),
        ("（Ｂ）です", "B"),
        ("D、火", "D"),
        ("א", None),
        ("Respuesta: a la izquierda", None),
        ("A la izquierda", None),
        ("A dog", None),
        ("a dog", None),
        ("A or B", None),
        ("A, B", None),
        ("A. x B. y", None),
        ("DNA", None),
        ("E", None),
        ("", None),
        ("the dog\nA", None),
    ],
)
def test_letter(written: str, named: str | None) -> None:
    assert letter(written) == named


def test_the_paper_reads_the_first_capital() -> None:
    assert first_capital("Respuesta: Dos") == "D"
    assert first_capital("none") is None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5,600", 5600),
        ("5.600", 5600),
        ("5 600 USD", 5600),
        ("5\u202f600", 5600),
        ("5’600", 5600),
        ("1.234.567,89", Fraction(123456789, 100)),
        ("1,5", Fraction(3, 2)),
        ("0.500", Fraction(1, 2)),
        ("18.00", 18),
        ("$18.", 18),
        ("150%", 150),
        ("12345.678", Fraction(12345678, 1000)),
        ("1.234,567", Fraction(1234567, 1000)),
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
def test_number(written: str, value: int | Fraction | None) -> None:
    assert number(written) == value


@given(st.integers(0, 10**9), st.sampled_from([",", ".", " ", "\u00a0", "'"]))
def test_thousands_however_they_are_separated(value: int, separator: str) -> None:
    assert number(f"{value:,}".replace(",", separator)) == value


def test_option() -> None:
    english, chinese = find("en"), find("zh")
    words = ("true", "uncertain", "false")
    assert option(" True, since", words, english) == "true"
    assert option("truely", words, english) is None
    assert option("it is true", words, english) is None
    assert option("正确的", ("正确", "不确定", "错误"), chinese) == "正确"
    assert option("not true", ("not", "not true"), english) == "not true"


def test_repeats() -> None:
    assert repeats("a b " * 6)
    assert repeats("the answer is 5. " * 4)
    assert repeats("x" * 24)
    assert not repeats("haha")
    assert not repeats(" " * 90)
    assert not repeats("The cat sat on the mat and the dog sat on the log.")


@given(st.text(min_size=1, max_size=40), st.text(max_size=10))
def test_any_unit_over_and_over_repeats(unit: str, before: str) -> None:
    assert repeats(before + unit * 24) == bool(unit.strip())


def test_stopping() -> None:
    quotes, line, paragraph = (stopping(each) for each in STOPS)
    assert quotes('"fire"')
    assert quotes("「火」")
    assert not quotes('"fire')
    assert quotes("fire\n")
    assert not line("\n fire")
    assert line("\nfire\n")
    assert not paragraph("one\ntwo")
    assert paragraph("one\n \ntwo")
    assert line("ab " * 30)
    assert first_line("\n\u00a0 fire \nice") == "fire"
