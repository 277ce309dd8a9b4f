"""Dictionaries composed through a pivot."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import RequestError, TextError
from bridgex.texts import Composition, Lexicon, compose, fold
from tests.texts.build import lexicon

INTO = lexicon("id-en", {"air": "water", "bulan": "moon month", "api": "fire", "uji": "test"})
OUT_OF = lexicon(
    "en-he", {"fire": "אש", "moon": "ירח", "month": "חודש ירח", "water": "מים", "sea": "ים"}
)


def test_translations_come_in_the_order_of_the_paths_that_agree() -> None:
    composed = compose(INTO, OUT_OF)
    assert list(composed.lexicon.entries.items()) == [
        ("air", ("מים",)),
        ("bulan", ("ירח", "חודש")),
        ("api", ("אש",)),
    ]
    assert composed.through["bulan"] == {"ירח": ("moon", "month"), "חודש": ("month",)}


def test_two_vague_paths_come_before_one_sharp_path() -> None:
    into = lexicon("id-en", {"s": "sharp vague hazy"})
    out_of = lexicon("en-he", {"sharp": "one", "vague": "x y two", "hazy": "v w two"})
    assert compose(into, out_of).lexicon.entries["s"][:2] == ("two", "one")


def test_pivot_words_of_many_translations_are_left_out_and_counted() -> None:
    composed = compose(INTO, OUT_OF, Composition(translations=1))
    assert composed.left_out == {"month"}
    assert composed.through["bulan"] == {"ירח": ("moon",)}
    many = lexicon("id-en", {"satu": "one", "seorang": "one", "api": "fire"})
    out_of = lexicon("en-he", {"one": "אחד", "fire": "אש"})
    assert compose(many, out_of, Composition(translations=1)).left_out == {"one"}


def test_more_paths_can_be_asked_for() -> None:
    composed = compose(INTO, OUT_OF, Composition(paths=2))
    assert composed.lexicon.entries == {"bulan": ("ירח",)}


def test_spellings_of_a_pivot_word_are_one_path() -> None:
    into = lexicon("id-he", {"damai": "שלום", "halo": "שָׁלוֹם"})
    out_of = lexicon("he-en", {"שָׁלוֹם": "peace", "שלום": "hello"})
    composed = compose(into, out_of)
    assert composed.through["damai"] == {"peace": ("שלום",), "hello": ("שלום",)}
    with pytest.raises(TextError, match="gives no word pair"):
        compose(into, out_of, Composition(paths=2))


def test_the_provenance_names_pivot_settings_and_both_sources() -> None:
    made = compose(INTO, OUT_OF, Composition(translations=1)).lexicon
    assert (made.source.code, made.target.code) == ("id", "he")
    assert made.provenance.steps == (
        "composed through en (paths ≥ 1, translations ≤ 1, pivot words left out for that: 1)",
    )
    assert made.provenance.files == ("id-en", "en-he")
    assert (made.provenance.name, made.provenance.licence) == ("id-en + en-he", "CC0")
    both = INTO.provenance.digest + OUT_OF.provenance.digest
    assert made.provenance.digest == hashlib.sha256(both.encode()).hexdigest()


def test_dictionaries_that_do_not_meet_are_refused() -> None:
    with pytest.raises(RequestError, match="id-en and id-en have no pivot in common"):
        compose(INTO, INTO)
    with pytest.raises(TextError, match="Indonesian–Hebrew through English gives no word pair"):
        compose(lexicon("id-en", {"uji": "test"}), OUT_OF)


WORDS = st.lists(st.sampled_from("abcdefABC"), min_size=1, max_size=4, unique=True).map(" ".join)
ENTRIES = st.dictionaries(st.sampled_from("abcdefgh"), WORDS, min_size=1)


@given(ENTRIES, ENTRIES, st.integers(1, 2), st.integers(1, 4))
def test_it_is_the_composition_of_the_relations(
    one: dict[str, str], other: dict[str, str], paths: int, translations: int
) -> None:
    first, second = lexicon("id-en", one), lexicon("en-he", other)
    settings = Composition(paths=paths, translations=translations)
    slowly = naive(first, second, settings)
    if not slowly:
        with pytest.raises(TextError):
            compose(first, second, settings)
        return
    composed = compose(first, second, settings)
    through = {
        (source, target): set(via)
        for source, targets in composed.through.items()
        for target, via in targets.items()
    }
    assert through == slowly
    assert [*composed.lexicon.pairs()] == [*through]
    assert [*composed.lexicon.entries] == [word for word in one if word in composed.through]
    for targets in composed.through.values():
        agreeing = [len(via) for via in targets.values()]
        assert agreeing == sorted(agreeing, reverse=True)


def naive(
    first: Lexicon, second: Lexicon, settings: Composition
) -> dict[tuple[str, str], set[str]]:
    into = {(source, fold(word, first.target)) for source, word in first.pairs()}
    out_of = {(fold(word, first.target), target) for word, target in second.pairs()}
    usable = {
        word
        for word, _ in out_of
        if sum(each == word for _, each in into) <= settings.translations
        and sum(each == word for each, _ in out_of) <= settings.translations
    }
    links = {
        (source, target): {
            w for s, w in into for v, t in out_of if (s, t, w) == (source, target, v)
        }
        & usable
        for source, _ in into
        for _, target in out_of
    }
    return {pair: via for pair, via in links.items() if len(via) >= settings.paths}
