"""A ranking as a table on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.bridges import BridgeRanking, Score
from bridgex.dependence import p_text
from bridgex.report.names import language_name, pair_name
from bridgex.report.table import print_whole

NO_VALUE = "—"
TAKE = "Best first; where intervals overlap widely, the order says little."


def print_ranking(ranking: BridgeRanking, console: Console) -> None:
    """Print candidates best first, then the verdict and what the numbers came from."""
    console.print(Text(TAKE, style="dim"), soft_wrap=True)
    print_whole(_table(ranking, f"Bridges from {pair_name(ranking.pair)}"), console)
    for label, text in _facts(ranking):
        console.print(Text.assemble((f"{label}: ", "bold"), text), soft_wrap=True)
    for note in ranking.notes:
        console.print(Text.assemble(("Note: ", "bold"), note), soft_wrap=True)
    console.print(Text(f"Signature: {ranking.signature}", style="dim"), soft_wrap=True)


def _table(ranking: BridgeRanking, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    interval = f"{ranking.level * 100:g} % interval"
    for column in ("Place", "Bridge", "Score", interval, "p (null)", "Neurons"):
        table.add_column(column, justify="left" if column == "Bridge" else "right", no_wrap=True)
    for place, (code, score) in enumerate(ranking.scores.items(), 1):
        at = f"{place}" if score.value is not None else NO_VALUE
        table.add_row(at, f"{language_name(code)} ({code})", *_numbers(score), f"{score.size}")
    return table


def _numbers(score: Score) -> tuple[str, str, str]:
    if score.value is None:
        return NO_VALUE, NO_VALUE, NO_VALUE
    interval, null = score.interval, score.null
    return (
        f"{score.value:.4g}",
        f"{interval.low:.4g} … {interval.high:.4g}" if interval else NO_VALUE,
        p_text(null.p_corrected, at_floor=null.at_floor) if null else NO_VALUE,
    )


def _facts(ranking: BridgeRanking) -> list[tuple[str, str]]:
    facts = [("Verdict", ranking.verdict_text)]
    if ranking.layers:
        facts.append(("Layers used", ", ".join(map(str, ranking.layers))))
    if ranking.skipped:
        why = "; ".join(f"{layer} ({reason})" for layer, reason in ranking.skipped.items())
        facts.append(("Layers left out", why))
    facts.append(("Anchor", f"{sum(ranking.anchor.values())} neurons in the band"))
    if ranking.matched:
        sizes = ", ".join(str(size) for size in ranking.matched.values())
        facts.append(("Compared at equal size", f"{sizes} neurons in these layers"))
    if ranking.words:
        facts.append(("Words understood", f"{ranking.words.understood} of {ranking.words.asked}"))
    return facts
