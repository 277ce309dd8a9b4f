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

CHOICE = (
    "Named a\nbridge",
    "Regret",
    "Over\ndirect",
    "Over\nEnglish",
    "Kendall's\nτ",
    "Share\nbest",
)
VERDICTS = (
    "Same\nscript",
    "Tie\nright",
    "No choice\nright",
    "Direct\nright",
    "Texts\nread",
    "Tokens\ngenerated",
)
TAKES = {
    CHOICE: "Small regret is good: what the named bridge falls short of the best one.",
    VERDICTS: "How often a verdict was right, of how often it was said, and what choosing cost.",
}
LEGEND = (
    "Named a bridge: on how many pairs, of all. Regret, over direct, over English: points of "
    "accuracy (of chrF++ for translation) of the first place. Kendall's τ: of score and accuracy. "
    "Share best: of first places that nothing is better than. Same script: of first places, as "
    "source or target. No choice: undetermined or no_evidence. best_bridge, best_per_item: in "
    "hindsight, of the bridges and of all ways item by item, the bounds of every choice."
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
        for columns, table in zip((CHOICE, VERDICTS), tables, strict=False):
            console.print(Text(TAKES[columns], style="dim"), soft_wrap=True)
            print_whole(table, console)
            console.print()
        print_whole(_ways(ways), console)
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
    for column in (ways[0].metric, *CHOICE[2:4], *VERDICTS[4:]):
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
        return {CHOICE[0]: chose}
    return {
        CHOICE[0]: chose,
        "Regret": _mean(summary.regret, scale, "{:.1f}"),
        CHOICE[2]: _mean(summary.over_direct, scale, "{:+.1f}"),
        CHOICE[3]: _mean(summary.over_english, scale, "{:+.1f}"),
        CHOICE[4]: _mean(summary.tau, 1.0, "{:+.2f}"),
        CHOICE[5]: _mean_alone(summary.hit),
        VERDICTS[0]: _mean_alone(summary.same_script),
        VERDICTS[1]: _share(summary.tie),
        VERDICTS[2]: _share(summary.undetermined),
        VERDICTS[3]: _share(summary.direct),
        VERDICTS[4]: _count(summary.cost.passes),
        VERDICTS[5]: _count(summary.cost.generated),
    }


def _mean(mean: Mean, scale: float, form: str) -> str:
    if mean.value is None:
        return NO_VALUE
    text = form.format(mean.value * scale)
    text = text if any(digit in text for digit in "123456789") else text.lstrip("+-")
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
