"""Languages, found by whatever a source calls them."""

import string

import langcodes
import pytest

from bridgex import languages
from bridgex.errors import RequestError, UnknownLanguageError
from bridgex.languages import PAPER_LANGUAGES, find, near_miss, pair_and_candidates, renamed
from tests.texts.published_names import FLORES_200

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
        ("zho_Hant", "zh_Hant", "Hant", "繁體中文"),
        ("cmn_Hant", "zh_Hant", "Hant", "繁體中文"),
        ("zh-TW", "zh_Hant", "Hant", "繁體中文"),
        ("srp_Latn", "sr_Latn", "Latn", "srpski"),
    ],
)
def test_languages_beyond_the_paper(name: str, code: str, script: str, endonym: str) -> None:
    language = find(name)
    assert (language.code, language.script, language.endonym) == (code, script, endonym)
    assert language not in PAPER_LANGUAGES


SOURCES = {
    "ISO 639-3": "zho jpn ara heb ind tgl fin hun swa eng deu fra ita por spa",
    "ISO 639-2/B": "chi jpn ara heb ind tgl fin hun swa eng ger fre ita por spa",
    "FLORES+": "cmn_Hans jpn_Jpan arb_Arab heb_Hebr ind_Latn fil_Latn fin_Latn hun_Latn swh_Latn "
    "eng_Latn deu_Latn fra_Latn ita_Latn por_Latn spa_Latn",
    "Open Multilingual Wordnet": "cmn jpn arb heb ind tgl fin hun swa eng deu fra ita por spa",
    "NTREX": "zho-CN jpn arb heb ind fil fin hun swa eng deu fra ita por spa",
    "CLDR": "zh ja ar he id fil fi hu sw en de fr it pt es",
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_s_codes_find_the_paper_s_languages(source: str) -> None:
    assert tuple(map(find, SOURCES[source].split())) == PAPER_LANGUAGES


def test_benchmarks_codes_find_their_languages() -> None:
    for codes in (
        "et ht id it qu sw ta th tr vi zh",  # XCOPA
        "bn de en es fr ja ru sw te th zh",  # MGSM
        "ar bg de el en es fr hi ru sw th tr ur vi zh",  # XNLI
    ):
        assert [find(code).code for code in codes.split()] == codes.split()


def test_every_code_of_flores_200_finds_a_language_of_its_own() -> None:
    """Each finds its file by that code, and no two languages are taken for one."""
    found = [find(code) for code in FLORES_200]
    assert len({language.code for language in found}) == len(found) == 204
    for code, language in zip(FLORES_200, found, strict=True):
        assert code.casefold() in language.codes
        assert code.endswith({"Kore": "Hang"}.get(language.script, language.script))


@pytest.mark.parametrize(
    ("macro", "individual", "script"),
    [("fa", "pes", "Arab"), ("lv", "lvs", "Latn"), ("ms", "zsm", "Latn"), ("uz", "uzn", "Latn"),
     ("kr_Arab", "knc_Arab", "Arab")],
)  # fmt: skip
def test_an_individual_language_that_stands_for_its_macrolanguage_is_it(
    macro: str, individual: str, script: str
) -> None:
    assert find(macro) == find(individual)
    assert find(macro).script == script


@pytest.mark.parametrize(
    ("name", "other", "script"),
    [("prs", "fa", "Arab"), ("swc", "sw", "Latn"), ("quy", "qu", "Latn"), ("tw", "ak", "Latn"),
     ("pbt", "ps", "Arab"), ("arz", "ar", "Arab")],
)  # fmt: skip
def test_another_individual_language_is_another(name: str, other: str, script: str) -> None:
    assert find(name) != find(other)
    assert find(name).script == script
    assert find(name) == find(f"{name}_{script}")


def test_every_language_of_iso_639_1_has_a_name_a_script_and_its_own_codes() -> None:
    letters = string.ascii_lowercase
    codes = [one + other for one in letters for other in letters]
    valid = [code for code in codes if langcodes.get(code).is_valid()]
    assert len(valid) > 180
    for code in valid:
        language = find(code)
        assert language.endonym
        assert language.script
        assert find(language.code) == find(f"{language.code.split('_')[0]}_{language.script}")
        assert {language.code.casefold(), language.name.casefold()} <= language.codes


@pytest.mark.parametrize(
    ("code", "endonym"),
    [("ka", "ქართული"), ("zu", "isiZulu"), ("nd", "isiNdebele"), ("ve", "tshiVenḓa"),
     ("tr", "Türkçe"), ("nl", "Nederlands"), ("az", "azərbaycan"), ("ru", "русский"),
     ("nb", "norsk bokmål"), ("zh_Hant", "繁體中文"), ("yue", "粵語"), ("prs", "دری"),
     ("ps", "پښتو"), ("uz", "o‘zbek"), ("hy", "հայերեն"), ("sr_Latn", "srpski"),
     ("cat_Latn_vale1252", "català")],
)  # fmt: skip
def test_endonyms_are_spelled_as_in_cldr_and_keep_their_case(code: str, endonym: str) -> None:
    assert find(code).endonym == endonym


def test_no_endonym_has_capitals_of_georgian() -> None:
    mtavruli = range(0x1C90, 0x1CC0)
    for code in ("ka", "kat_Geor", "xmf", "sva"):
        assert not any(ord(letter) in mtavruli for letter in find(code).endonym)


def test_the_paper_s_endonyms_stand() -> None:
    assert " ".join(language.endonym for language in PAPER_LANGUAGES) == (
        "中文 日本語 عربي עִברִית Indonesia Tagalog suomi magyar kiswahili English Deutsch Français "
        "Italiano Português Español"
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [("Dari", "prs"), ("dari", "prs"), ("دری", "fa"), ("Persian", "fa"), ("Iranian Persian", "fa"),
     ("Congo Swahili", "swc"), ("Montenegrin", "cnr"), ("Traditional Chinese", "zh_Hant"),
     ("Moldavian", "ro"), ("Bengali", "bn"), ("dut", "nl"), ("jv-ID", "jv"), ("es_419", "es"),
     ("cmn_hans_cn", "zh"), ("yue_hant_hk", "yue"), ("ca-ES", "ca"), ("am-ET", "am")],
)  # fmt: skip
def test_a_name_means_the_language_and_a_region_none(name: str, code: str) -> None:
    assert find(name).code == code


def test_a_variety_is_a_language_of_its_own() -> None:
    valencian = find("cat_Latn_vale1252")
    assert (valencian.code, valencian.name) == ("ca_vale1252", "Catalan (vale1252)")
    assert valencian == find("ca-vale1252") == find("CAT_vale1252")
    assert "cat_latn_vale1252" in valencian.codes
    assert valencian != find("ca") != find("ca-valencia")
    assert find("oci_Latn_aran1260").name == "Occitan (aran1260)"
    assert find("de-1996") == find("de")


@pytest.mark.parametrize("text", ["\0", "he\0", "\ud800", "und", "x" * 10_000, "he\nfr", "_"])
def test_what_is_no_name_is_an_unknown_language(text: str) -> None:
    with pytest.raises(UnknownLanguageError, match="is not a language known here"):
        find(text)


def test_a_language_may_go_under_another_name() -> None:
    indonesian = find("id").with_endonym(" Bahasa Indonesia ")
    assert indonesian.endonym == "Bahasa Indonesia"
    assert find("id").endonym == "Indonesia"
    assert indonesian == find("id")
    assert len({indonesian, find("id")}) == 1
    for name in ("", " ", "a\nb", 'a"b'):
        with pytest.raises(RequestError, match="cannot name Indonesian"):
            indonesian.with_endonym(name)


def test_a_pair_is_renamed_by_any_code() -> None:
    pair = find("id"), find("he")
    source, target = renamed(pair, {"heb": "עברית"})
    assert (source.endonym, target.endonym) == ("Indonesia", "עברית")
    with pytest.raises(RequestError, match="given for German, but the prompts name only Indon"):
        renamed(pair, {"de": "Deutsch"})
    with pytest.raises(RequestError, match="Indonesian is given two endonyms"):
        renamed(pair, {"id": "a", "ind": "b"})


@pytest.mark.parametrize(("name", "near"), [("Swahilli", "Swahili"), ("Hebrw", "Hebrew")])
def test_an_unknown_language_suggests_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UnknownLanguageError, match=f"Did you mean '{near}'"):
        find(name)
    with pytest.raises(UnknownLanguageError):
        find("")


def test_default_candidates_leave_the_pair_out() -> None:
    _, bridges = pair_and_candidates("en", "sw")
    assert [each.code for each in bridges] == ["de", "fr", "it", "pt", "es"]
    assert languages.CANDIDATES[0] == "en"


def test_a_candidate_of_the_pair_is_named() -> None:
    with pytest.raises(RequestError, match="leave 'eng' out of --candidates"):
        pair_and_candidates("en", "sw", ["eng", "de"])


@pytest.mark.parametrize("name", ["\0sr@latin", "zh\0Hant", "sr@\0latin^", "\0", "sr\nlatin\r\n?"])
def test_a_name_that_is_no_text_is_refused_in_one_line(name: str) -> None:
    """The tables of names fail on NUL with a SystemError; what is quoted may have line ends."""
    with pytest.raises(UnknownLanguageError) as raised:
        find(name)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("idd", " idd is Ede Idaca; did you mean id (Indonesian)?"),
        ("enn", " enn is Engenni; did you mean en (English)?"),
        ("id", ""),
        ("ind", ""),
        ("ceb", ""),
        ("nn", ""),
        ("zh_Hant", ""),
    ],
)
def test_a_code_typed_with_a_letter_twice_is_asked_about(code: str, question: str) -> None:
    assert near_miss(find(code)) == question
