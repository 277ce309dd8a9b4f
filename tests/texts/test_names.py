"""What names of files state."""

import string
from pathlib import Path

import langcodes
import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from bridgex import languages
from bridgex.errors import TextError, UnknownLanguageError
from bridgex.languages import USUAL_MEMBERS
from bridgex.texts.finding import find
from bridgex.texts.names import read_pair, stated
from bridgex.texts.tags import read_column, read_tag
from tests.texts.published_names import FLEURS, FLORES_200, MASSIVE, NOBODY, OPUS, OTHERS


@pytest.mark.parametrize("name", [*OPUS, *OTHERS])
def test_a_published_name_states_its_language_and_no_other(name: str) -> None:
    tag = stated(name).tag
    assert tag is not None
    assert tag.language.code == {**OPUS, **OTHERS}[name]
    assert not tag.doubtful


@pytest.mark.parametrize("name", NOBODY)
def test_words_and_pairs_state_no_language(name: str) -> None:
    assert stated(name).tag is None


@pytest.mark.parametrize(
    ("text", "code", "region"),
    [("jv-ID", "jv", "id"), ("jv_id", "jv", "id"), ("ca-ES", "ca", "es"), ("am-ET", "am", "et"),
     ("my-MM", "my", "mm"), ("ms-MY", "ms", "my"), ("es_419", "es", "419"), ("PT-BR", "pt", "br"),
     ("cmn_hans_cn", "zh", "cn"), ("yue_hant_hk", "yue", "hk"), ("in_ID", "id", "id"),
     ("zh-TW", "zh_Hant", "tw"), ("ZH_hant_tw", "zh_Hant", "tw"), ("sr-ME", "sr_Latn", "me"),
     ("pa_PK", "pa_Arab", "pk"), ("sd_in", "sd", "in"), ("nb_no", "nb", "no")],
)  # fmt: skip
def test_a_region_is_no_language_and_implies_its_script(text: str, code: str, region: str) -> None:
    tag = read_tag(text)
    assert tag is not None
    assert (tag.language.code, tag.region) == (code, region)


@pytest.mark.parametrize(
    ("text", "code"),
    [("sr-latn", "sr_Latn"), ("SR_LATN", "sr_Latn"), ("sr@latin", "sr_Latn"), ("sr_cyrl", "sr"),
     ("uz_cyrl", "uz_Cyrl"), ("zh_hans", "zh"), ("zh-hant", "zh_Hant"), ("az-arab", "az_Arab"),
     ("kk_latn", "kk_Latn"), ("pa-arab", "pa_Arab"), ("hin_latn", "hi_Latn"), ("kor_Hang", "ko"),
     ("serbian-cyrillic", "sr"), ("uzbek_cyrillic", "uz_Cyrl")],
)  # fmt: skip
def test_a_script_counts_in_any_case(text: str, code: str) -> None:
    tag = read_tag(text)
    assert tag is not None
    assert tag.language.code == code


@pytest.mark.parametrize(
    ("text", "pair"),
    [("de-fr", True), ("en-id", True), ("en_he", True), ("fr-ca", True), ("eng-heb", True),
     ("en-vi", True), ("en-pt_BR", True), ("English-Hebrew", True), ("eng_Latn-heb_Hebr", True),
     ("fr-CA", False), ("de-DE", False), ("pt-br", False), ("de-AT", False), ("es-mx", False)],
)  # fmt: skip
def test_a_pair_is_told_from_a_place(text: str, pair: bool) -> None:
    statement = stated(f"{text}.txt")
    assert (statement.tag is None) == (statement.pair is not None) == pair


def test_a_place_that_might_be_a_pair_is_doubtful_unless_a_pair_confirms_it() -> None:
    for text in ("zh-tw", "es-ar", "fr_ca"):
        tag = stated(f"{text}.txt").tag
        assert tag is not None
        assert tag.doubtful
    confirmed = stated("TED2020.de-zh_tw.zh_tw").tag
    assert confirmed is not None
    assert not confirmed.doubtful


CODES = sorted(
    {one + other for one in string.ascii_lowercase for other in string.ascii_lowercase}
    | {code[:3] for code in FLORES_200}
)
POOL = [code for code in CODES if langcodes.tag_is_valid(code)]
SCRIPTS = ["", "Latn", "Cyrl", "Arab", "Hans", "Hant", "Deva", "Hebr"]
REGIONS = ["", "ID", "ES", "MY", "ET", "CA", "TW", "BR", "IN", "NO", "IR", "AF", "419", "KE", "AR"]


@st.composite
def tags(draw: st.DrawFn) -> str:
    """A tag of any language, in either style and case, that cannot be read as a pair."""
    language, script = draw(st.sampled_from(POOL)), draw(st.sampled_from(SCRIPTS))
    region = draw(st.sampled_from(REGIONS))
    lower = draw(st.booleans()) and (bool(script) or not region)
    text = draw(st.sampled_from("-_")).join(filter(None, (language, script, region)))
    return text.casefold() if lower else text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("names")


@given(
    tag=tags(),
    shape=st.sampled_from(
        ["{}.txt", "{}/dev.txt", "newstest2019-ref.{}.txt", "corpus.{}", "mgsm_{}.tsv", "{}.jsonl"]
    ),
    other=st.sampled_from(POOL),
)
@example("jv-ID", "{}.txt", "id")
@example("ca-ES", "{}.txt", "es")
@example("am-ET", "{}.txt", "hy")
@example("zh-Hant", "{}/dev.txt", "zh")
def test_any_tag_s_file_is_found_for_its_language_and_for_no_other(
    folder: Path, tag: str, shape: str, other: str
) -> None:
    try:
        own = languages.find(tag)
    except UnknownLanguageError:
        reject()
    root = folder / f"{tag} {shape}".translate({ord(each): "+" for each in "./ {}"})
    path = root / shape.format(tag)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert find(root, own, lambda _: True, "text").paths == (path,)
    own_code, other_code = (
        languages.without_script(each).code for each in (own, languages.find(other))
    )
    related = {(own_code, other_code), (other_code, own_code)} & set(USUAL_MEMBERS.items())
    if own_code != other_code and not related:
        with pytest.raises(TextError, match="has no file for"):
            find(root, languages.find(other), lambda _: True, "text")


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("en-ar.0-5000.txt", "en ar"),
        ("fi-hu.test.2000.cc.trans", "fi hu"),
        ("EN-zh_hans.txt", "en zh"),
        ("en-zh_Hant.txt", "en zh_Hant"),
        ("en-zh-tw.txt", "en zh_Hant"),
        ("zh-tw-en.txt", "zh_Hant en"),
        ("EN-SR_LATN.txt", "en sr_Latn"),
        ("no-nb.txt", "no nb"),
        ("en-he_IL.txt", "en he"),
        ("pt-BR-en.txt", "pt en"),
        ("en-pt-BR.txt", "en pt"),
        ("en-ca-ES.txt", "en ca"),
        ("en_US-he_IL.txt", "en he"),
        ("en_he.txt", "en he"),
        ("en-ca.txt", "en ca"),
        ("ca-es.txt", "ca es"),
        ("en-vec.txt", "en vec"),
        ("en-cat_Latn_vale1252.txt", "en ca_vale1252"),
        ("wikt-en-he.txt", "en he"),
        ("english-hebrew.txt", "en he"),
        ("ca-ES.txt", None),
        ("ca_es.txt", None),
        ("pt-BR.txt", None),
        ("id-id.txt", None),
        ("zh-Hant-TW.txt", None),
        ("europarl-v7.de-en.en.txt", None),
        ("how-to-use.de.txt", None),
        ("README-first.txt", None),
    ],
)
def test_the_name_of_a_dictionary_states_a_pair(name: str, pair: str | None) -> None:
    read = read_pair(name)
    assert (read and " ".join(tag.language.code for tag in read)) == pair


MUSE = """af sq ar bn bs bg ca zh hr cs da nl en et tl fi fr de el he hi hu id it ja ko lv lt mk ms
no fa pl pt ro ru sk sl es sv ta th tr uk vi eo eu ka""".split()


@pytest.mark.parametrize("first", MUSE)
def test_a_pair_of_codes_is_never_a_region(first: str) -> None:
    """Every pair of the languages of MUSE and PanLex-BLI, ``en-ca`` and ``ca-es`` among them."""
    others = [code for code in MUSE if code != first]
    read = [read_pair(f"{first}-{second}.0-5000.txt") for second in others]
    assert [(pair[0].text, pair[1].text) for pair in read if pair] == [
        (first, second) for second in others
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("eng", "en"), ("heb_Hebr", "he"), ("HEB-HEBR", "he"), ("zh-tw", "zh_Hant"),
        ("ZH_TW", "zh_Hant"), ("SR_LATN", "sr_Latn"), ("sr-latn", "sr_Latn"), ("pt-BR", "pt"),
        ("pt_br", "pt"), ("he_IL", "he"), ("fr-be", "fr"), ("es-ar", "es"), ("jv-ID", "jv"),
        ("Hebrew", "he"), ("word", None), ("he_id", None), ("row_id", None), ("concept", None),
    ],
)  # fmt: skip
def test_a_column_is_of_one_language(name: str, code: str | None) -> None:
    tag = read_column(name)
    assert (tag and (tag.language.code, tag.doubtful)) == (code and (code, False))


@pytest.mark.parametrize("tag", [*FLORES_200, *MASSIVE, *FLEURS])
def test_published_tags_make_pairs_and_columns(tag: str) -> None:
    language = languages.find(tag)
    for text in (tag, tag.replace("_", "-"), tag.replace("-", "_")):
        column = read_column(text)
        assert column is not None
        assert column.language == language
    for partner in {"en", "heb"} - language.codes:
        forward, backward = read_pair(f"{partner}-{tag}.txt"), read_pair(f"{tag}-{partner}.trans")
        assert forward is not None
        assert forward[1].language == language
        assert backward is not None
        assert backward[0].language == language
