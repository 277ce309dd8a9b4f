"""Which language the files and columns of dictionaries are of, whatever the format."""

from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts import Lexicon, read_lexicon

NB_FOR_NO = "read from no, which usually means Norwegian Bokmål"


def read(folder: Path, name: str, content: str, pair: str) -> Lexicon:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    source, target = map(languages.find, pair.split())
    return read_lexicon(folder, source, target)


PAIR_NAMES = [
    ("EN-zh_hans.txt", "en zh"),
    ("en-ZH_HANT.txt", "en zh_Hant"),
    ("en-zh-tw.txt", "en zh_Hant"),
    ("en-he_IL.txt", "en he"),
    ("en-pt-BR.txt", "en pt"),
    ("en_US-pt_br.trans", "en pt"),
    ("en-sr_latn.txt", "en sr_Latn"),
    ("english-hebrew.txt", "en he"),
    ("wikt-en-he.txt", "en he"),
]


@pytest.mark.parametrize(("name", "pair"), PAIR_NAMES)
def test_word_pairs_go_by_the_tags_of_their_name(tmp_path: Path, name: str, pair: str) -> None:
    lexicon = read(tmp_path, name, "a\tb\n", pair)
    assert (lexicon.entries, lexicon.provenance.steps) == ({"a": ("b",)}, ())
    backwards = read(tmp_path, name, "a\tb\n", " ".join(reversed(pair.split())))
    assert backwards.entries == {"b": ("a",)}


HEADERS = [
    ("eng heb_Hebr", "en he"),
    ("EN HEB-HEBR", "en he"),
    ("en he_IL", "en he"),
    ("en-US pt-BR", "en pt"),
    ("en zh-tw", "en zh_Hant"),
    ("en zh_hant", "en zh_Hant"),
    ("ENG ZHO-HANS", "en zh"),
    ("en SR_LATN", "en sr_Latn"),
    ("word_en word_zh-tw", "en zh_Hant"),
    ("word_en_US word_pt_BR", "en pt"),
    ("id en_id en he", "en he"),
    ("row src en vec", "en vec"),
]


@pytest.mark.parametrize(("header", "pair"), HEADERS)
@pytest.mark.parametrize("ending", ["tsv", "csv", "jsonl"])
def test_columns_go_by_the_tags_of_the_header(
    tmp_path: Path, ending: str, header: str, pair: str
) -> None:
    names = header.split()
    cells = ["x"] * (len(names) - 2) + ["a", "b"]
    if ending == "jsonl":
        content = "{" + ", ".join(map('"{}": "{}"'.format, names, cells)) + "}\n"
    else:
        separator = "\t" if ending == "tsv" else ","
        content = f"{separator.join(names)}\n{separator.join(cells)}\n"
    lexicon = read(tmp_path, f"words.{ending}", content, pair)
    assert (lexicon.entries, lexicon.provenance.steps) == ({"a": ("b",)}, ())


WORDNET_NO = "1-n\tno:lemma\tb\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("en-no.txt", "en\tno\na\tb\n"),
        ("words.tsv", "en\tno\na\tb\n"),
        ("words.csv", "word_en;word_no\na;b\n"),
        ("words.jsonl", '{"en": "a", "no": "b"}\n'),
        ("wn-no.tab", WORDNET_NO),
    ],
)
def test_a_macrolanguage_serves_its_usual_member_with_a_note(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / "wn-eng.tab").write_text("1-n\teng:lemma\ta\n", encoding="utf-8")
    lexicon = read(tmp_path, name, content, "en nb")
    assert (lexicon.entries, lexicon.provenance.steps) == ({"a": ("b",)}, (NB_FOR_NO,))
    assert read(tmp_path, name, content, "en no").provenance.steps == ()
    with pytest.raises(TextError, match="No dictionary for English–Norwegian Nynorsk"):
        read(tmp_path, name, content, "en nn")


def test_a_member_serves_its_macrolanguage_with_a_note(tmp_path: Path) -> None:
    lexicon = read(tmp_path, "en-pbt.txt", "a\tb\n", "en ps")
    assert lexicon.provenance.steps == ("read from pbt, the usual variety of Pashto",)


def test_the_language_itself_comes_before_what_stands_for_it(tmp_path: Path) -> None:
    read(tmp_path, "en-no.txt", "a\tmacro\n", "en no")
    lexicon = read(tmp_path, "nb-en.txt", "member\ta\n", "en nb")
    assert (lexicon.entries, lexicon.provenance.steps) == ({"a": ("member",)}, ())
    assert read_lexicon(tmp_path, lexicon.source, languages.find("no")).entries == {"a": ("macro",)}


def test_two_names_of_a_macrolanguage_make_a_pair(tmp_path: Path) -> None:
    for pair, entries in (("no nb", {"a": ("b",)}), ("nb no", {"b": ("a",)})):
        assert read(tmp_path, "no-nb.txt", "a\tb\n", pair).entries == entries
        assert read(tmp_path, "words.tsv", "no\tnb\na\tb\n", pair).entries == entries


@pytest.mark.parametrize(
    ("name", "content"),
    [("words.tsv", "sq\tnb\na\tb\n"), ("wn-nob.tab", "1-n\tnob:lemma\tb\n")],
)
def test_one_column_or_file_is_never_both_languages(
    tmp_path: Path, name: str, content: str
) -> None:
    with pytest.raises(TextError, match="No dictionary for Norwegian–Norwegian Bokmål"):
        read(tmp_path, name, content, "no nb")


@pytest.mark.parametrize(
    ("name", "content", "pair"),
    [
        ("en-zh_Hant.txt", "a\tb\n", "en zh"),
        ("en-zh-tw.txt", "a\tb\n", "en zh"),
        ("en-sr_latn.txt", "a\tb\n", "en sr"),
        ("en-pt-BR.txt", "a\tb\n", "en br"),
        ("en-ca-ES.txt", "a\tb\n", "en es"),
        ("words.tsv", "en\tzh-tw\na\tb\n", "en zh"),
        ("words.tsv", "en\tsr_LATN\na\tb\n", "en sr"),
        ("words.csv", "en,jv-ID\na,b\n", "en id"),
        ("words.csv", "en,pt_BR\na,b\n", "en br"),
        ("words.jsonl", '{"en": "a", "ca-ES": "b"}\n', "en es"),
        ("wn-srp.tab", "1-n\tsr-Latn:lemma\ta\n1-n\teng:lemma\tb\n", "en sr"),
        ("wn-cldr-srp_latn.tab", "1-n\tsrp:lemma\tb\n", "en sr"),
    ],
)
def test_a_region_is_no_language_and_a_script_counts(
    tmp_path: Path, name: str, content: str, pair: str
) -> None:
    (tmp_path / "wn-eng.tab").write_text("1-n\teng:lemma\ta\n", encoding="utf-8")
    with pytest.raises(TextError, match="No dictionary for English"):
        read(tmp_path, name, content, pair)


def test_composing_keeps_the_notes(tmp_path: Path) -> None:
    read(tmp_path, "he-en.txt", "x\ta\n", "he en")
    lexicon = read(tmp_path, "en-no.txt", "a\tb\n", "he nb")
    assert lexicon.entries == {"x": ("b",)}
    assert lexicon.provenance.steps[0] == NB_FOR_NO
