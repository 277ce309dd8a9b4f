"""Figures of a spectrum's matrices, beside the tree."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from bridgex.neurons import Spectrum, Tree
from bridgex.report.figures.base import (
    DIVERGING,
    MUTED,
    SEQUENTIAL,
    SMALL,
    TEXT,
    Figure,
    Look,
    looked_up,
    needs,
    room,
    told,
    values,
)

LEAST_STEP = 9
"""Pixels of a cell beside which a label can still be read."""
NUMBERS_FROM = 21
"""Pixels of a cell that has room for its number."""
KINDS = {
    "overlap": ("shared", "Shared neurons", ".0f"),
    "jaccard": ("jaccard", "Jaccard index", ".2f"),
    "similarity": ("similarity", "Similarity", ".2f"),
}
"""Figure → matrix, what it is called, and how its numbers are written."""


def overlap(spectra: Sequence[Spectrum], look: Look) -> Figure:
    """Draw how many neurons languages share, beside their tree."""
    return _matrix(spectra[0], look, "overlap")


def jaccard(spectra: Sequence[Spectrum], look: Look) -> Figure:
    """Draw the Jaccard indices of languages, beside their tree."""
    return _matrix(spectra[0], look, "jaccard")


def similarity(spectra: Sequence[Spectrum], look: Look) -> Figure:
    """Draw how alike the shared neurons of languages behave, beside their tree."""
    return _matrix(spectra[0], look, "similarity")


def warned(spectrum: Spectrum, subtitle: str) -> str:
    """Say below the title that the neurons say nothing of languages, where that is so."""
    if not spectrum.warning:
        return subtitle
    said = "Saturated: at this selection rate the neurons say nothing of the languages"
    return f"{said}. {subtitle}" if subtitle else said


def _ordered(spectrum: Spectrum) -> list[str]:
    tree = spectrum.whole.tree
    order = tree.order if tree else ()
    return [*order, *(code for code in spectrum.languages if code not in order)]


def _matrix(spectrum: Spectrum, look: Look, kind: str) -> Figure:
    field, title, form = KINDS[kind]
    part, order = spectrum.whole, _ordered(spectrum)
    at = {code: index for index, code in enumerate(part.matrices.languages)}
    matrix: Any = getattr(part.matrices, field)
    rows: list[dict[str, Any]] = [
        {
            "first": look.label(first),
            "second": look.label(second),
            "first code": first,
            "second code": second,
            field: matrix[at[first]][at[second]],
        }
        for first in order
        for second in order
        if first != second
    ]
    if not any(row[field] is not None for row in rows):
        raise needs("spectrum", f"no value of {title.lower()} to draw; its gaps say why")
    names = [look.label(code) for code in order]
    extent = room(names, 110)
    tree_width = (80 if look.wide else 40) if part.tree else 0
    free = look.pixels - extent - tree_width - 30
    step = max(LEAST_STEP, free / len(order))
    size = step * len(order)
    form = form if _told_apart(rows, field) else ".3f"
    cells = _cells(rows, names, [*map(_short, order)], (field, title, form), step, extent)
    view: Any = cells.properties(width=size, height=size)
    if part.tree:
        drawn = _dendrogram(part.tree, order).properties(width=tree_width, height=size)
        view = alt.hconcat(drawn, view, spacing=2)
    notes = []
    if step > free / len(order):
        notes.append(
            f"{len(order)} languages do not fit the width of a {look.width} with labels that can "
            f"be read, so this figure is {(size + look.pixels - free) / 96:.1f} inches wide; print "
            "it larger, or make a spectrum of fewer languages."
        )
    what = {
        "overlap": "Number of language neurons that two languages share",
        "jaccard": "Shared neurons of two languages as a share of those that either has",
        "similarity": "Correlation of how often the shared neurons of two languages are active, "
        "after each neuron's mean over all languages is subtracted",
    }[kind]
    beside = ", beside the average-linkage tree over the Jaccard distance" if part.tree else ""
    return Figure(
        kind,
        f"{title} of {len(order)} languages",
        warned(spectrum, "In the order of the tree over the Jaccard distance" if part.tree else ""),
        f"{what}; languages in the order of the tree{beside}.",
        view,
        rows,
        names,
        spectrum.signature,
        look,
        tuple(notes),
    )


def _told_apart(rows: Sequence[dict[str, Any]], field: str) -> bool:
    """Whether two decimals are enough to tell the numbers of a matrix apart."""
    known = [row[field] for row in rows if row[field] is not None]
    return bool(max(known) - min(known) >= 0.05)


def _short(code: str) -> str:
    return code.partition("_")[0]


def _cells(
    rows: Sequence[dict[str, Any]],
    names: Sequence[str],
    codes: Sequence[str],
    shown: tuple[str, str, str],
    step: float,
    extent: int,
) -> Any:
    field, title, form = shown
    known = [row[field] for row in rows if row[field] is not None]
    least, most = min(known), max(known)
    if least < 0:
        reach = max(-least, most)
        scale = alt.Scale(scheme=DIVERGING, domain=[-reach, reach])
        dark = f"abs(datum['{field}']) > {0.6 * reach}"
    else:
        scale = alt.Scale(scheme=SEQUENTIAL, zero=False)
        dark = f"datum['{field}'] < {least + 0.55 * (most - least)}"
    small = min(TEXT, max(7, step * 0.8))
    across = dict(zip(names, codes, strict=True))
    cells = [{**row, "column": row["second"]} for row in rows]
    upright = step >= 8 * max(map(len, codes))
    x = alt.X(
        "column:N",
        sort=list(names),
        scale=alt.Scale(domain=list(names), paddingInner=0, paddingOuter=0),
        axis=alt.Axis(
            orient="top",
            title=None,
            ticks=False,
            domain=False,
            labelFontSize=small,
            labelAngle=0 if upright else -90,
            labelOverlap=False,
            labelExpr=looked_up(across),
        ),
    )
    y = alt.Y(
        "first:N",
        sort=list(names),
        scale=alt.Scale(domain=list(names), paddingInner=0, paddingOuter=0),
        axis=alt.Axis(
            title=None,
            ticks=False,
            domain=False,
            labelFontSize=small,
            minExtent=extent,
            maxExtent=extent,
            labelLimit=extent,
            labelOverlap=False,
        ),
    )
    base = alt.Chart(values(cells)).encode(
        x=x,
        y=y,
        **told(
            [
                alt.Tooltip("first:N"),
                alt.Tooltip("second:N"),
                alt.Tooltip(f"{field}:Q", title=title, format=form),
            ]
        ),
    )
    legend = alt.Legend(
        title=title,
        orient="top",
        gradientLength=140,
        gradientThickness=8,
        titleOrient="left",
        tickCount=4,
    )
    layers = [
        base.transform_filter(f"isValid(datum['{field}'])")
        .mark_rect(stroke="white", strokeWidth=0.5 if step > 12 else 0)
        .encode(color=alt.Color(f"{field}:Q", scale=scale, legend=legend))
    ]
    if step >= NUMBERS_FROM:
        size = 9 if step >= 26 else SMALL
        layers.append(
            base.transform_filter(f"isValid(datum['{field}'])")
            .mark_text(fontSize=size)
            .encode(
                text=alt.Text(f"{field}:Q", format=form),
                color=alt.condition(dark, alt.value("white"), alt.value("black")),
            )
        )
    return alt.layer(*layers)


def _dendrogram(tree: Tree, order: Sequence[str]) -> Any:
    """The tree with its root on the left, each leaf level with its row of the matrix."""
    leaves = len(tree.languages)
    row = {
        tree.languages.index(code): float(at)
        for at, code in enumerate(order)
        if code in tree.languages
    }
    height = dict.fromkeys(row, 0.0)
    lines = []
    for at, merge in enumerate(tree.merges):
        new = leaves + at
        top, bottom = row[merge.left], row[merge.right]
        row[new], height[new] = (top + bottom) / 2, merge.distance
        lines += [
            {
                "x": height[child],
                "x2": merge.distance,
                "y": row[child],
                "y2": row[child],
                "distance": merge.distance,
            }
            for child in (merge.left, merge.right)
        ]
        lines.append(
            {
                "x": merge.distance,
                "x2": merge.distance,
                "y": top,
                "y2": bottom,
                "distance": merge.distance,
            }
        )
    reach = max(line["x2"] for line in lines) or 1
    return (
        alt.Chart(values(lines))
        .mark_rule(color=MUTED, strokeWidth=1.2, strokeCap="round")
        .encode(
            x=alt.X(
                "x:Q",
                scale=alt.Scale(domain=[0, reach], reverse=True, nice=False),
                axis=alt.Axis(
                    orient="top",
                    title=None,
                    values=[0, reach],
                    labelFontSize=SMALL,
                    domain=False,
                    ticks=False,
                    grid=False,
                    labelFlush=True,
                    format=".2f",
                ),
            ),
            x2="x2:Q",
            y=alt.Y(
                "y:Q",
                scale=alt.Scale(
                    domain=[-0.5, len(order) - 0.5], reverse=True, nice=False, zero=False
                ),
                axis=None,
            ),
            y2="y2:Q",
            **told([alt.Tooltip("distance:Q", format=".3f", title="Jaccard distance")]),
        )
    )
