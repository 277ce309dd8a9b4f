"""What silencing neurons did, as a table on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.evaluation.ablation import RANDOM, SAME_SCRIPT
from bridgex.experiments.ablated import Ablation, Change, Control, SilencedSet
from bridgex.report.names import pair_name
from bridgex.report.table import print_whole

NO_VALUE = "—"
TAKE = "Nats of the accepted answers; what counts is the difference from random neurons."


def print_ablation(ablation: Ablation, console: Console) -> None:
    """Print what silencing each set does, then perplexities and what the numbers came from."""
    console.print(Text(TAKE, style="dim"), soft_wrap=True)
    for how in ablation.hows:
        sets = [each for each in ablation.sets if each.how == how]
        title = f"{pair_name(ablation.pair)}, {ablation.items} words, {how}-ablation"
        print_whole(_against_random(ablation, sets, title), console)
        print_whole(_beside(ablation, sets), console)
        print_whole(_perplexities(sets), console)
        agreement = ablation.agreement(how)
        if agreement is not None:
            fact = f"τ {agreement:+.2f} between harm beyond random neurons and accuracy"
            console.print(Text.assemble((f"{how}: ", "bold"), fact), soft_wrap=True)
    for note in ablation.notes:
        console.print(Text.assemble(("Note: ", "bold"), note), soft_wrap=True)
    console.print(Text(f"Signature: {ablation.signature}", style="dim"), soft_wrap=True)


def _against_random(ablation: Ablation, sets: list[SilencedSet], title: str) -> Table:
    level = f"{ablation.level * 100:g} % interval"
    table = _table(title, "neurons", "rate", "change", "random", "− random", level, "p")
    for each, change in _rows(sets):
        random = change.controls.get(RANDOM)
        table.add_row(
            _name(each),
            change.strategy,
            str(each.neurons),
            f"{each.rate:.2f}",
            f"{change.value:+.2f}",
            f"{random.value:+.2f}" if random else NO_VALUE,
            f"{random.difference:+.2f}" if random else NO_VALUE,
            _interval(random),
            f"{random.p_corrected:.3f}" if random else NO_VALUE,
        )
    return table


def _beside(ablation: Ablation, sets: list[SilencedSet]) -> Table:
    table = _table(
        "The same against other bridges' neurons in its script, and in accuracy",
        "− same script",
        "p",
        "accuracy",
        "change",
        "p",
    )
    for each, change in _rows(sets):
        script, accuracy = change.controls.get(SAME_SCRIPT), change.accuracy
        table.add_row(
            _name(each),
            change.strategy,
            f"{script.difference:+.2f}" if script else NO_VALUE,
            f"{script.p_corrected:.3f}" if script else NO_VALUE,
            f"{ablation.intact[change.strategy].accuracy * 100:.1f} %",
            f"{accuracy.value * 100:+.1f}" if accuracy else NO_VALUE,
            f"{accuracy.p_value:.3f}" if accuracy else NO_VALUE,
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for column in ("Silenced", "Answers"):
        table.add_column(column, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _rows(sets: list[SilencedSet]) -> list[tuple[SilencedSet, Change]]:
    return [(each, change) for each in sets for change in each.changes]


def _name(each: SilencedSet) -> str:
    return each.name.partition(":")[2] or each.name


def _interval(control: Control | None) -> str:
    if control is None or control.interval is None:
        return NO_VALUE
    return f"{control.interval.low:+.2f} … {control.interval.high:+.2f}"


def _perplexities(sets: list[SilencedSet]) -> Table:
    codes = list(dict.fromkeys(code for each in sets for code in each.perplexity))
    table = Table(
        title="Perplexity by language: whole model, then with neurons silenced",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("Silenced", no_wrap=True)
    for code in codes:
        table.add_column(code, justify="right", no_wrap=True)
    first = sets[0].perplexity
    table.add_row(
        "nothing",
        *(f"{first[code].intact:.3g}" if code in first else NO_VALUE for code in codes),
    )
    for each in sets:
        cells = (each.perplexity.get(code) for code in codes)
        table.add_row(
            _name(each),
            *(f"{cell.silenced:.3g}" if cell else NO_VALUE for cell in cells),
        )
    return table
