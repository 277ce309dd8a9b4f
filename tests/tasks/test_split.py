"""What is evaluated is never an example, a development word or a probe word."""

import pytest

from bridgex.languages import find
from bridgex.tasks.bli import Bli
from bridgex.tasks.split import EXAMPLES, is_development, split_words
from bridgex.texts import Provenance, sample_lexicon

NOWHERE = Provenance("test", "none", (), "")


@pytest.mark.parametrize(("source", "target"), [("de", "id"), ("zh", "ja"), ("ar", "he")])
def test_no_evaluated_word_was_seen_before(source: str, target: str) -> None:
    lexicon = sample_lexicon(find(source), find(target))
    words = split_words(lexicon)
    task = Bli.of_words(words, items=100)
    evaluated = {item.context for item in task.items}
    assert len(evaluated) == 100
    seen = {
        *words.parts.probe.entries,
        *(each.context for each in (*task.examples, *task.development)),
    }
    assert evaluated.isdisjoint(seen)
    accepted = {each for item in task.items for each in item.accepted}
    assert accepted.isdisjoint(each for word in seen for each in lexicon.entries[word])
    assert len(task.examples) == EXAMPLES
    assert not {each.id for each in task.examples} & {each.id for each in task.development}


def test_more_items_are_the_same_and_more() -> None:
    words = split_words(sample_lexicon(find("de"), find("id")))
    few, many = Bli.of_words(words, items=20), Bli.of_words(words, items=200)
    assert few.items == many.items[:20]
    assert few.development == many.development
    kept, identical = sample_lexicon(find("de"), find("id")).without_identical()
    parts = (words.parts.test, words.parts.development, words.parts.probe)
    assert sum(len(each.entries) for each in parts) + words.parts.left_out == len(kept.entries)
    assert words.identical == identical > 0
    assert many.left_out == {"identical_word_pairs": identical}


def test_a_tenth_of_a_benchmark_is_for_development() -> None:
    share = sum(is_development(f"passage {at}") for at in range(2000)) / 2000
    assert 0.08 < share < 0.12
    assert is_development("Passage 7  x") == is_development(" passage 7 X")
