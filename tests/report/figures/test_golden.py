"""The figures are specified as recorded; `python -m tools.figures` records them again."""

import json

import pytest
from tools.figures import GOLDEN, specification

from bridgex.report.figures import FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_specified_as_recorded(name: str) -> None:
    recorded = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert specification(name) == recorded
