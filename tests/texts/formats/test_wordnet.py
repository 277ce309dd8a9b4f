"""Open Multilingual Wordnet tab files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts import LICENCE_NOT_STATED, Lexicon, read_lexicon
from bridgex.texts.limits import ReadingLimits, reading_limits

ENGLISH = languages.find("en")
GERMAN = languages.find("de")
ARABIC = languages.find("ar")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HEADER = "# Wiktionary\teng\thttp://wiktionary.org/\tCC BY-SA\n"


def wordnet(folder: Path, code: str, *rows: str, header: str = HEADER) -> None:
    content = header + "".join(f"{row}\n" for row in rows)
    (folder / f"wn-wikt-{code}.tab").write_text(content, encoding="utf-8")


def lemmas(code: str, **synsets: str) -> list[str]:
    return [
        f"{synset.removeprefix('s')}-n\t{code}:lemma\t{word}"
        for synset, words in synsets.items()
        for word in words.split("/")
    ]


def test_words_that_share_synsets_translate_each_other(tmp_path: Path) -> None:
    wordnet(tmp_path, "eng", *lemmas("eng", s1="water", s2="water/lake", s3="bank", s4="ice"))
    wordnet(tmp_path, "deu", *lemmas("deu", s1="Wasser", s2="See/Wasser", s3="Bank", s5="Eis"))
    lexicon = read_lexicon(tmp_path, ENGLISH, GERMAN)
    assert list(lexicon.entries.items()) == [
        ("water", ("Wasser", "See")),
        ("lake", ("See", "Wasser")),
        ("bank", ("Bank",)),
    ]
    assert lexicon.provenance.files == ("wn-wikt-eng.tab", "wn-wikt-deu.tab")
    assert lexicon.provenance.licence == "CC BY-SA"


def test_a_sense_a_word_has_to_itself_weighs_more(tmp_path: Path) -> None:
    wordnet(tmp_path, "eng", *lemmas("eng", s1="head/chief/boss", s2="head"))
    wordnet(tmp_path, "deu", *lemmas("deu", s1="Chef", s2="Kopf"))
    assert read_lexicon(tmp_path, ENGLISH, GERMAN).entries["head"] == ("Kopf", "Chef")


@pytest.mark.parametrize(
    "lemma",
    ["", " ", "ice cream", "ice_cream", "a,b", "sea; lake", "1st", "B12", "disk/disc", "I,v''",
     "...", "e.g.", "[[sea]]", "~", "-"],
)  # fmt: skip
def test_cells_that_are_no_single_word_are_left_out(tmp_path: Path, lemma: str) -> None:
    wordnet(tmp_path, "eng", *lemmas("eng", s1="sea"), f"1-n\teng:lemma\t{lemma}")
    wordnet(tmp_path, "deu", *lemmas("deu", s1="Meer"))
    assert read_lexicon(tmp_path, ENGLISH, GERMAN).entries == {"sea": ("Meer",)}


@pytest.mark.parametrize(
    ("code", "lemma", "word"),
    [
        ("jpn", "デ・ジュリ", "デ・ジュリ"),
        ("jpn", "Tシャツ", "Tシャツ"),
        ("jpn", "\u200e現実", "現実"),
        ("jpn", "買い物\u3000", "買い物"),
        ("arb", "وِقاء", "وِقاء"),
        ("heb", "ג׳ירף", "ג׳ירף"),
        ("swa", "-zuri", "zuri"),
        ("fra", "aujourd’hui", "aujourd’hui"),
        ("hin", "पानी", "पानी"),
        ("deu", "py\u00adtha", "pytha"),
        ("ind", "abu-abu", "abu-abu"),
    ],
)
def test_words_of_every_script_are_kept(tmp_path: Path, code: str, lemma: str, word: str) -> None:
    wordnet(tmp_path, "eng", *lemmas("eng", s1="sea"))
    wordnet(tmp_path, code, f"1-n\t{code}:lemma\t{lemma}")
    lexicon = read_lexicon(tmp_path, ENGLISH, languages.find(code))
    assert lexicon.entries == {"sea": (word,)}


def test_latin_words_in_another_script_are_left_out(tmp_path: Path) -> None:
    wordnet(tmp_path, "eng", *lemmas("eng", s1="shrewd"))
    wordnet(tmp_path, "arb", *lemmas("arb", s1="trüf/ماكر"))
    assert read_lexicon(tmp_path, ENGLISH, ARABIC).entries == {"shrewd": ("ماكر",)}


def test_rows_name_the_language_whatever_the_header_says(tmp_path: Path) -> None:
    wordnet(tmp_path, "x", *lemmas("arb", s1="بحر"), header="# Wiktionary\tarn\thttp://x/\t\n")
    wordnet(tmp_path, "eng", *lemmas("eng", s1="sea"), header="")
    lexicon = read_lexicon(tmp_path, ENGLISH, ARABIC)
    assert lexicon.entries == {"sea": ("بحر",)}
    assert lexicon.provenance.licence == LICENCE_NOT_STATED


def test_other_rows_are_passed_over(tmp_path: Path) -> None:
    wordnet(
        tmp_path, "eng", "1-n\teng:def\t0\tsalt water", "1-n\tlemma\tsea", "", "1-n\teng:exe\t0\tx"
    )
    wordnet(tmp_path, "deu", *lemmas("deu", s1="Meer"))
    assert read_lexicon(tmp_path, ENGLISH, GERMAN).entries == {"sea": ("Meer",)}


@pytest.mark.parametrize("row", ["1-n\teng:lemma", "sea", "one\teng:lemma\tsea"])
def test_a_row_that_is_none_of_a_wordnet_is_named(tmp_path: Path, row: str) -> None:
    wordnet(tmp_path, "eng", *lemmas("eng", s1="sea"), row)
    wordnet(tmp_path, "deu", *lemmas("deu", s1="Meer"))
    with pytest.raises(TextError, match=r"wn-wikt-eng\.tab, line 3: no wordnet row"):
        read_lexicon(tmp_path, ENGLISH, GERMAN)


@pytest.mark.parametrize(("one", "other"), [("s", "a"), ("a", "s"), ("s", "s"), ("a", "a")])
def test_satellite_adjectives_meet_adjectives(tmp_path: Path, one: str, other: str) -> None:
    wordnet(
        tmp_path, "eng", f"1-{one}\teng:lemma\tsmall", "2-a\teng:lemma\tbig", "3-r\teng:lemma\tfast"
    )
    wordnet(
        tmp_path,
        "deu",
        f"1-{other}\tdeu:lemma\tklein",
        "2-a\tdeu:lemma\tgroß",
        "3-a\tdeu:lemma\tfest",
    )
    assert read_lexicon(tmp_path, ENGLISH, GERMAN).entries == {
        "small": ("klein",),
        "big": ("groß",),
    }


def test_a_wordnet_that_tells_satellites_apart_keeps_them_apart(tmp_path: Path) -> None:
    wordnet(tmp_path, "eng", "1-s\teng:lemma\ttiny", "1-a\teng:lemma\tfair")
    wordnet(tmp_path, "deu", "1-a\tdeu:lemma\tgerecht")
    assert read_lexicon(tmp_path, ENGLISH, GERMAN).entries == {"fair": ("gerecht",)}


def test_synsets_that_multiply_are_refused_before_they_do(tmp_path: Path) -> None:
    words = [f"1-n\t{{}}:lemma\t{a}{b}{c}" for a in LETTERS for b in LETTERS for c in LETTERS[:2]]
    for code in ("eng", "deu"):
        wordnet(tmp_path, code, *(row.format(code) for row in words))
    with pytest.raises(TextError, match=r"wn-wikt-eng\.tab and .*1,000,000 word pairs from 2,7"):
        read_lexicon(tmp_path, ENGLISH, GERMAN)
    with reading_limits(ReadingLimits(expansion=2000)):
        entries = read_lexicon(tmp_path, ENGLISH, GERMAN).entries
    assert sum(map(len, entries.values())) == len(words) ** 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wordnets")
    wordnet(folder, "deu", *lemmas("deu", s1="Meer"))
    return folder


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1-n", "2-v", "", "#", "x"]),
        st.sampled_from(["eng:lemma", "lemma", "eng:def", "", ":"]),
        st.text(),
    ).map("\t".join)
).map(lambda rows: "\n".join(rows).encode())


@given(st.binary() | ROWS)
def test_any_bytes_are_read_or_refused_by_name(folder: Path, content: bytes) -> None:
    path = folder / "wn-wikt-eng.tab"
    path.write_bytes(content)
    try:
        lexicon: Lexicon = read_lexicon([path, folder / "wn-wikt-deu.tab"], ENGLISH, GERMAN)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert set(lexicon.entries.values()) == {("Meer",)}
    assert path.name in said
