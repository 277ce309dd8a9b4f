"""Figures of a spectrum: matrices beside the tree, languages on a map, and layers."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import altair as alt
import numpy as np

from bridgex.neurons import Part, Spectrum, Tree
from bridgex.report.figures.base import (
    COLOURS,
    DIVERGING,
    MUTED,
    SEQUENTIAL,
    SHAPES,
    SMALL,
    TEXT,
    Figure,
    Look,
    needs,
    room,
    told,
    values,
)
from bridgex.report.figures.labels import SIDES, placed
from bridgex.report.names import language_of

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


def _warned(spectrum: Spectrum, subtitle: str) -> str:
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
        _warned(
            spectrum, "In the order of the tree over the Jaccard distance" if part.tree else ""
        ),
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
            labelExpr=f"({_object(across)})[datum.label]",
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


def _object(names: dict[str, str]) -> str:
    """Return a mapping as an expression, with nothing in it that ends a string."""
    import json

    return json.dumps(names)


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
                    values=[0, round(reach, 2)],
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


def languages_map(spectra: Sequence[Spectrum], look: Look) -> Figure:
    """Draw the languages in two dimensions, as far apart as their Jaccard distances allow."""
    spectrum = spectra[0]
    known = [at for at, size in enumerate(spectrum.whole.matrices.sizes) if size]
    if len(known) < 3:
        raise needs("spectrum", "too few languages with neurons for a map; it takes three")
    distance = np.array(
        [
            [1 - float(spectrum.whole.matrices.jaccard[i][j] or 0) if i != j else 0 for j in known]
            for i in known
        ]
    )
    places, kept = classical_scaling(distance)
    codes = [spectrum.whole.matrices.languages[at] for at in known]
    names = [look.label(code) for code in codes]
    families = [_family(code) for code in codes]
    kinds = sorted(set(families), key=lambda family: (-families.count(family), family))
    width, height = look.pixels - 24, 380 if look.wide else 260
    box = _domain(places, width, height)
    sides = placed(places, names, (width, height), box)
    rows: list[dict[str, Any]] = [
        {
            "language": name,
            "code": code,
            "family": family,
            "x": float(x),
            "y": float(y),
            "side": side,
        }
        for name, code, family, (x, y), side in zip(
            names, codes, families, places, sides, strict=True
        )
    ]
    (left, right), (low, high) = box
    legend = alt.Legend(
        title=None, orient="top", direction="horizontal", columns=4 if look.wide else 2
    )
    base = alt.Chart(values(rows)).encode(
        x=alt.X("x:Q", scale=alt.Scale(domain=[left, right], nice=False), axis=None),
        y=alt.Y("y:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=None),
        **told([alt.Tooltip("language:N"), alt.Tooltip("family:N")]),
    )
    palette = [COLOURS[at % len(COLOURS)] for at in range(len(kinds))]
    shapes = [SHAPES[at % len(SHAPES)] for at in range(len(kinds))]
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        color=alt.Color("family:N", scale=alt.Scale(domain=kinds, range=palette), legend=legend),
        shape=alt.Shape("family:N", scale=alt.Scale(domain=kinds, range=shapes), legend=legend),
    )
    layers = [points]
    for side, mark in SIDES.items():
        if side in sides:
            layers.append(
                base.transform_filter(alt.datum.side == side)
                .mark_text(fontSize=TEXT, **mark)
                .encode(text="language:N")
            )
    return Figure(
        "map",
        f"{len(codes)} languages by the neurons they share",
        _warned(
            spectrum,
            f"Near languages share more neurons; {kept * 100:.0f} % of the variation is in the two "
            "dimensions",
        ),
        "Classical multidimensional scaling of the Jaccard distance: near languages share more "
        f"neurons. The two dimensions hold {kept * 100:.0f} % of the variation; directions and "
        "axes mean nothing.",
        alt.layer(*layers).properties(
            width=width, height=height, view=alt.ViewConfig(stroke="#e0e0e0")
        ),
        rows,
        [*names, *kinds],
        spectrum.signature,
        look,
    )


def _family(code: str) -> str:
    language = language_of(code)
    return (language.family if language else "") or "family not known here"


def classical_scaling(distance: np.ndarray) -> tuple[np.ndarray, float]:
    """Place points in two dimensions (Torgerson 1952).

    Args:
        distance: (points, points), symmetric.

    Returns:
        (points, 2) coordinates, the same for the same distances, and the share of the positive
        eigenvalues that the two dimensions hold.
    """
    count = len(distance)
    centre = np.eye(count) - 1 / count
    eigenvalues, vectors = np.linalg.eigh(-0.5 * centre @ distance**2 @ centre)
    first = np.argsort(eigenvalues)[::-1][:2]
    axes = vectors[:, first]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), [0, 1]])
    positive = np.clip(eigenvalues, 0, None)
    kept = float(positive[first].sum() / positive.sum()) if positive.sum() > 0 else 0.0
    return axes * np.sqrt(positive[first]), kept


def _domain(
    places: np.ndarray, width: float, height: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Both axes at one scale, with room for labels at the edges."""
    low, high = places.min(0), places.max(0)
    middle = (low + high) / 2
    free = width - min(160, 0.3 * width), height - 50
    unit = max((high[0] - low[0]) / free[0], (high[1] - low[1]) / free[1], 1e-9)
    reach = unit * width / 2, unit * height / 2
    return (
        (float(middle[0] - reach[0]), float(middle[0] + reach[0])),
        (float(middle[1] - reach[1]), float(middle[1] + reach[1])),
    )


def by_layer(spectra: Sequence[Spectrum], look: Look) -> Figure:
    """Draw over the layers how much languages overlap and how well that agrees with families."""
    spectrum = spectra[0]
    rows: list[dict[str, Any]] = [
        {"layer": part.layer, "value": value, "curve": curve, "p": p}
        for part in spectrum.layers
        for curve, value, p in _curves(part)
        if value is not None
    ]
    if not rows:
        raise needs("spectrum", "no layer with a value to draw; its gaps say why")
    names = list(dict.fromkeys(row["curve"] for row in rows))
    base = alt.Chart(values(rows)).encode(
        x=alt.X("layer:O", title="Layer", axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
        y=alt.Y("value:Q", title=None, axis=alt.Axis(minExtent=38, maxExtent=38, tickCount=5)),
        color=alt.Color(
            "curve:N",
            legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])),
        ),
        shape=alt.Shape(
            "curve:N",
            legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
        ),
        **told(
            [
                alt.Tooltip("curve:N"),
                alt.Tooltip("layer:O"),
                alt.Tooltip("value:Q", format=".3f"),
                alt.Tooltip("p:Q", format=".3g"),
            ]
        ),
    )
    zero = alt.Chart(values([{"zero": 0}])).mark_rule(color=MUTED).encode(y="zero:Q")
    view = alt.layer(
        zero, base.mark_line(strokeWidth=1.5), base.mark_point(filled=True, size=36, opacity=1)
    ).properties(width=look.pixels - 62, height=180 if look.wide else 130)
    return Figure(
        "by-layer",
        "Overlap and families over the layers",
        _warned(spectrum, ""),
        "Mean Jaccard index of two languages by layer, and Mantel's correlation of the index with "
        "being of one family; 0 is no agreement.",
        view,
        rows,
        names,
        spectrum.signature,
        look,
    )


def _curves(part: Part) -> list[tuple[str, float | None, float | None]]:
    matrix = part.matrices.jaccard
    pairs = [value for i, row in enumerate(matrix) for value in row[:i] if value is not None]
    family = part.agreement.get("family")
    return [
        ("Mean Jaccard index", fmean(pairs) if pairs else None, None),
        (
            "Mantel r with families",
            family.mantel.value if family else None,
            family.mantel.p_value if family else None,
        ),
    ]
