"""A ranking as plain values, and back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bridgex.bridges import BridgeRanking, BridgeSettings, Verdict, score
from bridgex.errors import ResultError
from tests.bridges.build import BAND, activations, sets_of


@pytest.fixture(scope="module")
def ranking() -> BridgeRanking:
    sets = sets_of()
    settings = BridgeSettings(null_draws=5, matching_draws=3, size_matched=False)
    found = score(sets, activations(sets), settings)
    return replace(found, notes=("one", "two"), signature="s", provenance={"words": ["火"]})


def test_it_survives_json(ranking: BridgeRanking) -> None:
    text = json.dumps(ranking.to_dict(), ensure_ascii=False)
    again = BridgeRanking.from_dict(json.loads(text))
    assert again == ranking
    assert list(again.scores) == list(ranking.scores)
    assert set(again.scores["en"].per_layer) == set(BAND)


def test_a_ranking_of_gaps_survives_json_too() -> None:
    sets = sets_of()
    read = activations(sets)
    for layer in BAND:
        read.values[layer][:] = 0.0
    gaps = score(sets, read, BridgeSettings(null_draws=5))
    assert gaps.scores["en"].value is None
    assert BridgeRanking.from_dict(json.loads(json.dumps(gaps.to_dict()))) == gaps


@pytest.mark.parametrize("schema", [0, BridgeRanking.schema - 1, None, "1"])
def test_another_schema_is_refused(ranking: BridgeRanking, schema: object) -> None:
    with pytest.raises(
        ResultError,
        match=f"schema {schema} and bridgex reads {BridgeRanking.schema}; make it again",
    ):
        BridgeRanking.from_dict({**ranking.to_dict(), "schema": schema})


@pytest.mark.parametrize(
    "wrong", [{"pair": 3}, {"scores": None}, {"layers": ["x"]}, {"verdict": {"kind": "sure"}}]
)
def test_what_is_no_ranking_is_refused(ranking: BridgeRanking, wrong: dict[str, Any]) -> None:
    with pytest.raises(ResultError, match=r"This ranking is damaged: .*; make it again"):
        BridgeRanking.from_dict({**ranking.to_dict(), **wrong})


@pytest.mark.parametrize(
    ("kind", "best"),
    [
        ("clear", "de"),
        ("tie", "de"),
        ("untested", "de"),
        ("no_evidence", None),
        ("undetermined", None),
    ],
)
def test_the_best_is_the_first_unless_there_is_no_ground_for_it(
    ranking: BridgeRanking, kind: Any, best: str | None
) -> None:
    scores = {code: ranking.scores[code] for code in ("de", "en")}
    judged = replace(ranking, scores=scores, verdict=Verdict(kind, ("de",), ""))
    assert judged.best == best
    assert judged.first_places == (() if best is None else ("de",))
    assert ("No bridge is advised; go directly." in judged.summary()) == (best is None)


def test_a_score_s_size_is_over_the_band(ranking: BridgeRanking) -> None:
    assert {code: each.size for code, each in ranking.scores.items()} == {"en": 36, "de": 24}
