"""Answers are read strictly, and the same way in every script."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.generation import GenerationSpec, StopRule, repeats
from bridgex.languages import find
from bridgex.tasks.parsing import (
    LINE,
    PARAGRAPH,
    QUOTATION,
    first_capital,
    first_line,
    first_paragraph,
    letter,
    option,
    quoted,
    unfinished_thinking,
    without_thinking,
)
from bridgex.texts import fold


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
        ("«feu» (nom)", "feu"),
        ("“火”（ひ）", "火"),
        ("'п'ять' або", "п'ять"),
        ("'tis \"fire\" isn't'", "fire"),
        ('fire" «x»', "fire"),
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
        ("STRAẞE", "straße", "de"),
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
    assert letter(written, 4) == named


@pytest.mark.parametrize(
    ("written", "options", "named"),
    [
        ("E", 5, "E"),
        ("H", 8, "H"),
        ("(F) the cat", 6, "F"),
        ("答案是G。", 8, "G"),
        ("g) x", 7, "G"),
        ("E", 4, None),
        ("E il gatto", 8, None),
        ("E quindi B.", 8, None),
        ("E o F", 8, None),
        ("F. A dog", 8, "F"),
        ("20 °C", 8, None),
        ("75℉", 8, None),
        ("A or C", 2, None),
        ("C", 2, None),
        ("B", 2, "B"),
        ("D'accord: H", 8, "H"),
        ("Covid", 8, None),
        ("H2O", 8, None),
    ],
)
def test_a_letter_names_one_of_the_options(written: str, options: int, named: str | None) -> None:
    assert letter(written, options) == named


def test_the_paper_reads_the_first_capital() -> None:
    assert first_capital("Respuesta: Dos", 4) == "D"
    assert first_capital("none", 4) is None
    assert first_capital("Es Falso", 8) == "E"


def test_option() -> None:
    english, chinese = find("en"), find("zh")
    words = ("true", "uncertain", "false")
    assert option(" True, since", words, english) == "true"
    assert option("truely", words, english) is None
    assert option("it is true", words, english) is None
    assert option("正确的", ("正确", "不确定", "错误"), chinese) == "正确"
    assert option("not true", ("not", "not true"), english) == "not true"


@pytest.mark.parametrize(
    ("written", "code", "options"),
    [
        ("true / uncertain / false", "en", "true uncertain false"),
        ("(true / uncertain / false)", "en", "true uncertain false"),
        ("True, uncertain, false.", "en", "true uncertain false"),
        ("true or false", "en", "true uncertain false"),
        ("true, true, false", "en", "true uncertain false"),
        ("true. False.", "en", "true uncertain false"),
        ("sports, travel", "en", "travel politics sports"),
        ("wahr oder falsch", "de", "wahr ungewiss falsch"),
        ("vrai ou bien incertain, vrai et faux", "fr", "vrai bien faux"),
        ("正确或者错误", "zh", "正确 不确定 错误"),
        ("正确、不确定", "zh", "正确 不确定 错误"),
        ("正しいか誤りか", "ja", "正しい 不明 誤り"),
        ("صحيحة أو خاطئة", "ar", "صحيحة خاطئة"),
        ("صحيحة وخاطئة", "ar", "صحيحة خاطئة"),
        ("נכון ושגוי", "he", "נכון שגוי"),
        ("benar atau salah", "id", "benar salah"),
        ("kweli au si kweli", "sw", "kweli haijulikani"),
    ],
)
def test_options_that_are_listed_are_no_answer(written: str, code: str, options: str) -> None:
    words = (*options.split(), "si kweli") if code == "sw" else tuple(options.split())
    assert option(written, words, find(code)) is None


@pytest.mark.parametrize(
    ("written", "code", "options", "chosen"),
    [
        ("true, since it is not false", "en", "true uncertain false", "true"),
        ("true: the passage says so", "en", "true uncertain false", "true"),
        ("True true", "en", "true uncertain false", "true"),
        ("**false**", "en", "true uncertain false", "false"),
        ("politics (about travel bans)", "en", "travel politics sports", "politics"),
        ("正确的，不是错误", "zh", "正确 不确定 错误", "正确"),
        ("正しいと思います", "ja", "正しい 不明 誤り", "正しい"),
        ("wahr und belegt", "de", "wahr ungewiss falsch", "wahr"),
    ],
)
def test_an_option_with_its_reason_is_an_answer(
    written: str, code: str, options: str, chosen: str
) -> None:
    assert option(written, options.split(), find(code)) == chosen


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("<think>It says so.\n\nSo true?</think>\n\nfalse", "false"),
        ("<thinking>a</thinking>b", "b"),
        ("<reasoning>a</reasoning> b", "b"),
        ("<THINK>a</THINK>b", "b"),
        ("[THINK]a[/THINK]b", "b"),
        ("<seed:think>a</seed:think>b", "b"),
        ("<think></think>b", "b"),
        ("<think>a</think><think>b</think>c", "c"),
        ("opened in the prompt</think>\nb", "b"),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
            "b",
        ),
        ("<think>never ends", ""),
        ("<think>a</think> <think>b", ""),
        ("a < b", "a < b"),
        ("thinking", "thinking"),
    ],
)
def test_thinking_is_taken_off(written: str, left: str) -> None:
    assert without_thinking(written).strip() == left
    assert unfinished_thinking(written) == (not left)


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


READERS: list[tuple[StopRule, Callable[[str], str | None]]] = [
    (QUOTATION, quoted),
    (LINE, first_line),
    (PARAGRAPH, first_paragraph),
]


def stops_at(rule: StopRule, text: str) -> str | None:
    """What has been written when a rule first says stop, token by token."""
    spec = GenerationSpec(99, rule)
    starts = (text[:at] for at in range(len(text) + 1))
    return next((start for start in starts if spec.finished(start)), None)


@pytest.mark.parametrize(
    ("rule", "written", "stopped"),
    [
        (QUOTATION, '"fire"→', '"fire"'),
        (QUOTATION, "「火」です", "「火」"),
        (QUOTATION, '"fire', None),
        (QUOTATION, "fire\nwater", "fire\n"),
        (QUOTATION, '"דו"ח" x', '"דו"ח" '),
        (QUOTATION, '"דו"', None),
        (QUOTATION, '<think>\n"a"\n</think>\n"b" c', '<think>\n"a"\n</think>\n"b"'),
        (LINE, "\n fire", None),
        (LINE, "\nfire\nwater", "\nfire\n"),
        (LINE, "<think>\na\n</think>\n\nb\nc", "<think>\na\n</think>\n\nb\n"),
        (LINE, "<think>\na\nb\n", None),
        (PARAGRAPH, "one\ntwo", None),
        (PARAGRAPH, "one\n \ntwo", "one\n \n"),
        (PARAGRAPH, "<think>a\n\nb</think>\n\none\n\n\ntwo", "<think>a\n\nb</think>\n\none\n\n"),
        (LINE, "ab " * 30, "ab " * 8),
    ],
)
def test_where_generation_stops(rule: StopRule, written: str, stopped: str | None) -> None:
    assert stops_at(rule, written) == stopped


def test_the_first_line_and_paragraph() -> None:
    assert first_line("\n\u00a0 fire \nice") == "fire"
    assert first_paragraph("\none\ntwo\n \nthree") == "one\ntwo"


PIECES = st.sampled_from(
    [*"\"'“”„‚‘’«»「」״`דח אf1.\n\r\u2028\u200b", "<think>", "</think>", "[THINK]", "ab", '"דו"ח"']
)


@pytest.mark.parametrize(("rule", "reader"), READERS)
@given(text=st.lists(PIECES, max_size=16).map("".join) | st.text(max_size=40))
def test_stopping_early_and_cutting_afterwards_read_the_same(
    rule: StopRule, reader: Callable[[str], str | None], text: str
) -> None:
    spec = GenerationSpec(99, rule)
    stopped = stops_at(rule, text)
    cut = spec.cut(text)
    if stopped is not None:
        assert spec.cut(stopped) == cut
    assert reader(without_thinking(stopped or text)) == reader(without_thinking(cut))
    assert spec.cut(cut) == cut


@given(st.lists(PIECES, max_size=16).map("".join))
def test_a_quotation_reads_the_same_cut_or_whole(text: str) -> None:
    cut = GenerationSpec(99, QUOTATION).cut(text)
    if (
        "<" not in text
        and "[" not in text
        and not any(repeats(text[:at]) for at in range(len(text) + 1))
    ):
        assert quoted(cut) == quoted(text)
