"""Languages, found by whatever a source calls them."""

import pytest

from bridgex import languages
from bridgex.errors import RequestError, UnknownLanguageError
from bridgex.languages import PAPER_LANGUAGES, find, named_in, pair_and_candidates

FLORES = """
zho_Hans jpn_Jpan arb_Arab heb_Hebr ind_Latn tgl_Latn fin_Latn hun_Latn swh_Latn eng_Latn
deu_Latn fra_Latn ita_Latn por_Latn spa_Latn
""".split()


def test_the_paper_s_languages_are_found_by_all_their_names() -> None:
    assert len(PAPER_LANGUAGES) == 15
    for language, flores in zip(PAPER_LANGUAGES, FLORES, strict=True):
        for name in (language.code, flores, flores[:3], language.name, language.endonym):
            assert find(name) is language
            assert find(f" {name.upper()} ") is language


def test_no_code_means_two_languages() -> None:
    codes = [code for language in PAPER_LANGUAGES for code in language.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("name", "code"),
    [("fil", "tl"), ("iw", "he"), ("עברית", "he"), ("zh-Hans", "zh"), ("swa", "sw"), ("cmn", "zh")],
)
def test_other_usual_codes(name: str, code: str) -> None:
    assert find(name).code == code


@pytest.mark.parametrize(
    ("name", "code", "script", "endonym"),
    [
        ("ko", "ko", "Kore", "한국어"),
        ("yor_Latn", "yo", "Latn", "Èdè Yorùbá"),
        ("Vietnamese", "vi", "Latn", "Tiếng Việt"),
        ("zho_Hant", "zh_Hant", "Hant", "中文"),
    ],
)
def test_languages_beyond_the_paper(name: str, code: str, script: str, endonym: str) -> None:
    language = find(name)
    assert (language.code, language.script, language.endonym) == (code, script, endonym)
    assert language not in PAPER_LANGUAGES


@pytest.mark.parametrize(("name", "near"), [("Swahilli", "Swahili"), ("Hebrw", "Hebrew")])
def test_an_unknown_language_suggests_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UnknownLanguageError, match=f"Did you mean '{near}'"):
        find(name)
    with pytest.raises(UnknownLanguageError):
        find("")


@pytest.mark.parametrize(
    ("stem", "has", "lacks"),
    [
        ("wn-wikt-heb.tab", "heb", "wn_wikt"),
        ("zho_Hant.devtest", "zho_hant", "zho"),
        ("zh-Hant.txt", "zh_hant", "zh"),
        ("en-ar.0-5000.txt", "ar", ""),
    ],
)
def test_codes_in_a_file_name(stem: str, has: str, lacks: str) -> None:
    assert has in named_in(stem)
    assert lacks not in named_in(stem)


def test_default_candidates_leave_the_pair_out() -> None:
    _, bridges = pair_and_candidates("en", "sw")
    assert [each.code for each in bridges] == ["de", "fr", "it", "pt", "es"]
    assert languages.CANDIDATES[0] == "en"


def test_a_candidate_of_the_pair_is_named() -> None:
    with pytest.raises(RequestError, match="leave 'eng' out of --candidates"):
        pair_and_candidates("en", "sw", ["eng", "de"])
