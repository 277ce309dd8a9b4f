"""What lm-eval calls to judge answers that are words, and combinations of strategies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from typing import Any

from pydantic import TypeAdapter

from bridgex.interop.lm_eval.documents import Document, Response, outcome, read_document
from bridgex.tasks.outcomes import Outcome

Aggregation = Callable[[Sequence[Any]], float]


def judge(doc: Mapping[str, Any], responses: Sequence[Response]) -> dict[str, Any]:
    """Return metric → the score of one item, or what the metric is computed from.

    Args:
        doc: the document.
        responses: as `bridgex.interop.lm_eval.documents.outcome` takes them.
    """
    document = read_document(doc)
    judged = outcome(document, responses)
    # The prompt is in the document, and nothing is measured on it.
    kept = asdict(replace(judged, prompt=""))
    return {
        metric: kept if over_all else judged.score
        for metric, over_all in _metrics(document, judged).items()
    }


def aggregations(doc: Mapping[str, Any], mean: Aggregation) -> dict[str, Aggregation]:
    """Return metric → what makes one value of what `judge` returned for all items.

    Args:
        doc: any document of the task.
        mean: lm-eval's own, of which it knows the standard error.
    """
    document = read_document(doc)
    nothing = Outcome(document.id, "", None, None, None, None, document.accepted, 0.0, None)
    metrics = _metrics(document, replace(nothing, options=document.options))
    return {
        metric: partial(_measured, document, metric) if over_all else mean
        for metric, over_all in metrics.items()
    }


def _metrics(document: Document, judged: Outcome) -> dict[str, bool]:
    """Metric → whether it is over all outcomes together, and no mean of scores."""
    task = document.bridgex.read_task([document.item])
    over_all = task.corpus_stats([judged])
    return {measure.metric: measure.metric in over_all for measure in task.measures([judged])}


def _measured(document: Document, metric: str, outcomes: Sequence[Mapping[str, Any]]) -> float:
    read = [_adapter().validate_python(each) for each in outcomes]
    task = document.bridgex.read_task([document.item])
    return next(each.value for each in task.measures(read) if each.metric == metric)


@cache
def _adapter() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)
