"""A result in plain sentences, from templates and its numbers; no surer than its verdict."""

from collections.abc import Callable, Mapping
from typing import Any

from bridgex.errors import ResultError
from bridgex.report.explain.ablation import explain_ablation
from bridgex.report.explain.evaluation import explain_evaluation
from bridgex.report.explain.explanation import Explanation
from bridgex.report.explain.ranking import explain_ranking
from bridgex.report.explain.recommendation import explain_recommendation
from bridgex.report.explain.spectrum import explain_spectrum
from bridgex.report.explain.validation import explain_case, explain_validation
from bridgex.result import Result

__all__ = ["Explanation", "explain"]

_BY_KIND: Mapping[str, Callable[[Any], Explanation]] = {
    "ranking": explain_ranking,
    "spectrum": explain_spectrum,
    "evaluation": explain_evaluation,
    "validation": explain_validation,
    "case": explain_case,
    "ablation": explain_ablation,
    "recommendation": explain_recommendation,
}


def explain(result: Result) -> Explanation:
    """Return what a result says, what it was computed from, and what would change it.

    Raises:
        ResultError: nothing is known to say of results of this kind.
    """
    if result.kind not in _BY_KIND:
        raise ResultError(
            f"A {result.kind} cannot be explained; give a {', '.join(_BY_KIND)} instead."
        )
    return _BY_KIND[result.kind](result)
