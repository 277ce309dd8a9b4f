"""A study on the terminal: what is planned, how far it is, and what it found."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.experiments.study.check import Check
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.merge import Changed
from bridgex.experiments.study.statistics import Pooled, pooled_choosers, pooled_strategies
from bridgex.experiments.study.tables import Tables, tables
from bridgex.lm.footprint import Footprint
from bridgex.report.table import print_whole

NO_VALUE = "—"
LEAST_P = 0.001


def print_study(study: StudyFolder, console: Console) -> Tables:
    """Print what a study found: strategies and choosers pooled over pairs, and what is missing.

    Raises:
        ResultError: this is no study's folder, or a case is damaged.
    """
    found = tables(study.cases())
    if found.results:
        _print_pooled("Strategy", pooled_strategies(found), console)
        _print_pooled("Chooser", pooled_choosers(found), console)
        console.print(
            Text(
                "Means over pairs, each pair the mean over its tasks; ±: half the 95 % interval by "
                "Student's t over pairs; *: p ≤ 0.05 against 0 by Student's t, Holm-corrected.",
                style="dim",
            ),
            soft_wrap=True,
        )
    print_status(study, console)
    return found


def print_check(check: Check, console: Console) -> None:
    """Print what a study would do, and what is missing for it."""
    table = Table(title=check.name, title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("Model", no_wrap=True)
    for name in ("Memory", "Cases", "Stored", "Prompts ≤", "Generated ≤", "Time"):
        table.add_column(name, justify="right", no_wrap=True)
    for model in check.models:
        table.add_row(
            model.name,
            NO_VALUE if model.memory is None else _memory(model.memory),
            *(f"{count:,}" for count in (model.cases, model.stored, model.prompts, model.tokens)),
            NO_VALUE if model.seconds is None else _duration(model.seconds),
        )
    print_whole(table, console)
    unknown = any(model.seconds is None and model.memory for model in check.models)
    console.print(
        Text(
            "Memory: weights + one batch. Prompts and generated tokens of evaluation and "
            "development; choosers add to them. Time: one worker here, without what choosers "
            f"compute{'; --time measures it on a few texts' if unknown else ''}.",
            style="dim",
        ),
        soft_wrap=True,
    )
    for name, licence in check.licences.items():
        console.print(Text.assemble((f"{name}: ", "bold"), licence), soft_wrap=True)
    for name, why in check.choosers.items():
        console.print(Text.assemble((f"Chooser left out: {name}: ", "bold"), why), soft_wrap=True)
    print_gaps(check.gaps, console)


def _memory(found: Footprint) -> str:
    return f"{found.weights / 2**30:.1f} + {found.batch / 2**30:.1f} GiB"


def _duration(seconds: float) -> str:
    """Write a length of time in the unit in which it has one or two digits before the point."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


class CaseCount:
    """Prints how many cases are settled, at most once a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = 0.0
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        """Take the numbers of settled cases and of all."""
        now = time.monotonic()
        if done > self._done and (now - self._said >= 1 or done == total):
            self._said, self._done = now, done
            self._console.print(f"{done} of {total} cases", soft_wrap=True)


def print_status(study: StudyFolder, console: Console) -> None:
    """Print how far a study is: done and missing cases by model, who is at what, what cannot be.

    Raises:
        ResultError: this is no study's folder.
    """
    plan = study.plan()
    held = study.leases.held()
    cells: Sequence[Mapping[str, str]] = plan["cells"]
    for model in dict.fromkeys(cell["model"] for cell in cells):
        own = [cell["key"] for cell in cells if cell["model"] == model]
        done = sum(map(study.has, own))
        running = sum(key in held for key in own)
        at_work = f", {running} being done" if running else ""
        console.print(f"{model}: {done} of {len(own)} cases{at_work}", soft_wrap=True)
    names = {cell["key"]: f"{cell['model']} {cell['pair']} {cell['task']}" for cell in cells}
    for key, holder in held.items():
        console.print(f"Being done: {names.get(key, key[:12])}, by {holder}", soft_wrap=True)
    print_gaps(study.gaps(), console)


def print_gaps(gaps: Mapping[str, str], console: Console) -> None:
    """Print what cannot be done, and why."""
    for name, why in gaps.items():
        console.print(Text.assemble((f"Left out: {name}: ", "bold"), why), soft_wrap=True)


def print_changes(changes: Iterable[Changed], console: Console) -> None:
    """Print what is different between two studies."""
    table = Table(title="Second − first", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in ("Model", "Pair", "Task", "Strategy"):
        table.add_column(name, no_wrap=True)
    for name in ("First", "Second", "Difference", "p", "Gained", "Lost", "Items"):
        table.add_column(name, justify="right", no_wrap=True)
    same = 0
    for each in changes:
        if each.first == each.second and not (
            each.difference and (each.difference.gained or each.difference.lost)
        ):
            same += 1
            continue
        scale = 100.0 if each.metric == "accuracy" else 1.0
        found = each.difference
        table.add_row(
            each.case["model"],
            f"{each.case['source']}-{each.case['target']}",
            each.case["task"],
            each.strategy,
            *(NO_VALUE if v is None else f"{v * scale:.1f}" for v in (each.first, each.second)),
            *(
                (NO_VALUE,) * 4
                if found is None
                else (
                    f"{found.value * scale:+.1f}",
                    _p_value(found.p_value),
                    str(found.gained),
                    str(found.lost),
                )
            ),
            str(each.items),
        )
    if table.row_count:
        print_whole(table, console)
    console.print(f"{same} strategies of cases are the same in both.", soft_wrap=True)


def _print_pooled(who: str, pooled: Sequence[Pooled], console: Console) -> None:
    groups: dict[tuple[str, str], list[Pooled]] = {}
    for each in pooled:
        groups.setdefault((each.model, each.metric), []).append(each)
    for (model, metric), some in groups.items():
        measures = list(dict.fromkeys(each.measure for each in some))
        table = Table(
            title=f"{model}, {metric}",
            title_justify="left",
            box=None,
            padding=(0, 1, 0, 0),
        )
        table.add_column(who, no_wrap=True)
        for measure in measures:
            table.add_column(HEADINGS[measure], justify="right", no_wrap=True)
        table.add_column("Pairs", justify="right", no_wrap=True)
        by_name: dict[str, dict[str, Pooled]] = {}
        for each in some:
            by_name.setdefault(each.who, {})[each.measure] = each
        for name, cells in by_name.items():
            pairs = max(each.mean.pairs for each in cells.values())
            table.add_row(
                name, *(_cell(cells[measure], metric) for measure in measures), str(pairs)
            )
        print_whole(table, console)
        console.print()


HEADINGS: Mapping[str, str] = {
    "value": "Value",
    "regret": "Regret",
    "over_direct": "− direct",
    "over_english": "− English",
    "tau": "τ",
    "hit": "Best",
}


def _cell(pooled: Pooled, metric: str) -> str:
    mean: Any = pooled.mean
    if mean.value is None:
        return NO_VALUE
    points = pooled.measure not in {"tau", "hit"}
    scale = 100.0 if points and metric == "accuracy" else 1.0
    digits = 1 if points else 2
    sign = "+" if pooled.measure.startswith("over") or pooled.measure == "tau" else ""
    text = f"{mean.value * scale:{sign}.{digits}f}"
    if mean.interval is not None:
        text += f"±{(mean.interval.high - mean.interval.low) / 2 * scale:.{digits}f}"
    return f"{text}*" if pooled.p_holm is not None and pooled.p_holm <= 0.05 else text


def _p_value(value: float) -> str:
    return f"{value:.3f}" if value >= LEAST_P else f"<{LEAST_P}"
