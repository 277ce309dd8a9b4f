"""Every published dictionary and corpus format, read whole and counted another way."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts import Lexicon, Provenance, fold, read_corpus, read_lexicon, read_parallel
from bridgex.texts.files import normalised, read_text
from bridgex.texts.finding import find
from bridgex.texts.formats.wordnet import Wordnet
from bridgex.texts.words import unpointed
from tests.published import FLORES, MUSE, Published

NOWHERE = Provenance("test", "CC0", (), "")


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_flores_is_read_whole(published: Published, language: Language) -> None:
    folder = published.folder / "flores200"
    path = folder / "devtest" / f"{FLORES[language.code]}.devtest"
    corpus = read_corpus(folder, language)
    raw = path.read_bytes().decode()
    assert corpus.provenance.files == (path.name,)
    assert len(corpus.sentences) == raw.count("\n") == published.sentences
    quirks = "\u200b\u00a0\u2009\u3000"
    assert not any(quirk in sentence for quirk in quirks for sentence in corpus.sentences)
    letters = [sum(map(str.isalpha, text)) for text in ("".join(corpus.sentences), raw)]
    assert letters[0] == letters[1] or language.code == "ar"


INVISIBLE = "\u200b\u200e\u200f\u00ad\ufeff\u2060"


@pytest.mark.parametrize(
    ("files", "code", "quirk"),
    [
        ("flores200", "ar", "not NFC"),
        ("flores200", "ar", "points"),
        ("flores200", "fr", "no-break"),
        ("flores200", "tl", "untrimmed"),
        ("flores200", "de", "invisible"),
        ("sib200", "he", "points"),
        ("sib200", "fi", "invisible"),
    ],
)
def test_quirks_are_there_and_gone_after_reading(
    published: Published, files: str, code: str, quirk: str
) -> None:
    """Vowel points stay in sentences; they go where words are compared."""
    language = languages.find(code)
    folder = published.folder / files
    sentences = read_corpus(folder, language).sentences
    paths = [path for path in folder.rglob("*") if FLORES[code] in str(path) and path.is_file()]
    raw = [line for path in paths for line in path.read_text(encoding="utf-8").split("\n")]
    has: dict[str, Callable[[str], bool]] = {
        "not NFC": lambda line: not unicodedata.is_normalized("NFC", line),
        "points": lambda line: unpointed(line, language) != line,
        "no-break": lambda line: "\u00a0" in line or "\u202f" in line,
        "untrimmed": lambda line: line != line.strip(),
        "invisible": lambda line: any(sign in line for sign in INVISIBLE),
    }
    assert any(map(has[quirk], raw))
    assert any(map(has[quirk], sentences)) == (quirk == "points")
    if quirk == "points":
        assert not any(has[quirk](fold(line, language)) for line in sentences)


def test_many_rows_of_muse_translate_a_word_by_itself(published: Published) -> None:
    lexicon = read_lexicon(published.folder / "muse", languages.find("en"), languages.find("tl"))
    kept, dropped = lexicon.without_identical()
    same = [word for word, targets in lexicon.entries.items() if word in targets]
    assert dropped == len(same) == published.muse_same
    assert len(kept.entries) == len(lexicon.entries) - sum(
        lexicon.entries[word] == (word,) for word in same
    )


@pytest.mark.parametrize("pair", MUSE)
def test_muse_is_read_whole_in_both_directions(published: Published, pair: str) -> None:
    source, target = (languages.find(code) for code in pair.split("-"))
    path = published.folder / "muse" / f"{pair}.0-5000.txt"
    rows = [tuple(row.split()) for row in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == published.muse
    lexicon = read_lexicon(path.parent, source, target)
    assert lexicon.provenance.files == (path.name,)
    assert list(lexicon.entries) == list(dict.fromkeys(word for word, _ in rows))
    pairs = [(word, each) for word, targets in lexicon.entries.items() for each in targets]
    assert sorted(pairs) == sorted(set(rows))
    reverse = read_lexicon(path, target, source)
    assert list(reverse.entries) == list(dict.fromkeys(word for _, word in rows))
    kept, dropped = lexicon.without_identical()
    assert dropped == sum(one == other for one, other in set(rows))
    assert sum(map(len, kept.entries.values())) == len(set(rows)) - dropped


@pytest.mark.parametrize("pair", ["fi-hu", "hu-fi"])
def test_panlex_is_read_whole(published: Published, pair: str) -> None:
    source, target = (languages.find(code) for code in pair.split("-"))
    path = published.folder / "panlex-bli" / pair / f"{pair}.test.2000.cc.trans"
    rows = [tuple(row.split("\t")) for row in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == published.panlex
    lexicon = read_lexicon(published.folder / "panlex-bli", source, target)
    pairs = [(word, each) for word, targets in lexicon.entries.items() for each in targets]
    assert sorted(pairs) == sorted(set(rows))


def synsets(path: Path) -> dict[str, set[str]]:
    found = defaultdict(set)
    for row in path.read_text(encoding="utf-8").split("\n"):
        if row.count("\t") == 2:
            synset, _, lemma = row.split("\t")
            found[synset].add(lemma)
    return found


def test_wordnets_join_on_the_shared_synsets(published: Published) -> None:
    folder = published.folder / "omw-wikt"
    source, target = synsets(folder / "wn-wikt-ind.tab"), synsets(folder / "wn-wikt-heb.tab")
    one_word = [
        {synset for synset, words in each.items() if any(" " not in word for word in words)}
        for each in (source, target)
    ]
    synsets_shared, of_single_words, least_pairs = published.joined
    assert len(source.keys() & target.keys()) == synsets_shared
    assert len(one_word[0] & one_word[1]) == of_single_words
    rows = {
        (word, translation)
        for synset in source.keys() & target.keys()
        for word in source[synset]
        for translation in target[synset]
    }
    lexicon = read_lexicon(folder, languages.find("id"), languages.find("he"))
    pairs = {(word, each) for word, targets in lexicon.entries.items() for each in targets}
    left_out = rows - pairs
    unpointed_pairs = {(word, unpointed(each, lexicon.target)) for word, each in pairs}
    assert len(rows) > len(pairs) > least_pairs
    assert all(
        any(not (each.isalpha() or each in "'׳-") for each in word + translation)
        or (word, unpointed(translation, lexicon.target)) in unpointed_pairs
        for word, translation in left_out
    )
    assert lexicon.provenance.licence == "CC BY-SA"


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_every_wordnet_is_read_whole(published: Published, language: Language) -> None:
    """Joined with itself it has each word once; what it lacks is no single word."""
    folder = published.folder / "omw-wikt"
    (path,) = find(folder, language, lambda path: path.suffix == ".tab", "a wordnet").paths
    raw = synsets(path)
    empty = sum(not lemma.strip() for words in raw.values() for lemma in words)
    assert (len(raw), empty) == published.synsets[language.code]
    wordnet = Wordnet()
    lexicon = Lexicon.of(
        wordnet.pairs([read_text(path)], language, language), language, language, NOWHERE
    )
    lemmas = {unpointed(normalised(each), language) for words in raw.values() for each in words}
    read = {unpointed(word, language) for word in lexicon.entries}
    left_out = {each for each in lemmas if each.isalpha()} - read
    assert all(re.search("[A-Za-z]", each) for each in left_out)
    assert not left_out or language.script != "Latn"
    assert len(read - lemmas) < 0.01 * len(read)


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_every_wordnet_serves(published: Published, language: Language) -> None:
    partner = languages.find("en" if language.code != "en" else "fr")
    lexicon = read_lexicon(published.folder / "omw-wikt", language, partner)
    words = [word for word in lexicon.entries if not word.replace("-", "").isalpha()]
    assert len(lexicon.entries) > published.words
    assert len(words) < 0.03 * len(lexicon.entries)


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_sib_is_read_whole_through_its_quotes(published: Published, language: Language) -> None:
    folder = published.folder / "sib200"
    corpus = read_corpus(folder, language)
    assert corpus.provenance.files == ("dev.tsv", "train.tsv")
    raw = [
        (folder / FLORES[language.code] / name).read_text(encoding="utf-8").removesuffix("\n")
        for name in corpus.provenance.files
    ]
    assert (
        len(corpus.sentences)
        == sum(text.count("\n") for text in raw)
        == sum(published.topics.values())
    )
    texts = [line.split("\t")[2] for text in raw for line in text.split("\n")[1:]]
    letters = "".join(filter(str.isalnum, "".join(texts)))
    read = "".join(filter(str.isalnum, "".join(corpus.sentences)))
    assert len(read) == len(letters) or language.code == "ar"


def test_the_parallel_corpora_are_parallel(published: Published) -> None:
    for name in ("flores200", "sib200"):
        corpora = read_parallel(published.folder / name, PAPER_LANGUAGES)
        assert [each.language for each in corpora] == list(PAPER_LANGUAGES)
        assert len({len(each.sentences) for each in corpora}) == 1
        for each in corpora:
            assert each == read_corpus(published.folder / name, each.language)


@pytest.mark.parametrize("pair", ["id-he", "ar-he", "zh-ja", "id-tl"])
def test_muse_composes_through_english_where_it_has_no_file(
    published: Published, pair: str
) -> None:
    source, target = (languages.find(code) for code in pair.split("-"))
    folder = published.folder / "muse"

    def rows(name: str) -> list[list[str]]:
        text = (folder / f"{name}.0-5000.txt").read_text(encoding="utf-8")
        return [row.split() for row in text.splitlines()]

    into, out_of = rows(f"{source}-en"), rows(f"en-{target}")
    linked = {(one, other) for one, via in into for word, other in out_of if via == word}
    lexicon = read_lexicon(folder, source, target)
    assert set(lexicon.pairs()) == linked
    assert list(lexicon.entries) == list(dict.fromkeys(w for w, _ in into if w in lexicon.entries))
    assert lexicon.provenance.files == (f"{source}-en.0-5000.txt", f"en-{target}.0-5000.txt")
    assert lexicon.provenance.steps[0].startswith("composed through en ")


def test_what_is_missing_is_named(published: Published) -> None:
    with pytest.raises(
        TextError, match=r"Swahili–Hebrew .* there is word pairs \(ar-en, de-fr, en"
    ):
        read_lexicon(published.folder / "muse", languages.find("sw"), languages.find("he"))
    with pytest.raises(TextError, match=r"there is Open Multilingual Wordnet \(arb, cmn, deu, eng"):
        read_lexicon(published.folder / "omw-wikt", languages.find("ko"), languages.find("he"))
