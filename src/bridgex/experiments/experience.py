"""What cases of an experiment teach choosers about other pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridgex.choosers import Chooser
from bridgex.choosers.combined import Combined
from bridgex.choosers.development_prior import DevelopmentPrior
from bridgex.choosers.evidence import MeasuredPair, difference
from bridgex.errors import RequestError
from bridgex.evaluation.strategies import DIRECT
from bridgex.experiments.case import Case
from bridgex.experiments.validation import Validation
from bridgex.result import Result


def measured_pair(case: Case, asking: Mapping[str, Any] | None = None) -> MeasuredPair:
    """Return what choosers may learn from a case: gains of its bridges, scores of its choosers.

    Args:
        case: it.
        asking: how it was asked, as plain values (`bridgex.evaluation.settings.TaskSettings`);
            by default what its own settings say, which only a study's case has.
    """
    asked = asking or case.settings.get("asking") or {}
    scores = {
        result.strategy: [outcome.score for outcome in result.outcomes] for result in case.results
    }
    direct = scores[str(DIRECT)]
    candidates = [
        name.removeprefix("bridge:")
        for name, values in scores.items()
        if name.startswith("bridge:") and values
    ]
    return MeasuredPair(
        case.model,
        case.task,
        case.pair,
        {code: difference(scores[f"bridge:{code}"], direct) for code in candidates},
        {
            chooser: {
                code: score.value
                for code, score in chosen.ranking.scores.items()
                if score.value is not None
            }
            for chooser, chosen in case.chosen.items()
        },
        asked.get("shots"),
        asked.get("chat"),
    )


def measured_pairs(results: Iterable[Result]) -> tuple[MeasuredPair, ...]:
    """Return what choosers may learn from earlier results.

    Args:
        results: validations, and cases such as a study keeps.

    Raises:
        RequestError: a result is neither.
    """
    measured: list[MeasuredPair] = []
    for result in results:
        if isinstance(result, Validation):
            asking = result.settings.get("asking")
            measured += [measured_pair(case, asking) for case in result.cases]
        elif isinstance(result, Case):
            measured.append(measured_pair(result))
        else:
            raise RequestError(
                f"A {result.kind} does not tell what bridges gain on other pairs; give the results "
                "of bridgex validate or of a study."
            )
    return tuple(measured)


def learning_from(
    choosers: Sequence[Chooser], measured: tuple[MeasuredPair, ...]
) -> tuple[Chooser, ...]:
    """Return the same choosers, those that learn from other pairs with more to learn from."""
    return tuple(
        replace(chooser, earlier=measured)
        if isinstance(chooser, DevelopmentPrior | Combined)
        else chooser
        for chooser in choosers
    )
