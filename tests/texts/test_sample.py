"""The shape of the embedded lexicon and corpus."""

import csv
import itertools
import unicodedata
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language, find
from bridgex.texts import fold, read_corpus, sample_corpus, sample_lexicon

SCRIPTS = {
    "Latn": {"LATIN"},
    "Hebr": {"HEBREW"},
    "Arab": {"ARABIC"},
    "Hans": {"CJK"},
    "Jpan": {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA"},  # IDEOGRAPHIC: the sign 々
}
# Shares of concepts with a word that is also English: cognates and loans, counted by reading them
# (fr 73, de 58, es 15, it 13, id 13, pt 12, hu 7, fi 5, sw 1 of 691), and a little room.
COGNATES = {
    "fr": 0.12, "de": 0.10, "es": 0.03, "it": 0.03, "id": 0.03, "pt": 0.03, "hu": 0.02,
    "fi": 0.02, "sw": 0.01,
}  # fmt: skip


def rows() -> list[dict[str, str]]:
    path = resources.files("bridgex.texts") / "sample" / "lexicon.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))


ROWS = rows()
per_language = pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
per_foreign_language = pytest.mark.parametrize(
    "language", [each for each in PAPER_LANGUAGES if each.code != "en"], ids=str
)


def scripts(text: str) -> Counter[str]:
    letters = (each for each in text if each.isalpha())
    return Counter(unicodedata.name(each).split()[0].split("-")[0] for each in letters)


def test_the_lexicon_has_concepts_enough_and_all_languages() -> None:
    assert len(ROWS) >= 600
    assert set(ROWS[0]) == {"concept", "pos", *(each.code for each in PAPER_LANGUAGES)}
    assert all(None not in row and None not in row.values() for row in ROWS)
    assert {row["pos"] for row in ROWS} <= {"noun", "verb", "adj", "adv", "num"}
    concepts = [row["concept"] for row in ROWS]
    assert len(set(concepts)) == len(concepts)
    assert all(concept.isascii() and concept.replace("_", "").isalpha() for concept in concepts)


@per_language
def test_cells_hold_single_words_each_once(language: Language) -> None:
    for row in ROWS:
        words = row[language.code].split("|")
        folded = {fold(word, language) for word in words}
        assert 1 <= len(words) <= 4, row
        assert all(words), row
        assert len(set(words)) == len(words), row
        assert len(folded) >= len(words) - ("weiss" in words), row
        assert not any(each.isspace() for each in row[language.code]), row
        assert unicodedata.is_normalized("NFC", row[language.code]), row


@per_language
def test_words_are_letters_of_their_script(language: Language) -> None:
    for row in ROWS:
        text = row[language.code].replace("|", "")
        assert all(each.isalpha() or each in "-'" for each in text), row
        assert scripts(text).keys() <= SCRIPTS[language.script], row


@per_language
def test_first_words_are_unique(language: Language) -> None:
    first = Counter(fold(row[language.code].split("|")[0], language) for row in ROWS)
    assert [word for word, times in first.items() if times > 1] == []


@per_foreign_language
def test_cells_are_translated(language: Language) -> None:
    english = languages.find("en")
    same = [
        row["concept"]
        for row in ROWS
        if {fold(word, language) for word in row[language.code].split("|")}
        & {fold(word, english) for word in row["en"].split("|")}
    ]
    assert len(same) <= COGNATES.get(language.code, 0) * len(ROWS), same


@pytest.mark.parametrize(("code", "charset"), [("zh", "gb2312"), ("ja", "shift_jis")])
def test_han_characters_are_those_of_the_language(code: str, charset: str) -> None:
    words = {word for row in ROWS for word in row[code].split("|")}
    assert [word for word in words if word.encode(charset, "replace").count(b"?")] == []


def test_every_pair_has_usable_words_enough() -> None:
    for source, target in itertools.permutations(PAPER_LANGUAGES, 2):
        usable, _ = sample_lexicon(source, target).without_identical()
        assert len(usable.entries) >= 500, (source.code, target.code)


def test_the_lexicon_says_where_it_comes_from() -> None:
    provenance = sample_lexicon(languages.find("id"), languages.find("he")).provenance
    assert provenance.name == "bridgex sample lexicon"
    assert provenance.licence == "Apache-2.0"
    assert provenance.files == ("lexicon.tsv",)


def test_the_corpus_is_parallel_and_varied() -> None:
    counts = {each.code: len(sample_corpus(each).sentences) for each in PAPER_LANGUAGES}
    assert len(set(counts.values())) == 1, counts
    assert counts["en"] >= 150


@per_language
def test_sentences_are_clean_and_in_their_script(language: Language) -> None:
    corpus = sample_corpus(language)
    assert corpus.provenance.name == "bridgex sample corpus"
    assert corpus.provenance.licence == "Apache-2.0"
    [name] = corpus.provenance.files
    path = resources.files("bridgex.texts") / "sample" / "corpus" / name
    raw = path.read_text(encoding="utf-8")
    assert tuple(raw.splitlines()) == corpus.sentences
    assert len({fold(each, language) for each in corpus.sentences}) == len(corpus.sentences)
    odd = [each for each in raw if unicodedata.category(each) in ("Cf", "Zs", "Zl", "Cc")]
    assert set(odd) <= {" ", "\n"}
    found = scripts(raw)
    own = sum(found[script] for script in SCRIPTS[language.script])
    assert own >= 0.99 * found.total()


@per_foreign_language
def test_sentences_are_translated(language: Language) -> None:
    english = sample_corpus(languages.find("en")).sentences
    assert not set(english) & set(sample_corpus(language).sentences)


def test_japanese_sentences_have_kana_and_chinese_ones_do_not() -> None:
    japanese = scripts("".join(sample_corpus(languages.find("ja")).sentences))
    assert japanese["HIRAGANA"] > 0.4 * japanese.total()
    chinese = "".join(sample_corpus(languages.find("zh")).sentences)
    assert set(scripts(chinese)) == {"CJK"}
    assert chinese.encode("gb2312", "replace").count(b"?") <= 0.002 * len(chinese)


@pytest.mark.parametrize(
    ("ask", "option"),
    [
        (lambda: sample_lexicon(languages.find("en"), languages.find("ru")), "--lexicon PATH"),
        (lambda: sample_lexicon(languages.find("ru"), languages.find("en")), "--lexicon PATH"),
        (lambda: sample_corpus(languages.find("ru")), "--corpus DIR"),
    ],
    ids=["target", "source", "corpus"],
)
def test_other_languages_are_refused_with_a_remedy(ask: object, option: str) -> None:
    assert callable(ask)
    with pytest.raises(TextError, match=f"no Russian, only zh ja .*; give your own with {option}"):
        ask()


def test_a_language_that_is_not_there_may_be_a_slip_of_the_hand(tmp_path: Path) -> None:
    question = r"idd is Ede Idaca; did you mean id \(Indonesian\)\?$"
    with pytest.raises(TextError, match=question):
        sample_corpus(find("idd"))
    (tmp_path / "id.txt").write_text("Satu.\n", encoding="utf-8")
    with pytest.raises(TextError, match=question):
        read_corpus(tmp_path, find("idd"))
