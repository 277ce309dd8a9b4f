"""Samples of items: nested, in their shares, and as many as asked for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bridgex.tasks.sampling import drawn, in_turn
from bridgex.tasks.split import split_words
from tests.texts.build import lexicon

SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=7)


def population(sizes: list[int]) -> tuple[list[str], list[str]]:
    classes = [f"c{at}" for at, size in enumerate(sizes) for _ in range(size)]
    return [str(at) for at in range(len(classes))], classes


@given(SIZES, st.integers(0, 400), st.integers(0, 400), st.integers(0, 5))
def test_a_sample_is_part_of_a_larger_one(sizes: list[int], one: int, two: int, seed: int) -> None:
    ids, classes = population(sizes)
    few, many = (drawn(ids, classes, count, seed) for count in sorted((one, two)))
    assert set(few) <= set(many)
    assert len(few) == min(len(ids), one, two)
    assert few == sorted(few)


@given(SIZES, st.integers(1, 400), st.integers(0, 5))
def test_classes_have_their_shares(sizes: list[int], count: int, seed: int) -> None:
    ids, classes = population(sizes)
    found = Counter(classes[at] for at in drawn(ids, classes, count, seed))
    for at, size in enumerate(sizes):
        assert abs(found[f"c{at}"] - min(1, count / len(ids)) * size) < 2


def test_two_seeds_draw_different_items_and_one_draws_the_same() -> None:
    ids, classes = population([50, 50])
    samples = [drawn(ids, classes, 20, seed) for seed in (0, 1, 0)]
    assert samples[0] == samples[2] != samples[1]
    assert drawn(ids, classes, None, 0) == drawn(ids, classes, 1000, 0) == list(range(100))
    assert samples[0] != list(range(10)) + list(range(50, 60)), "by chance, not the first"


def test_what_is_drawn_does_not_depend_on_what_stands_around_it() -> None:
    ids, classes = population([30, 20])
    found = {ids[at] for at in drawn(ids, classes, 10, 0)}
    turned = drawn(ids[::-1], classes[::-1], 10, 0)
    assert {ids[::-1][at] for at in turned} == found


def test_examples_show_every_class_in_turn() -> None:
    assert in_turn(["a", "a", "a", "b", "a", "c", "b"], 5) == [0, 3, 5, 1, 6]
    assert in_turn(["", "", "", ""], 3) == [0, 1, 2]


def test_words_drawn_from_a_part_of_a_dictionary_are_like_its_others() -> None:
    words = [f"{'name' if at % 8 else 'Name'} {at}" for at in range(4000)]
    entries = {word: f"t{at}" for at, word in enumerate(words)}
    parts = split_words(lexicon("es-fr", entries)).parts
    for part in (parts.test, parts.development):
        of_part = list(part.entries)
        taken = [of_part[at] for at in drawn(of_part, [""] * len(of_part), 100, 0)]
        assert 4 <= sum(word[0] == "N" for word in taken) <= 25  # 12.5 expected
