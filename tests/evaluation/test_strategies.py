"""Names of strategies, and what is refused."""

import itertools

import pytest

from bridgex.errors import RequestError, UnknownLanguageError
from bridgex.evaluation.strategies import (
    DIRECT,
    Combination,
    Strategy,
    needs_candidates,
    needs_recommendation,
    parse,
)
from bridgex.languages import find

PAIR = find("id"), find("zh")
ENGLISH, GERMAN = Strategy(find("en")), Strategy(find("de"))


def test_the_order_in_which_members_are_named_decides_nothing() -> None:
    for order in itertools.permutations(["de@20", "direct@50", "English@30"]):
        found = parse(f"vote:{'+'.join(order)}", PAIR, None)
        assert found == Combination("vote", (DIRECT, ENGLISH, GERMAN), (50, 30, 20))
        assert str(found) == "vote:direct@50+en@30+de@20"
        assert parse(str(found), PAIR, None) == found


def test_members_are_strategies_and_scores_are_named() -> None:
    found = parse("average/per_byte: replace:de + bridge:de+direct", PAIR, None)
    other = Strategy(find("de"), keep_source=False)
    assert found == Combination("average", (DIRECT, GERMAN, other), None, "per_byte")
    assert str(found) == "average/per_byte:direct+de+replace:de"
    assert found.asked == (DIRECT, GERMAN, other)
    assert parse("rescore:en+de", PAIR, None).asked == (ENGLISH, GERMAN, DIRECT)


def test_auto_is_direct_and_every_candidate() -> None:
    found = parse("vote:auto", PAIR, None, [find("de"), find("en")])
    assert found == Combination("vote", (DIRECT, ENGLISH, GERMAN), chosen=True)
    assert needs_candidates(["direct", "vote:auto"])
    assert not needs_recommendation(["direct", "vote:auto"])
    assert needs_recommendation(["bridge:auto"])
    assert needs_candidates(["bridge:auto"])
    assert not needs_candidates(["vote:direct+en"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vote:direct", "single member; join several with"),
        ("vote:", "empty member"),
        ("vote:direct+", "empty member"),
        ("vote:direct+en+English", "has the member bridge:en twice"),
        ("vote:direct+zh", "in the pair itself"),
        ("vote:direct+auto", "auto among its members"),
        ("vote:direct+bridge:auto", "auto among its members"),
        ("vote:direct+other:en", "no strategy 'other:en'"),
        ("vote/sum:direct+en", "A vote scores no answers; leave /sum out"),
        ("average/best:direct+en", "none of sum, per_token"),
        ("vote:direct@1+en", "write MEMBER@WEIGHT for each"),
        ("vote:direct@0+en@0", "with one above 0"),
        ("vote:direct@-1+en@2", "a weight of '-1'"),
        ("vote:direct@0.5+en@0.5", "whole hundredths"),
        ("wote:direct+en", "no strategy 'wote:direct"),
    ],
)
def test_what_is_no_combination_is_refused(name: str, message: str) -> None:
    with pytest.raises(RequestError, match=message.replace("+", r"\+")):
        parse(name, PAIR, None)


def test_an_unknown_member_is_refused() -> None:
    with pytest.raises(UnknownLanguageError):
        parse("vote:direct+qqq1", PAIR, None)
