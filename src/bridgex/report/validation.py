"""A validation as a table on the terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.experiments.case import Case
from bridgex.experiments.measures import Mean, Share
from bridgex.experiments.validation import StrategySummary, Summary, Validation
from bridgex.report.table import print_whole, width_of

NO_VALUE = "—"
LONGEST_NAME = 24
"""Of a chooser in a table; the settings in a longer one are written below."""

CHOICE = ("Chosen", "Regret", "− direct", "− English", "τ", "Best")
VERDICTS = ("Script", "Tie", "No choice", "Direct", "Texts read", "Generated")
LEGEND = (
    "Chosen: pairs with a first place, of all. Regret, − direct, − English: points of accuracy (of "
    "chrF++ for translation) of the first place; τ: Kendall's, of score and accuracy. Best: "
    "share of first places that nothing is better than. Script: share of first places in the "
    "script of source or target. Tie, No choice (undetermined or "
    "no_evidence), Direct: how often right, of how often said. Texts read, Generated: texts that "
    "the model reads and tokens that it generates. best_bridge, best_per_item: in hindsight, of "
    "the bridges and of all ways item by item, the bounds of every choice."
)


def print_validation(validation: Validation, console: Console) -> None:
    """Print the choosers side by side, then the accuracies and what could not be served."""
    summaries, names = validation.summaries, _short_names(validation.choosers)
    for task in dict.fromkeys(each.task for each in summaries):
        ways = [each for each in validation.strategies if each.task == task]
        some = [summary for summary in summaries if summary.task == task]
        tables = [_table(some, names, CHOICE + VERDICTS, validation.level)]
        if width_of(tables[0], console) > console.width:
            parts = (CHOICE, VERDICTS)
            tables = [_table(some, names, columns, validation.level) for columns in parts]
        for table in (*tables, _ways(ways)):
            print_whole(table, console)
            console.print()
    console.print(Text(LEGEND, style="dim"), soft_wrap=True)
    facts = [(short, name) for name, short in names.items() if short != name]
    for case in validation.cases:
        facts += _facts(case, names)
    for label, text in facts:
        console.print(Text.assemble((f"{label}: ", "bold"), text), soft_wrap=True)
    for note in validation.notes:
        console.print(Text.assemble(("Note: ", "bold"), note), soft_wrap=True)
    console.print(Text(f"Signature: {validation.signature}", style="dim"), soft_wrap=True)


def _short_names(choosers: Sequence[str]) -> dict[str, str]:
    """Return name → what it is called in tables: the settings in a long one as ``[…]``."""
    short = {
        name: name if len(name) <= LONGEST_NAME else f"{name.partition('[')[0]}[…]"
        for name in choosers
    }
    unique = len(set(short.values())) == len(short)
    return short if unique else {name: name for name in choosers}


def _table(
    summaries: Sequence[Summary], names: Mapping[str, str], columns: Sequence[str], level: float
) -> Table:
    pairs = max(each.pairs + len(each.gaps) for each in summaries)
    title = f"{summaries[0].task}, {pairs} {'pair' if pairs == 1 else 'pairs'}"
    if columns[0] == CHOICE[0]:
        title += f" (±: half the {level * 100:g} % interval over pairs)"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("Chooser", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    scale = 100.0 if summaries[0].metric == "accuracy" else 1.0
    for each in summaries:
        cells = _cells(each, scale)
        table.add_row(names[each.chooser], *(cells.get(column, NO_VALUE) for column in columns))
    return table


def _ways(ways: Sequence[StrategySummary]) -> Table:
    """Return the strategies side by side, with what bounds every choice among them."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("Strategy", no_wrap=True)
    for column in (ways[0].metric, "− direct", "− English", "Texts read", "Generated"):
        table.add_column(column, justify="right", no_wrap=True)
    scale = 100.0 if ways[0].metric == "accuracy" else 1.0
    for each in ways:
        cost = each.cost
        table.add_row(
            each.strategy,
            _mean(each.value, scale, "{:.1f}"),
            _mean(each.over_direct, scale, "{:+.1f}"),
            _mean(each.over_english, scale, "{:+.1f}"),
            _count(cost.passes) if cost else NO_VALUE,
            _count(cost.generated) if cost else NO_VALUE,
        )
    return table


def _cells(summary: Summary, scale: float) -> dict[str, str]:
    chose = f"{summary.chose}/{summary.pairs + len(summary.gaps)}"
    if not summary.pairs:
        return {"Chosen": chose}
    return {
        "Chosen": chose,
        "Regret": _mean(summary.regret, scale, "{:.1f}"),
        "− direct": _mean(summary.over_direct, scale, "{:+.1f}"),
        "− English": _mean(summary.over_english, scale, "{:+.1f}"),
        "τ": _mean(summary.tau, 1.0, "{:+.2f}"),
        "Best": _mean_alone(summary.hit),
        "Script": _mean_alone(summary.same_script),
        "Tie": _share(summary.tie),
        "No choice": _share(summary.undetermined),
        "Direct": _share(summary.direct),
        "Texts read": _count(summary.cost.passes),
        "Generated": _count(summary.cost.generated),
    }


def _mean(mean: Mean, scale: float, form: str) -> str:
    if mean.value is None:
        return NO_VALUE
    text = form.format(mean.value * scale)
    if mean.interval is None:
        return text
    reach = (mean.interval.high - mean.interval.low) / 2 * scale
    return f"{text}±{reach:{'.2f' if form == '{:+.2f}' else '.1f'}}"


def _mean_alone(mean: Mean) -> str:
    return NO_VALUE if mean.value is None else f"{mean.value:.2f}"


def _share(share: Share) -> str:
    return f"{share.right}/{share.times}" if share.times else NO_VALUE


def _count(number: int) -> str:
    """Write a number in at most four characters."""
    for size, sign in ((1, ""), (10**3, "k"), (10**6, "M")):
        if number < 1000 * size:
            return f"{number / size:.3g}{sign}"
    return f"{number / 10**9:.3g}G"


def _facts(case: Case, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the accuracies of a pair, what its neuron scores were, and who could not serve it."""
    name = f"{'-'.join(case.pair)} {case.task}"
    percent = case.metric == "accuracy"
    values = ", ".join(
        f"{strategy} {value * 100:.1f} %" if percent else f"{strategy} {value:.1f}"
        for strategy, value in case.accuracy.items()
    )
    facts = [(f"{name}, {case.items} items", values)]
    for chooser, choice in case.chosen.items():
        sizes = {code: score.size for code, score in choice.ranking.scores.items() if score.size}
        if sizes:
            scores = ", ".join(
                f"{code} {NO_VALUE if score.value is None else f'{score.value:.4g}'} ({score.size})"
                for code, score in choice.ranking.scores.items()
            )
            facts.append((f"{name}, {names[chooser]}, score (neurons)", scores))
    facts += [(f"{name}, {names[chooser]} left out", why) for chooser, why in case.gaps.items()]
    return facts
