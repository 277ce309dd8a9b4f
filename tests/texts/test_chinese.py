"""Simplified and traditional Chinese."""

import sys
from pathlib import Path

import pytest

from bridgex.errors import TextError
from bridgex.languages import find
from bridgex.texts import chinese, read_corpus, read_lexicon, sample_corpus
from tests.texts.build import lexicon

SIMPLIFIED, TRADITIONAL = find("zh"), find("zh_Hant")


def test_characters_of_one_script_only_are_counted() -> None:
    assert chinese.characters(["马人大 abc ば", "門"]) == chinese.Characters(1, 1)
    assert chinese.characters(["山水"]).fit("Hans")
    assert chinese.characters(["山水"]).fit("Hant")
    mostly = chinese.characters(["马" * 95 + "馬" * 5])
    assert mostly.fit("Hans")
    assert not mostly.fit("Hant")
    assert not chinese.characters(["马" * 94 + "馬" * 6]).fit("Hans")


def test_the_other_script_is_said_for_chinese_only() -> None:
    said = chinese.other_script("corpus", ["學校在後面說"], SIMPLIFIED)
    assert said is not None
    assert "2 characters that only traditional writing has and 0 that" in said
    assert "--convert-chinese" in said
    assert chinese.other_script("corpus", ["學校"], TRADITIONAL) is None
    assert chinese.other_script("corpus", ["學校"], find("ja")) is None


def test_both_sides_of_a_dictionary_are_converted_to_their_own_script() -> None:
    both = lexicon("zh-zh_Hant", {"學校": "学校", "後": "后面", "后": "皇后"})
    made = chinese.converted_lexicon(both)
    assert made.entries == {"学校": ("學校",), "后": ("後面", "皇后")}
    assert made.provenance.steps[0].startswith("converted to simplified Chinese with OpenCC ")
    assert "and converted to traditional" in made.provenance.steps[0]


def test_what_is_not_chinese_is_left_as_it_is() -> None:
    other = lexicon("ja-ko", {"學校": "학교"})
    assert chinese.converted_lexicon(other) is other
    corpus = sample_corpus(find("ja"))
    assert chinese.converted_corpus(corpus) is corpus


def test_a_corpus_is_converted_sentence_by_sentence(tmp_path: Path) -> None:
    (tmp_path / "zh.txt").write_text("頭髮乾了\n皇后在後面\n", encoding="utf-8")
    made = chinese.converted_corpus(read_corpus(tmp_path, SIMPLIFIED))
    assert made.sentences == ("头发干了", "皇后在后面")
    assert len(made.provenance.steps) == 1


def test_without_opencc_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opencc", None)
    chinese._converter.cache_clear()
    with pytest.raises(TextError, match=r"pip install 'bridgex\[chinese\]'"):
        chinese.converted_lexicon(lexicon("zh-en", {"學": "learn"}))


def test_published_chinese_is_told_apart(shared: Path) -> None:
    muse = read_lexicon(shared / "data" / "muse", SIMPLIFIED, find("en"))
    found = chinese.characters(muse.entries)
    assert (found.simplified, found.traditional > 40) == (0, True)
    made = chinese.characters(chinese.converted_lexicon(muse).entries)
    assert (made.simplified > 40, made.traditional) == (True, 0)
    flores = read_corpus(shared / "data" / "flores200", SIMPLIFIED)
    assert chinese.characters(flores.sentences).traditional == 0
    wordnet = read_lexicon(shared / "data" / "omw-wikt", SIMPLIFIED, find("en"))
    assert chinese.other_script("dictionary", wordnet.entries, SIMPLIFIED) is None


def test_the_embedded_texts_are_simplified() -> None:
    assert chinese.characters(sample_corpus(SIMPLIFIED).sentences).traditional == 0
