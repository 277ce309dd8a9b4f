"""The dictionary itself."""

from bridgex.languages import find
from bridgex.texts import Lexicon, Provenance
from tests.texts.build import lexicon

NOWHERE = Provenance("none", "none", (), "")


def test_reversed_turns_every_pair_in_order_of_appearance() -> None:
    there = lexicon("en-de", {"soil": "Boden Erde", "earth": "Erde"})
    back = there.reversed()
    assert list(back.entries.items()) == [("Boden", ("soil",)), ("Erde", ("soil", "earth"))]
    assert (back.source, back.target) == (there.target, there.source)
    assert back.reversed().entries == there.entries
    assert back.provenance.steps == ("reversed",)


def test_identical_pairs_go_and_are_counted() -> None:
    kept, dropped = lexicon(
        "en-de", {"hand": "Hand", "team": "Mannschaft Team", "sea": "Meer"}
    ).without_identical()
    assert kept.entries == {"team": ("Mannschaft",), "sea": ("Meer",)}
    assert dropped == 2


def test_words_that_differ_in_points_only_are_one_on_either_side() -> None:
    pairs = [("שָׁלוֹם", "سَلام"), ("שלום", "سلام"), ("שלום", "مرحبا"), ("ים", "بحر")]
    merged = Lexicon.of(pairs, find("he"), find("ar"), NOWHERE)
    assert merged.entries == {"שָׁלוֹם": ("سَلام", "مرحبا"), "ים": ("بحر",)}
    assert Lexicon.of(
        [("Polish", "a"), ("polish", "b")], find("en"), find("ar"), NOWHERE
    ).entries == {
        "Polish": ("a",),
        "polish": ("b",),
    }


def test_the_digest_is_of_languages_words_and_their_order() -> None:
    one = lexicon("en-de", {"soil": "Boden Erde", "sea": "Meer"})
    others = [
        lexicon("en-de", {"soil": "Erde Boden", "sea": "Meer"}),
        lexicon("en-de", {"sea": "Meer", "soil": "Boden Erde"}),
        lexicon("en-de", {"soil": "Boden", "sea": "Meer"}),
        lexicon("en-he", {"soil": "Boden Erde", "sea": "Meer"}),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5
    assert Lexicon(one.source, one.target, dict(one.entries), NOWHERE).digest == one.digest
