"""One folding for answers and dictionaries alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex import languages
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts import fold
from bridgex.texts.words import _SPELLINGS, _spelling


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
        ("de", "Straße", "STRAẞE"),
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
        ("tr", "İyi", "iyi"),
        ("tr", "Işık", "ışık"),
        ("tr", "KIRMIZI", "kırmızı"),
        ("tr", "I\u0307yi", "iyi"),
        ("az", "İŞIQ", "işıq"),
        ("az", "ǝn", "ən"),
        ("lt", "i\u0307\u0301", "í"),
        ("lt", "Į\u0307\u0301", "į\u0301"),
        ("uz", "o't", "oʻt"),
        ("uz", "bugʻdoy", "bug'doy"),
        ("uz", "TOG’", "togʻ"),
        ("uz", "sanʼat", "san`at"),
        ("haw", "'ai", "ʻai"),
        ("haw", "Hawai’i", "Hawaiʻi"),
        ("quc", "ja'", "jaꞌ"),
        ("th", "นํ้า", "น้ำ"),
        ("th", "น้ํา", "น้ำ"),
        ("th", "ท่ี", "ที่"),
        ("th", "เเม่", "แม่"),
        ("lo", "ນໍ້າ", "ນ້ຳ"),
        ("lo", "ເເມ່", "ແມ່"),
        ("ml", "അവന്\u200d", "അവൻ"),
        ("ml", "അവള്\u200d", "അവൾ"),
        ("ml", "വീട്\u200cil", "വീട്il"),
        ("bn", "সত্\u200d", "সৎ"),
        ("mr", "दर्\u200dया", "दऱ्या"),
        ("ro", "ştiinţă", "știință"),
        ("ro", "ŢARĂ", "țară"),
        ("ar", "ٱلكتاب", "الكتاب"),
        ("ar", "یوم", "يوم"),
        ("ar", "کبیر", "كبير"),
        ("arz", "کـــتاب", "كتاب"),
        ("fa", "كتاب", "کتاب"),
        ("fa", "علي", "علی"),
        ("fa", "موسى", "موسی"),
        ("prs", "كتابي", "کتابی"),
        ("ur", "كيا", "کیا"),
        ("ur", "هم", "ہم"),
        ("ckb", "ه\u200cم", "ەم"),
        ("ckb", "كورد", "کورد"),
        ("ps", "كور", "کور"),
        ("vi", "hòa", "hoà"),
        ("vi", "HÒA", "hoà"),
        ("vi", "thúy", "thuý"),
        ("vi", "khỏe mạnh", "khoẻ mạnh"),
        ("el", "ἀλλ´", "ἀλλ’"),
        ("fr", "l´eau", "l'eau"),
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
        ("tr", "ılık", "ilik"),
        ("tr", "IN", "in"),
        ("az", "qız", "qiz"),
        ("en", "ı", "i"),
        ("lt", "gėris", "geris"),
        ("lt", "í", "i"),
        ("de", "Maße", "Masse"),
        ("de", "Buße", "Busse"),
        ("uz", "oʻt", "ot"),
        ("uz", "togʻ", "tog"),
        ("haw", "ʻai", "ai"),
        ("quc", "ja'", "ja"),
        ("th", "น้ำ", "นำ"),
        ("th", "ขา", "ข้า"),
        ("th", "เกา", "แกา"),
        ("lo", "ນ້ຳ", "ນຳ"),
        ("ml", "അവന്", "അവൻ"),
        ("bn", "সৎ", "সত্"),
        ("mr", "दर्या", "दऱ्या"),
        ("ro", "și", "si"),
        ("ro", "țară", "tara"),
        ("tr", "ş", "s"),
        ("ar", "علي", "على"),
        ("ar", "ٱب", "أب"),
        ("ar", "آن", "ان"),
        ("fa", "آب", "اب"),
        ("fa", "خانه", "خانا"),
        ("ur", "بھائی", "بہائی"),
        ("ckb", "ه", "ە"),
        ("ps", "سړي", "سړی"),
        ("sd", "ك", "ک"),
        ("vi", "hoà", "hoa"),
        ("vi", "thuỷ", "thuỳ"),
        ("vi", "hoàn", "hòan"),
        ("fr", "ş", "ș"),
    ],
)
def test_different_words_stay_apart(code: str, one: str, other: str) -> None:
    language = languages.find(code)
    assert fold(one, language) != fold(other, language)


def test_points_are_removed_in_their_own_script_only() -> None:
    pointed = "עִ"
    assert fold(pointed, languages.find("he")) == "ע"
    assert fold(pointed, languages.find("fr")) == pointed


OWN_SPELLING = [languages.find(code) for code in sorted({code for code, _ in _SPELLINGS})]
EVERY = st.sampled_from([*PAPER_LANGUAGES, *OWN_SPELLING])
SPELT = st.text(
    st.sampled_from(
        "aeiouyıİI\u0307\u0301\u0300\u0323ßẞşţșțǝ'ʻʼ´`’oòaàừนํ้าีเแ่ຳໍ້ເ"
        "നണ്\u200d\u200cൻতৎरऱ्ٱیيىكکہهھۃةۀە\u0654\u0640 -"
    ),
    max_size=12,
)


@pytest.mark.parametrize(("code", "script"), _SPELLINGS)
def test_every_rule_is_reached_by_its_language(code: str, script: str) -> None:
    assert languages.find(f"{code}_{script}").script == script
    assert _spelling(languages.find(f"{code}_{script}").code, script) == _SPELLINGS[code, script]


@given(st.text() | SPELT, EVERY)
def test_folding_twice_changes_nothing(word: str, language: Language) -> None:
    assert fold(fold(word, language), language) == fold(word, language)


@given(st.text(min_size=1) | SPELT, EVERY)
def test_a_word_with_a_letter_never_folds_to_nothing(word: str, language: Language) -> None:
    assert fold("a" + word, language)
