"""Two halves of a study, done on two machines, as one; and two studies compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bridgex.errors import ResultError
from bridgex.evaluation.significance import Difference, accuracy_difference
from bridgex.experiments.case import Case
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.tables import Row, case_columns

OWN = ("pair", "candidates", "strategies")
"""Settings of a case that its languages decide."""


def merge_studies(parts: Sequence[StudyFolder], target: StudyFolder) -> int:
    """Gather the cases of studies with the same settings in one folder.

    Halves may have other pairs, tasks and models; what they have in common must be asked the same
    way of the same thing.

    Args:
        parts: folders of studies.
        target: where all cases go; may be one of them.

    Returns:
        How many cases there are.

    Raises:
        ResultError: a setting differs; it is named. Or one is no study's folder.
        StoreError: the folder cannot be written to.
    """
    plans = [part.plan() for part in parts]
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for part, plan in zip(parts, plans, strict=True):
        asked: dict[tuple[str, str], dict[str, Any]] = {}
        for cell, settings in _settings(part, plan):
            for of in (("task", cell["task"]), ("model", cell["model"])):
                asked.setdefault(of, _common(settings, of[0]))
        for (kind, name), common in asked.items():
            _require_same(first.setdefault((kind, name), common), common, f"{kind} {name}")
    cells: dict[str, dict[str, str]] = {}
    missing: dict[str, str] = {}
    for part, plan in zip(parts, plans, strict=True):
        missing |= plan["missing"]
        for cell in plan["cells"]:
            cells.setdefault(cell["key"], cell)
            if part.has(cell["key"]) and not target.has(cell["key"]):
                target.put(cell["key"], part.case(cell["key"]))
    done = {cell["model"] for cell in cells.values()}
    names = dict.fromkeys(plan["name"] for plan in plans)
    target.put_cells(
        " + ".join(names),
        list(cells.values()),
        {model: why for model, why in missing.items() if model not in done},
    )
    return sum(target.has(key) for key in cells)


def _settings(
    part: StudyFolder, plan: Mapping[str, Any]
) -> list[tuple[dict[str, str], Mapping[str, Any]]]:
    return [
        (cell, part.case(cell["key"]).settings) for cell in plan["cells"] if part.has(cell["key"])
    ]


def _common(settings: Mapping[str, Any], of: str) -> dict[str, Any]:
    """Return what two studies must agree on where they share a task, or a model."""
    if of == "model":
        return {"model": settings["model"]}
    return {name: value for name, value in settings.items() if name not in {"model", *OWN}}


def _require_same(first: Any, second: Any, where: str) -> None:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for name in dict.fromkeys((*first, *second)):
            _require_same(first.get(name), second.get(name), f"{where}, {name}")
    elif first != second:
        raise ResultError(
            f"These studies differ in {where} ({first} and {second}) and cannot be merged; run "
            "them with the same settings."
        )


@dataclass(frozen=True)
class Changed:
    """One strategy of one case in two studies.

    Attributes:
        first, second: its value in each; None where a study has no such case or strategy.
        difference: second minus first over the items that both have, paired; None where the items
            are not scored 0 or 1, or none is in both.
        items: how many items both have.
    """

    case: Row
    strategy: str
    metric: str
    first: float | None
    second: float | None
    difference: Difference | None
    items: int

    def row(self) -> Row:
        """Return it as a row of a table."""
        difference = None if self.difference is None else asdict(self.difference)
        return {
            **self.case,
            "strategy": self.strategy,
            "metric": self.metric,
            "first": self.first,
            "second": self.second,
            "items": self.items,
            **{
                name: difference and difference[name]
                for name in ("value", "p_value", "gained", "lost", "test")
            },
        }


def compare_studies(first: StudyFolder, second: StudyFolder) -> list[Changed]:
    """Return what is different between two studies, strategy by strategy.

    Cases correspond where model, pair, task and way of asking are the same; a model of another
    state or on another device still is the one of the same name.

    Raises:
        ResultError: one is no study's folder, or a case is damaged.
    """
    cases = [{_identity(case): case for case in study.cases()} for study in (first, second)]
    changed: list[Changed] = []
    for name in dict.fromkeys((*cases[0], *cases[1])):
        both = [of.get(name) for of in cases]
        changed += _changes(both[0], both[1])
    return changed


def _identity(case: Case) -> str:
    columns = case_columns(case)
    return json.dumps({**columns, "model": case.model.partition("@")[0]})


def _changes(first: Case | None, second: Case | None) -> list[Changed]:
    case = second or first
    if case is None:
        return []
    by_strategy = [
        {result.name: result for result in (each.results if each else ())}
        for each in (first, second)
    ]
    changed = []
    for strategy in dict.fromkeys((*by_strategy[0], *by_strategy[1])):
        before, after = (of.get(strategy) for of in by_strategy)
        scores: list[tuple[float, float]] = []
        if before and after:
            old = {(each.item, each.accepted): each.score for each in before.outcomes}
            scores = [
                (each.score, old[each.item, each.accepted])
                for each in after.outcomes
                if (each.item, each.accepted) in old
            ]
        paired = None
        if scores and case.metric == "accuracy":
            paired = accuracy_difference([new for new, _ in scores], [old for _, old in scores])
        changed.append(
            Changed(
                case_columns(case),
                strategy,
                case.metric,
                before.value if before else None,
                after.value if after else None,
                paired,
                len(scores),
            )
        )
    return changed


def study_folder(path: Path) -> StudyFolder:
    """Return the folder of a study that is kept, given itself or the study file beside it.

    Raises:
        ResultError: there is none.
    """
    folder = StudyFolder(path if path.is_dir() else path.with_suffix(""))
    folder.plan()
    return folder
