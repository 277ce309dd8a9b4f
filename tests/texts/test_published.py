"""Every dictionary and corpus format in ../shared/data, read whole and counted another way."""

from collections import defaultdict
from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts import read_corpus, read_lexicon, read_parallel
from bridgex.texts.words import unpointed

FLORES = {
    "zh": "zho_Hans", "ja": "jpn_Jpan", "ar": "arb_Arab", "he": "heb_Hebr", "id": "ind_Latn",
    "tl": "tgl_Latn", "fi": "fin_Latn", "hu": "hun_Latn", "sw": "swh_Latn", "en": "eng_Latn",
    "de": "deu_Latn", "fr": "fra_Latn", "it": "ita_Latn", "pt": "por_Latn", "es": "spa_Latn",
}  # fmt: skip
MUSE = [
    "ar-en", "de-fr", "en-ar", "en-es", "en-fi", "en-fr", "en-he", "en-hu", "en-id", "en-ja",
    "en-tl", "en-zh", "fr-de", "fr-en", "he-en", "id-en", "ja-en", "tl-en", "zh-en",
]  # fmt: skip


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_flores_is_read_whole(shared: Path, language: Language) -> None:
    folder = shared / "data" / "flores200"
    path = folder / "devtest" / f"{FLORES[language.code]}.devtest"
    corpus = read_corpus(folder, language)
    raw = path.read_bytes().decode()
    assert corpus.provenance.files == (path.name,)
    assert len(corpus.sentences) == raw.count("\n") == 300
    quirks = "\u200b\u00a0\u2009\u3000"
    assert not any(quirk in sentence for quirk in quirks for sentence in corpus.sentences)
    letters = [sum(map(str.isalpha, text)) for text in ("".join(corpus.sentences), raw)]
    assert letters[0] == letters[1] or language.code == "ar"


@pytest.mark.parametrize("pair", MUSE)
def test_muse_is_read_whole_in_both_directions(shared: Path, pair: str) -> None:
    source, target = (languages.find(code) for code in pair.split("-"))
    path = shared / "data" / "muse" / f"{pair}.0-5000.txt"
    rows = [tuple(row.split()) for row in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 400
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
def test_panlex_is_read_whole(shared: Path, pair: str) -> None:
    source, target = (languages.find(code) for code in pair.split("-"))
    path = shared / "data" / "panlex-bli" / pair / f"{pair}.test.2000.cc.trans"
    rows = [tuple(row.split("\t")) for row in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 2000
    lexicon = read_lexicon(shared / "data" / "panlex-bli", source, target)
    pairs = [(word, each) for word, targets in lexicon.entries.items() for each in targets]
    assert sorted(pairs) == sorted(set(rows))


def synsets(path: Path) -> dict[str, set[str]]:
    found = defaultdict(set)
    for row in path.read_text(encoding="utf-8").split("\n"):
        if row.count("\t") == 2:
            synset, _, lemma = row.split("\t")
            found[synset].add(lemma)
    return found


def test_wordnets_join_on_the_shared_synsets(shared: Path) -> None:
    folder = shared / "data" / "omw-wikt"
    source, target = synsets(folder / "wn-wikt-ind.tab"), synsets(folder / "wn-wikt-heb.tab")
    one_word = [
        {synset for synset, words in each.items() if any(" " not in word for word in words)}
        for each in (source, target)
    ]
    assert len(source.keys() & target.keys()) == 1528
    assert len(one_word[0] & one_word[1]) == 1264
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
    assert len(rows) > len(pairs) > 1500
    assert all(
        any(not (each.isalpha() or each in "'׳-") for each in word + translation)
        or (word, unpointed(translation, lexicon.target)) in unpointed_pairs
        for word, translation in left_out
    )
    assert lexicon.provenance.licence == "CC BY-SA"


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_every_wordnet_serves(shared: Path, language: Language) -> None:
    partner = languages.find("en" if language.code != "en" else "fr")
    lexicon = read_lexicon(shared / "data" / "omw-wikt", language, partner)
    words = [word for word in lexicon.entries if not word.replace("-", "").isalpha()]
    assert len(lexicon.entries) > 1000
    assert len(words) < 0.03 * len(lexicon.entries)


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_sib_is_read_whole_through_its_quotes(shared: Path, language: Language) -> None:
    folder = shared / "data" / "sib200"
    corpus = read_corpus(folder, language)
    assert corpus.provenance.files == ("dev.tsv", "train.tsv")
    raw = [
        (folder / FLORES[language.code] / name).read_text(encoding="utf-8").removesuffix("\n")
        for name in corpus.provenance.files
    ]
    assert len(corpus.sentences) == sum(text.count("\n") for text in raw) == 299
    texts = [line.split("\t")[2] for text in raw for line in text.split("\n")[1:]]
    letters = "".join(filter(str.isalnum, "".join(texts)))
    read = "".join(filter(str.isalnum, "".join(corpus.sentences)))
    assert len(read) == len(letters) or language.code == "ar"


def test_the_parallel_corpora_are_parallel(shared: Path) -> None:
    for name in ("flores200", "sib200"):
        corpora = read_parallel(shared / "data" / name, PAPER_LANGUAGES)
        assert [each.language for each in corpora] == list(PAPER_LANGUAGES)
        assert len({len(each.sentences) for each in corpora}) == 1
        for each in corpora:
            assert each == read_corpus(shared / "data" / name, each.language)


@pytest.mark.parametrize("pair", ["id-he", "ar-he", "zh-ja", "id-tl"])
def test_muse_composes_through_english_where_it_has_no_file(shared: Path, pair: str) -> None:
    source, target = (languages.find(code) for code in pair.split("-"))
    folder = shared / "data" / "muse"

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


def test_what_is_missing_is_named(shared: Path) -> None:
    with pytest.raises(
        TextError, match=r"Swahili–Hebrew .* there is word pairs \(ar-en, de-fr, en"
    ):
        read_lexicon(shared / "data" / "muse", languages.find("sw"), languages.find("he"))
    with pytest.raises(TextError, match=r"there is Open Multilingual Wordnet \(arb, cmn, deu, eng"):
        read_lexicon(shared / "data" / "omw-wikt", languages.find("ko"), languages.find("he"))
