"""One folding for answers and dictionaries alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex import languages
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts import fold


@pytest.mark.parametrize(
    ("code", "answer", "word"),
    [
        ("he", "עִבְרִית", "עברית"),
        ("he", "\ufb2aלום", "שלום"),
        ("he", "ג׳ירפה", "ג'ירפה"),
        ("he", "אלף־בית", "אלף-בית"),
        ("ar", "مَدْرَسَةٌ", "مدرسة"),
        ("ar", "عـــربي", "عربي"),
        ("ar", "\ufedf\ufe8e", "لا"),
        ("de", "Straße", "STRASSE"),
        ("de", "Haus.", "haus"),
        ("en", "\uff46\uff49\uff52\uff45", "fire"),
        ("en", "\U0001d405ire", "fire"),
        ("en", "f\u200di\ufe0fre", "fire"),
        ("fr", "« l’eau »", "l'eau"),
        ("es", "¿Qué?", "qué"),
        ("ja", "\uff8b\uff9f\uff71\uff89", "ピアノ"),
        ("ja", "「火」", "火"),
        ("fi", "e\u0301", "é"),
        ("en", "soft\u00adware\u200b", "software"),
        ("en", "ice\u00a0 cream", "ice cream"),
        ("sw", "-zuri", "zuri"),
    ],
)
def test_spellings_of_one_word_fold_together(code: str, answer: str, word: str) -> None:
    language = languages.find(code)
    assert fold(answer, language) == fold(word, language)


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("ar", "أب", "اب"),
        ("ar", "مدرسة", "مدرسه"),
        ("fr", "dû", "du"),
        ("zh", "马", "馬"),
        ("ja", "は", "ば"),
        ("he", "אלף־בית", "אלפבית"),
        ("en", "can't", "cant"),
        ("en", "!", "?"),
    ],
)
def test_different_words_stay_apart(code: str, one: str, other: str) -> None:
    language = languages.find(code)
    assert fold(one, language) != fold(other, language)


def test_points_are_removed_in_their_own_script_only() -> None:
    pointed = "עִ"
    assert fold(pointed, languages.find("he")) == "ע"
    assert fold(pointed, languages.find("fr")) == pointed


@given(st.text(), st.sampled_from(PAPER_LANGUAGES))
def test_folding_twice_changes_nothing(word: str, language: Language) -> None:
    assert fold(fold(word, language), language) == fold(word, language)


@given(st.text(min_size=1), st.sampled_from(PAPER_LANGUAGES))
def test_a_word_with_a_letter_never_folds_to_nothing(word: str, language: Language) -> None:
    assert fold("a" + word, language)
