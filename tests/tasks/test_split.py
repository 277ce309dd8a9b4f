"""What is evaluated is never an example, a development word or a probe word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgex.languages import find
from bridgex.tasks.bli import bli
from bridgex.tasks.split import EXAMPLES, is_development, split_words
from bridgex.texts import Lexicon, Provenance, fold, sample_lexicon

NOWHERE = Provenance("test", "none", (), "")


def lexicon_of(entries: dict[str, tuple[str, ...]]) -> Lexicon:
    return Lexicon(find("de"), find("fr"), entries, NOWHERE)


def concepts(lexicon: Lexicon) -> set[str]:
    sources = {f"source {fold(word, lexicon.source)}" for word in lexicon.entries}
    targets = {
        f"target {fold(each, lexicon.target)}"
        for accepted in lexicon.entries.values()
        for each in accepted
    }
    return sources | targets


WORDS = st.text("abcdeABCDE'’", min_size=1, max_size=3)


@given(st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple), max_size=60))
def test_the_parts_share_no_word_and_no_concept(entries: dict[str, tuple[str, ...]]) -> None:
    lexicon = lexicon_of(entries)
    split = split_words(lexicon)
    parts = [concepts(each) for each in (split.evaluated, split.development, split.probe)]
    for at, part in enumerate(parts):
        for other in parts[at + 1 :]:
            assert part.isdisjoint(other)
    kept, identical = lexicon.without_identical()
    words = [
        word for each in (split.evaluated, split.development, split.probe) for word in each.entries
    ]
    assert split.identical == identical
    assert len(words) + split.shared == len(kept.entries)
    assert list(split.evaluated.entries) == [
        w for w in kept.entries if w in split.evaluated.entries
    ]


@pytest.mark.parametrize(("source", "target"), [("de", "id"), ("zh", "ja"), ("ar", "he")])
def test_no_evaluated_word_was_seen_before(source: str, target: str) -> None:
    lexicon = sample_lexicon(find(source), find(target))
    split, task = split_words(lexicon), bli(lexicon, items=100)
    evaluated = {item.context for item in task.items}
    assert len(evaluated) == 100
    seen = {*split.probe.entries, *(each.context for each in (*task.examples, *task.development))}
    assert evaluated.isdisjoint(seen)
    accepted = {each for item in task.items for each in item.accepted}
    assert accepted.isdisjoint(each for word in seen for each in lexicon.entries[word])
    assert len(task.examples) == EXAMPLES
    assert not {each.id for each in task.examples} & {each.id for each in task.development}


def test_a_word_stays_in_its_part_when_others_come() -> None:
    lexicon = sample_lexicon(find("de"), find("id"))
    half = dict(list(lexicon.entries.items())[::2])
    whole, part = (
        split_words(lexicon),
        split_words(Lexicon(lexicon.source, lexicon.target, half, NOWHERE)),
    )
    assert set(part.evaluated.entries) <= set(whole.evaluated.entries)


def test_a_tenth_of_a_benchmark_is_for_development() -> None:
    share = sum(is_development(f"passage {at}") for at in range(2000)) / 2000
    assert 0.08 < share < 0.12
    assert is_development("Passage 4  x") == is_development(" passage 4 X")
