"""An evaluation as a table on the terminal, and its items as JSON lines."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.evaluation.results import RIVALS, Evaluation, StrategyResult
from bridgex.evaluation.strategies import AUTO
from bridgex.languages import find
from bridgex.report.files import write_json_lines
from bridgex.report.table import print_whole
from bridgex.tasks.items import one_line, reason_text
from bridgex.tasks.outcomes import MACRO_F1

NO_VALUE = "—"
TAKE = "A difference with a large p is no difference that these items show."
TAKE_ALONE = "The interval says how far the choice of items could have moved the value."
SHARES = ("accuracy", MACRO_F1)
"""Metrics between 0 and 1, printed in percent."""
LONGEST_ANSWER = 40
"""Characters of an answer that are printed; the JSON has all."""
LEAST_P = 0.001
"""Smaller ones are in the JSON."""


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print the strategies side by side, then what the numbers came from."""
    source, target = (find(code) for code in evaluation.pair)
    title = f"{evaluation.task}, {source.name}–{target.name}, {evaluation.items} items"
    compared = any(result.differences for result in evaluation.results)
    console.print(Text(TAKE if compared else TAKE_ALONE, style="dim"), soft_wrap=True)
    for at, measure in enumerate(evaluation.results[0].measures):
        print_whole(_table(evaluation, title if not at else measure.metric, at), console)
    facts = _baselines(evaluation)
    facts += [("Warning", text) for text in evaluation.warnings]
    facts += [("auto", evaluation.recommendation)] if evaluation.recommendation else []
    facts += [
        (result.name, f"{result.strategy}{_weighed(result.strategy)}.")
        for result in evaluation.results
        if any(each.combined for each in result.outcomes) and result.name != result.strategy
    ]
    facts += [("Problems", text) for text in _problems(evaluation.results)]
    facts += [
        (measure.metric, measure.signature)
        for measure in evaluation.results[0].measures
        if measure.signature
    ]
    facts += [("Note", note) for note in evaluation.notes]
    for label, text in facts:
        console.print(Text.assemble((f"{label}: ", "bold"), text), soft_wrap=True)
    console.print(Text(f"Signature: {evaluation.signature}", style="dim"), soft_wrap=True)


def _weighed(strategy: str) -> str:
    return " (member@weight in hundredths)" if "@" in strategy else ""


def write_items(lines: Iterable[dict[str, Any]], path: Path) -> None:
    """Write items as JSON lines, whole or not at all.

    Raises:
        StoreError: the folder cannot be written to.
    """
    write_json_lines(lines, path)


def _table(evaluation: Evaluation, title: str, at: int) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    rivals = [
        rival
        for rival in RIVALS
        if any(rival in result.differences for result in evaluation.results)
    ]
    table.add_column("Strategy", no_wrap=True)
    level = f"{evaluation.level * 100:g} % interval"
    for column in (evaluation.results[0].measures[at].metric, level):
        table.add_column(column, justify="right", no_wrap=True)
    if _of_accuracy(evaluation, at):
        table.add_column("commonest", justify="right", no_wrap=True)
    for rival in rivals:
        table.add_column(f"− {rival}", justify="right", no_wrap=True)
        table.add_column("p", justify="right", no_wrap=True)
    for result in evaluation.results:
        table.add_row(*_row(result, rivals, at, beside=_of_accuracy(evaluation, at)))
    return table


def _of_accuracy(evaluation: Evaluation, at: int) -> bool:
    return evaluation.baselines is not None and at == 0


def _row(result: StrategyResult, rivals: Iterable[str], at: int, *, beside: bool) -> list[str]:
    measure = result.measures[at]
    bounds = result.intervals[measure.metric]
    scale, digits = (100.0, "{:.1f} %") if measure.metric in SHARES else (1.0, "{:.1f}")
    row = [
        _label(result),
        digits.format(measure.value * scale),
        f"{bounds.low * scale:.1f} … {bounds.high * scale:.1f}",
    ]
    if beside:
        row.append(_share(result.commonest.share) if result.commonest else NO_VALUE)
    for rival in rivals:
        difference = result.differences.get(rival, {}).get(measure.metric)
        row += (
            [f"{difference.value * scale:+.1f}", _p_value(difference.p_value)]
            if difference
            else [NO_VALUE, NO_VALUE]
        )
    return row


def _baselines(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Say what chance and one constant answer come to, and which answers were given most."""
    known = evaluation.baselines
    if known is None:
        return []
    chance = [] if known.chance is None else [f"{_share(known.chance)} by chance"]
    constant = f"{_share(known.majority)} by always answering '{_short(known.majority_answer)}'"
    commonest = ", ".join(
        f"{_label(result)} '{_short(result.commonest.answer)}'"
        for result in evaluation.results
        if result.commonest
    )
    facts = [("Baselines", f"{', '.join([*chance, constant])}.")]
    return facts + ([("Commonest answers", commonest)] if commonest else [])


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"


def _short(answer: str) -> str:
    line = one_line(answer)
    return line if len(line) <= LONGEST_ANSWER else f"{line[:LONGEST_ANSWER]}…"


def _label(result: StrategyResult) -> str:
    """Return what a strategy is called: ``bridge:eng`` as ``bridge:en``, others as asked for."""
    asked = result.name.endswith(AUTO) or any(each.combined for each in result.outcomes)
    return result.name if asked else result.strategy


def _p_value(value: float) -> str:
    return f"{value:.3f}" if value >= LEAST_P else f"<{LEAST_P}"


def _problems(results: Iterable[StrategyResult]) -> list[str]:
    return [
        f"{_label(result)}: "
        + ", ".join(
            f"{count} {reason_text(problem)}" for problem, count in sorted(result.problems.items())
        )
        for result in results
        if result.problems
    ]
