"""The tables of a study: rows made of its cases, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridgex.evaluation.strategies import DIRECT
from bridgex.experiments.case import Case

Row = dict[str, Any]
Columns = Mapping[str, type]
"""Name → kind of value; any may be absent (None)."""

ENGLISH = "bridge:en"

CASE: Columns = {
    "model": str,
    "source": str,
    "target": str,
    "task": str,
    "shots": int,
    "answering": str,
    "scoring": str,
    "prompt": str,
    "instruction_language": str,
    "chat": bool,
}
"""What tells a case from every other of a study."""
ASKED = tuple(name for name in CASE if name not in {"model", "source", "target"})
"""The columns that tell apart the tasks of one model and pair."""
RESULTS: Columns = {
    **CASE,
    "strategy": str,
    "settled": str,
    "metric": str,
    "value": float,
    "low": float,
    "high": float,
    "items": int,
    "problems": int,
    "over_direct": float,
    "p_direct": float,
    "p_direct_holm": float,
    "over_english": float,
    "p_english": float,
    "p_english_holm": float,
}
"""``settled`` is the strategy with the members and weights that development items gave it."""
CHOOSERS: Columns = {
    **CASE,
    "metric": str,
    "chooser": str,
    "verdict": str,
    "first": str,
    "advice": str,
    "regret": float,
    "over_direct": float,
    "over_english": float,
    "tau": float,
    "hit": float,
    "passes": int,
    "generated": int,
    "gap": str,
}
ITEMS: Columns = {
    **CASE,
    "strategy": str,
    "item": str,
    "text": str,
    "pivot": str,
    "written": str,
    "answer": str,
    "accepted": str,
    "score": float,
    "problem": str,
}
"""``text`` is the whole prompt; several accepted answers stand one a line."""


@dataclass(frozen=True)
class Tables:
    """What a study found.

    Attributes:
        results: a row per case, strategy and metric.
        choosers: a row per case and chooser, those that could not serve included.
    """

    results: Sequence[Row]
    choosers: Sequence[Row]


def tables(cases: Iterable[Case]) -> Tables:
    """Return the tables of some cases, which are looked at one by one.

    p-values are corrected for all comparisons with the same rival in the table (Holm 1979).
    """
    results: list[Row] = []
    choosers: list[Row] = []
    for case in cases:
        results += result_rows(case)
        choosers += chooser_rows(case)
    for rival in ("direct", "english"):
        some = [row for row in results if row[f"p_{rival}"] is not None]
        corrected = holm([row[f"p_{rival}"] for row in some])
        for row, p_value in zip(some, corrected, strict=True):
            row[f"p_{rival}_holm"] = p_value
    return Tables(results, choosers)


def case_columns(case: Case) -> Row:
    """Return what tells a case from every other."""
    asking = case.settings.get("asking", {})
    known = {
        "model": case.model,
        "source": case.pair[0],
        "target": case.pair[1],
        "task": case.task,
        "answering": asking.get("answer"),
    }
    return {name: known.get(name, asking.get(name)) for name in CASE}


def result_rows(case: Case) -> Iterator[Row]:
    """Yield a row per strategy and metric, p-values not corrected yet."""
    common = case_columns(case)
    for result in case.results:
        for measure in result.measures:
            bounds = result.intervals[measure.metric]
            row = {
                **common,
                "strategy": result.name,
                "settled": result.strategy,
                "metric": measure.metric,
                "value": measure.value,
                "low": bounds.low,
                "high": bounds.high,
                "items": case.items,
                "problems": sum(result.problems.values()),
            }
            for name, rival in (("direct", str(DIRECT)), ("english", ENGLISH)):
                difference = result.differences.get(rival, {}).get(measure.metric)
                row |= {
                    f"over_{name}": difference and difference.value,
                    f"p_{name}": difference and difference.p_value,
                    f"p_{name}_holm": None,
                }
            yield row


def chooser_rows(case: Case) -> Iterator[Row]:
    """Yield a row per chooser."""
    common = {**case_columns(case), "metric": case.metric}
    for row in case.rows():
        yield {**{name: row.get(name) for name in CHOOSERS}, **common}
    for chooser, why in case.gaps.items():
        yield {**dict.fromkeys(CHOOSERS), **common, "chooser": chooser, "gap": why}


def item_rows(case: Case) -> Iterator[Row]:
    """Yield a row per strategy and item, prompts and raw answers included."""
    common = case_columns(case)
    for result in case.results:
        for each in result.outcomes:
            yield {
                **common,
                "strategy": result.name,
                "item": each.item,
                "text": each.prompt,
                "pivot": each.pivot,
                "written": each.written,
                "answer": each.answer,
                "accepted": "\n".join(each.accepted),
                "score": each.score,
                "problem": each.problem,
            }


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979, step-down)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    corrected, highest = [1.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, p_values[at] * (len(p_values) - rank)))
        corrected[at] = highest
    return corrected
