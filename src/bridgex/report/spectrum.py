"""A linguistic spectrum on the terminal."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridgex.dependence import p_text
from bridgex.languages import find
from bridgex.neurons import Agreement, Matrix, Part, Spectrum, Statistic
from bridgex.report.table import print_whole
from bridgex.report.tree import drawn

NO_VALUE = "—"
AGREEMENT_TAKE = "Above chance with a small p: languages of one group share more neurons."
LAYERS_TAKE = "Where in the model relatives share neurons: a high r with a small p."
STATISTICS = {
    "mantel": "Mantel r of Jaccard",
    "cophenetic": "Mantel r of the tree",
    "nearest": "nearest is a relative",
    "clusters": "purity of clusters",
}
"""What the fields of an `Agreement` are called in tables."""


def print_spectrum(spectrum: Spectrum, console: Console) -> None:
    """Print the matrices of the whole model, its tree, the agreement, and a line per layer."""
    if spectrum.warning:
        console.print(Text(spectrum.warning, style="bold"), soft_wrap=True)
    for heading, lines in _blocks(spectrum):
        console.print(Text(heading, style="bold"), soft_wrap=True)
        console.print(Text("\n".join([*lines, ""])), soft_wrap=True)
    saturated = " (saturated: p says nothing)" if spectrum.warning else ""
    if spectrum.whole.agreement:
        console.print(Text(AGREEMENT_TAKE, style="dim"), soft_wrap=True)
        print_whole(_agreement(spectrum.whole.agreement, saturated), console)
    console.print(Text(LAYERS_TAKE, style="dim"), soft_wrap=True)
    print_whole(_layers(spectrum.layers, saturated), console)
    for label, text in _facts(spectrum):
        console.print(Text.assemble((f"{label}: ", "bold"), text), soft_wrap=True)
    console.print(Text(f"Signature: {spectrum.signature}", style="dim"), soft_wrap=True)


def _blocks(spectrum: Spectrum) -> list[tuple[str, list[str]]]:
    whole = spectrum.whole
    tree, pairwise = whole.tree, whole.matrices
    order = tree.order if tree else ()
    order = (*order, *(code for code in spectrum.languages if code not in order))
    shared = _square(pairwise.languages, order, (pairwise.shared, ".0f"), (pairwise.chance, ".1f"))
    similar = _square(
        pairwise.languages, order, (pairwise.jaccard, ".2f"), (pairwise.similarity, ".2f")
    )
    blocks = [
        ("Shared neurons (diagonal: of the language; above it: what chance gives)", shared),
        ("Jaccard index (above the diagonal: similarity, — under 3 shared neurons)", similar),
    ]
    if tree is not None:
        lines = [
            f"{line} {_described(code)}" for line, code in zip(drawn(tree), tree.order, strict=True)
        ]
        widest = tree.merges[-1].distance
        blocks.append((f"Average linkage over the Jaccard distance (root: {widest:.2f})", lines))
    return blocks


def _described(code: str) -> str:
    language = find(code)
    return f"{code} {language.name}" + (f" ({language.family})" if language.family else "")


def _square(
    codes: Sequence[str],
    order: Sequence[str],
    below: tuple[Matrix, str],
    above: tuple[Matrix, str],
) -> list[str]:
    """Return two symmetric matrices as one, the first with the diagonal, a line per language."""
    places = [codes.index(code) for code in order]
    cells = []
    for i, row in enumerate(places):
        sides = [below if j <= i else above for j in range(len(places))]
        cells.append(
            [_number(matrix[row][at], f) for (matrix, f), at in zip(sides, places, strict=True)]
        )
    label = max(map(len, order))
    width = 1 + max(len(text) for row in [order, *cells] for text in row)
    rows = zip((" " * label, *order), [order, *cells], strict=True)
    return [f"{code:<{label}}" + "".join(f"{text:>{width}}" for text in row) for code, row in rows]


def _number(value: float | None, form: str) -> str:
    return NO_VALUE if value is None else f"{value:{form}}"


def _agreement(agreement: Mapping[str, Agreement], saturated: str) -> Table:
    title = f"Agreement with what is known of the languages, one-sided p{saturated}"
    table = Table(title=title, title_justify="left")
    for column in ("Grouping", "Statistic", "Value", "At chance", "p"):
        left = column in {"Grouping", "Statistic"}
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    for name, tests in agreement.items():
        for field, title in STATISTICS.items():
            tested: Statistic = getattr(tests, field)
            numbers = (f"{tested.value:.2f}", f"{tested.chance:.2f}", _p(tested))
            table.add_row(name, title, *numbers)
    return table


def _layers(layers: Sequence[Part], saturated: str) -> Table:
    table = Table(
        title=f"By layer: agreement with families (p not corrected for their number){saturated}",
        title_justify="left",
    )
    columns = ("Layer", "Neurons", "Of all", "Jaccard", "Mantel r", "p", "Nearest", "p")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for part in layers:
        sizes = part.matrices.sizes
        family = part.agreement.get("family")
        table.add_row(
            f"{part.layer}",
            f"{min(sizes)}–{max(sizes)}",
            f"{part.matrices.universal}",
            _number(_mean_jaccard(part), ".2f"),
            *_tested(family.mantel if family else None),
            *_tested(family.nearest if family else None),
        )
    return table


def _mean_jaccard(part: Part) -> float | None:
    matrix = part.matrices.jaccard
    pairs = [value for i, row in enumerate(matrix) for value in row[:i] if value is not None]
    return fmean(pairs) if pairs else None


def _tested(tested: Statistic | None) -> tuple[str, str]:
    return (f"{tested.value:.2f}", _p(tested)) if tested else (NO_VALUE, NO_VALUE)


def _p(tested: Statistic) -> str:
    return p_text(tested.p_value, at_floor=tested.at_floor)


def _facts(spectrum: Spectrum) -> list[tuple[str, str]]:
    whole = spectrum.whole
    sizes = whole.matrices.sizes
    span = f"{min(sizes):,}" if min(sizes) == max(sizes) else f"{min(sizes):,} to {max(sizes):,}"
    universal = f"{whole.matrices.universal:,} neurons are of all {len(sizes)} languages"
    facts = [("Universal", f"{universal}, which have {span} each.")]
    if whole.tree is not None and whole.tree.cophenetic_correlation is not None:
        value = f"{whole.tree.cophenetic_correlation:.2f}"
        facts.append(("Tree", f"cophenetic correlation with the Jaccard distance {value}."))
    facts += [("Gap", f"whole model: {gap}") for gap in whole.gaps]
    facts += [
        ("Gap", f"layer{'s' * (len(layers) > 1)} {', '.join(map(str, layers))}: {gap}")
        for gap, layers in _gaps(spectrum.layers).items()
    ]
    return facts + [("Note", note) for note in spectrum.notes]


def _gaps(parts: Sequence[Part]) -> dict[str, list[int]]:
    gaps: dict[str, list[int]] = {}
    for at, part in enumerate(parts):
        for gap in part.gaps:
            gaps.setdefault(gap, []).append(at)
    return gaps
