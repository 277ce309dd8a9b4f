"""A recommendation as a table on the terminal, with its prompts."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.experiments.advice import Advice, Tried
from bridgex.languages import find
from bridgex.report.points import signed, written
from bridgex.report.table import print_whole
from bridgex.report.text import visible

NO_VALUE = "—"


def print_recommendation(advice: Advice, console: Console) -> None:
    """Print the ways that were tried, the prompts of the one recommended, and what would help."""
    source, target = (find(code) for code in advice.pair)
    if advice.tried:
        title = f"{advice.task}, {source.name}–{target.name}, {advice.items} development items"
        table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
        table.add_column("Way", no_wrap=True)
        for column in (advice.metric, "gain", "interval", "p", "texts read", "tokens generated"):
            table.add_column(column, justify="right", no_wrap=True)
        for each in advice.tried:
            table.add_row(*_row(each, advice.metric))
        print_whole(table, console)
    facts = [("Why", advice.reason), ("Next", advice.again)]
    facts += [("Strategy", advice.strategy)]
    facts += [("Note", note) for note in advice.notes]
    for label, text in facts:
        console.print(Text.assemble((f"{label}: ", "bold"), visible(text, keep="")), soft_wrap=True)
    for template in advice.templates:
        if template.pivot_prompt is not None:
            _print_prompt(
                f"Prompt into the bridge ({template.way})", template.pivot_prompt, console
            )
        _print_prompt(f"Prompt ({template.way})", template.prompt, console)
    console.print(Text(f"Signature: {advice.signature}", style="dim"), soft_wrap=True)


def _row(each: Tried, metric: str) -> list[str]:
    gain = each.gain
    return [
        each.name,
        written(metric, each.value),
        signed(metric, gain.value) if gain else NO_VALUE,
        f"{signed(metric, gain.low)} … {signed(metric, gain.high)}" if gain else NO_VALUE,
        f"{gain.p_value:.2g}" if gain else NO_VALUE,
        f"{each.cost.passes:,}",
        f"{each.cost.generated:,}",
    ]


def _print_prompt(label: str, prompt: str, console: Console) -> None:
    console.print(Text(f"{label}:", style="bold"))
    console.print(Text(visible(prompt)), soft_wrap=True)
