"""The band of layers, and settings that are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from bridgex.bridges import BridgeSettings


@pytest.mark.parametrize(
    ("depth", "layers"),
    [
        (32, range(10, 22)),
        (18, range(6, 13)),
        (16, range(5, 11)),
        (10, range(4, 7)),
        (1, range(0)),
        (2, range(1, 2)),
    ],
)
def test_the_paper_s_band_in_a_model_of_any_depth(depth: int, layers: range) -> None:
    assert BridgeSettings().layers(depth) == tuple(layers)
    inside = [layer for layer in range(depth) if 10 * depth <= 32 * layer < 22 * depth]
    assert list(layers) == inside


def test_a_band_of_one_s_own() -> None:
    assert BridgeSettings(band=(0, 1)).layers(4) == (0, 1, 2, 3)
    assert BridgeSettings(band=(0.5, 0.75)).layers(4) == (2,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"full_activation": 1.1},
        {"full_activation": -0.1},
        {"matching_draws": 0},
        {"null_draws": -1},
        {"level": 0},
        {"level": 1},
        {"seed": -1},
        {"bridge_set": "some"},
        {"measure": "correlation"},
        {"size_match": True},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        BridgeSettings.model_validate(wrong)


def test_settings_in_one_line() -> None:
    assert str(BridgeSettings()) == "specific · cka_debiased joint gaussian · size-matched"
    paper = BridgeSettings(
        measure="hsic_biased", aggregation="best_match", size_matched=False, bandwidth=2
    )
    assert str(paper) == "specific · hsic_biased best_match gaussian σ=2 · sets as they come"
