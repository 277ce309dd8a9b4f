"""Evaluations that were damaged are refused when they are read."""

import pytest

from bridgex.errors import ResultError
from bridgex.evaluation.results import Evaluation
from tests.report.made import evaluation


def test_a_value_without_an_interval_is_refused() -> None:
    values = evaluation().to_dict()
    assert Evaluation.from_dict(values).to_dict() == values
    del values["results"][0]["intervals"]["accuracy"]
    with pytest.raises(ResultError, match="a value without an interval"):
        Evaluation.from_dict(values)
