"""What figures of cases have in common: the cases, choosers' names, and regrets."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from bridgex.experiments.case import Case
from bridgex.experiments.measures import over_pairs
from bridgex.experiments.validation import Validation
from bridgex.report.points import scale_of
from bridgex.report.text import visible

LONGEST = 26
"""Letters of a chooser's name in a figure; the settings in a longer one are cut."""


def cases_of(results: Sequence[Validation | Case]) -> list[Case]:
    """Return the cases of validations and cases, each once."""
    cases: list[Case] = []
    for result in results:
        cases += [result] if isinstance(result, Case) else list(result.cases)
    return list({id(case): case for case in cases}.values())


def signature_of(results: Sequence[Validation | Case]) -> str:
    """Return what the results came from, in one line."""
    lines = (each.model if isinstance(each, Case) else each.signature for each in results)
    return " | ".join(dict.fromkeys(lines))


def chooser_label(name: str) -> str:
    """Return a chooser's name, cut where it is long."""
    text = visible(name, keep="")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def by_task(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Return the cases of each task, in the order of the first of each."""
    return {
        task: [case for case in cases if case.task == task]
        for task in dict.fromkeys(case.task for case in cases)
    }


def choosers_of(cases: Sequence[Case]) -> list[str]:
    """Return the names of the choosers that served any of the cases."""
    return list(dict.fromkeys(name for case in cases for name in case.chosen))


def regrets_of(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return a row per chooser: mean regret over the cases with its interval, and what it cost."""
    scale, _ = scale_of(cases[0].metric)
    rows: list[dict[str, Any]] = []
    for name in choosers_of(cases):
        served = {case.pair: case.chosen[name] for case in cases if name in case.chosen}
        mean = over_pairs({pair: each.judgement.regret for pair, each in served.items()})
        bounds = mean.interval
        rows.append(
            {
                "chooser": chooser_label(name),
                "name": name,
                "task": cases[0].task,
                "regret": None if mean.value is None else mean.value * scale,
                "low": bounds.low * scale if bounds else None,
                "high": bounds.high * scale if bounds else None,
                "pairs": mean.pairs,
                "of": len(cases),
                "texts read": fmean(each.cost.passes for each in served.values()),
                "tokens generated": fmean(each.cost.generated for each in served.values()),
            }
        )
    return sorted(rows, key=lambda row: (row["regret"] is None, row["regret"] or 0, row["name"]))
