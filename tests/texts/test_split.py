"""Probe, development and test words."""

import random
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.errors import TextError
from bridgex.languages import find
from bridgex.texts import Lexicon, Split, fold, read_lexicon, sample_lexicon, split_lexicon
from tests.texts.build import lexicon

SAMPLE = sample_lexicon(find("id"), find("he"))


def parts(split: Split) -> list[Lexicon]:
    return [split.probe, split.development, split.test]


def words(part: Lexicon) -> list[set[str]]:
    return [
        {fold(word, part.source) for word in part.entries},
        {fold(word, part.target) for _, word in part.pairs()},
    ]


def reachable(whole: Lexicon, part: Lexicon) -> set[tuple[int, str]]:
    """Follow translations from the words of a part to and fro, slowly, until nothing is new."""
    pairs = {(fold(a, whole.source), fold(b, whole.target)) for a, b in whole.pairs()}
    sources, targets = words(part)
    while True:
        more_targets = targets | {b for a, b in pairs if a in sources}
        more_sources = sources | {a for a, b in pairs if b in more_targets}
        if (more_sources, more_targets) == (sources, targets):
            return {(0, word) for word in sources} | {(1, word) for word in targets}
        sources, targets = more_sources, more_targets


def test_parts_share_no_word_and_no_chain_of_translations() -> None:
    split = split_lexicon(SAMPLE, probe=300, development=100)
    assert [len(part.entries) for part in parts(split)] == [300, 100, 361]
    assert split.left_out == 0
    reached = [reachable(SAMPLE, part) for part in parts(split)]
    assert not reached[0] & reached[1]
    assert not reached[0] & reached[2]
    assert not reached[1] & reached[2]


def test_parts_keep_order_targets_and_provenance() -> None:
    split = split_lexicon(SAMPLE, probe=300, development=100)
    for part in parts(split):
        assert list(part.entries) == [word for word in SAMPLE.entries if word in part.entries]
        assert all(SAMPLE.entries[word] == targets for word, targets in part.entries.items())
    assert split.probe.provenance.steps == ("probe words of a split, seed 0, 0 left out",)
    assert split.test.provenance.files == SAMPLE.provenance.files


def test_the_same_seed_is_the_same_split_and_another_is_another() -> None:
    one, same = (split_lexicon(SAMPLE, probe=300) for _ in range(2))
    other = split_lexicon(SAMPLE, probe=300, seed=1)
    assert one.probe.digest == same.probe.digest
    shared = one.probe.entries.keys() & other.probe.entries.keys()
    assert 80 < len(shared) < 160


def test_a_word_more_or_less_moves_little() -> None:
    before = split_lexicon(SAMPLE, probe=0.5, development=0.2)
    entries = dict(list(SAMPLE.entries.items())[5:])
    after = split_lexicon(replace(SAMPLE, entries=entries), probe=0.5, development=0.2)
    moved = sum(
        len(one.entries.keys() & other.entries.keys())
        for at, one in enumerate(parts(before))
        for to, other in enumerate(parts(after))
        if at != to
    )
    assert moved <= 12


def test_synonyms_and_spellings_stay_together() -> None:
    pairs = {f"w{at}": f"t{at}" for at in range(20)}
    chained = lexicon("en-de", {**pairs, "x": "y", "X": "z", "q": "z", "r": "Y"})
    for seed in range(10):
        split = split_lexicon(chained, probe=8, development=8, seed=seed)
        homes = [
            at for at, part in enumerate(parts(split)) for word in "xXqr" if word in part.entries
        ]
        assert len(homes) == 4
        assert len(set(homes)) == 1


def test_a_giant_component_is_parted_at_source_words_with_the_number_left_out() -> None:
    pairs = {f"w{at}": f"t{at} u{at}" for at in range(40)} | {
        "big": " ".join(f"t{at}" for at in range(40))
    }
    whole = lexicon("en-de", pairs)
    split = split_lexicon(whole, probe=10, development=10, largest=5)
    assert split.left_out == 1
    assert [len(part.entries) for part in parts(split)] == [10, 10, 20]
    assert not any("big" in part.entries for part in parts(split))
    assert "1 left out" in split.probe.provenance.steps[0]


def test_words_that_share_a_translation_are_never_parted() -> None:
    """Not even by leaving out that translation: they are synonyms."""
    star = {f"w{at}": f"t{at} hub" for at in range(40)} | {f"x{at}": f"y{at}" for at in range(12)}
    split = split_lexicon(lexicon("en-de", star), probe=5, development=5, largest=5)
    assert split.left_out == 35
    assert sum(len(part.entries) for part in parts(split)) == 17
    homes = [[t for t in part.entries.values() if "hub" in t] for part in parts(split)]
    assert sorted(map(len, homes)) == [0, 0, 5]


def test_test_words_may_be_limited() -> None:
    split = split_lexicon(SAMPLE, probe=100, development=50, test=60)
    assert [len(part.entries) for part in parts(split)] == [100, 50, 60]


@pytest.mark.parametrize(
    "sizes", [{"probe": 800}, {"probe": 700, "development": 61}, {"test": 0}, {"probe": 0.0001}]
)
def test_sizes_that_cannot_be_met_are_refused(sizes: dict[str, float]) -> None:
    with pytest.raises(TextError, match=r"761 words of the id-he dictionary can be split, too few"):
        split_lexicon(SAMPLE, **sizes)  # type: ignore[arg-type]


def test_a_part_smaller_than_every_component_is_refused() -> None:
    tied = lexicon("en-de", {f"w{at}{each}": f"t{at}" for at in range(4) for each in "ab"})
    with pytest.raises(TextError, match="small enough for the development part"):
        split_lexicon(tied, probe=4, development=1)


LINKS = st.dictionaries(
    st.sampled_from([f"{letter}{case}" for letter in "abcdefgh" for case in "xX"]),
    st.lists(st.sampled_from("klmnopqrst"), min_size=1, max_size=3, unique=True).map(" ".join),
    min_size=6,
)


@given(LINKS, st.integers(0, 3), st.integers(1, 4))
def test_no_word_is_ever_in_two_parts(entries: dict[str, str], seed: int, largest: int) -> None:
    whole = lexicon("en-de", entries)
    try:
        split = split_lexicon(whole, probe=2, development=1, seed=seed, largest=largest)
    except TextError:
        return
    sides = [words(part) for part in parts(split)]
    for side in (0, 1):
        assert sum(len(each[side]) for each in sides) == len(set().union(*(e[side] for e in sides)))
    for part in parts(split):
        assert all(whole.entries[word] == targets for word, targets in part.entries.items())
    kept = sum(len(each[0]) for each in sides)
    assert kept + split.left_out == len({word.casefold() for word in entries})


@pytest.mark.parametrize("pair", ["es-fr", "zh-ja", "id-he"])
def test_real_dictionaries_split_with_all_their_translations(shared: Path, pair: str) -> None:
    source, target = map(find, pair.split("-"))
    whole = read_lexicon(shared / "data" / "omw-wikt", source, target)
    split = split_lexicon(whole)
    sides = [words(part) for part in parts(split)]
    for at, size in ((0, 500), (1, 100)):
        assert size <= len(parts(split)[at].entries) < 1.02 * size
    assert (split.left_out > 0) == (pair != "id-he")
    assert split.left_out < 0.03 * len(whole.entries)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not sides[one][0] & sides[other][0]
        assert not sides[one][1] & sides[other][1]
    for part in parts(split):
        assert all(whole.entries[word] == targets for word, targets in part.entries.items())


def tangled(words: int, seed: int) -> Lexicon:
    """Return a dictionary most of whose words are linked by chains of translations."""
    draw = random.Random(seed)  # noqa: S311
    return lexicon(
        "en-de",
        {
            f"w{at}": " ".join(f"t{int(draw.expovariate(4) * words)}" for _ in range(1 + at % 3))
            for at in range(words)
        },
    )


@pytest.mark.parametrize(
    ("whole", "settings", "digests", "left_out"),
    [
        (SAMPLE, {}, ("e3a7e23b298e47c6", "0506557fc3031c81", "2306b7c71a38458e"), 0),
        (
            tangled(3000, 1),
            {"probe": 200, "largest": 20},
            ("50ae966c6b89e29f", "609c9a3a94076b6e", "6a29e0adf9c61688"),
            1151,
        ),
        (
            tangled(3000, 2),
            {"probe": 0.4, "test": 50, "seed": 7, "largest": 3},
            ("013640f98fd51e0b", "a1d2f85fc60a04e5", "3b0da4e9002b1642"),
            1583,
        ),
    ],
)
def test_splits_are_those_of_earlier_releases(
    whole: Lexicon, settings: dict[str, float], digests: tuple[str, ...], left_out: int
) -> None:
    """Words that were probed or evaluated before stay in their part, word for word."""
    split = split_lexicon(whole, **settings)  # type: ignore[arg-type]
    assert tuple(part.digest[:16] for part in parts(split)) == digests
    assert split.left_out == left_out


def test_words_with_synonyms_are_in_every_part_alike() -> None:
    whole = lexicon(
        "en-de",
        {
            f"s{at // 5} {at}" if at < 1000 else f"w{at}": f"t{at // 5 if at < 1000 else at}"
            for at in range(4000)
        },
    )
    split = split_lexicon(whole, probe=0.5, development=0.1)
    for part in parts(split):
        share = sum(word[0] == "s" for word in part.entries) / len(part.entries)
        assert 0.18 < share < 0.32  # a quarter expected, in groups of five


def test_splitting_takes_little_memory() -> None:
    whole = lexicon("en-de", {f"word{at}": f"wort{at}" for at in range(20_000)})
    split_lexicon(tangled(100, 0), probe=5, development=5)  # loads libraries
    tracemalloc.start()
    try:
        split_lexicon(whole)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / 20_000 < 600
