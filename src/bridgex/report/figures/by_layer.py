"""The figure of a spectrum over the layers."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import altair as alt

from bridgex.neurons import Part, Spectrum
from bridgex.report.figures.base import (
    COLOURS,
    MUTED,
    SHAPES,
    Figure,
    Look,
    needs,
    told,
    values,
)
from bridgex.report.figures.matrices import warned


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
        x=alt.X("layer:O", title="Layer", axis=alt.Axis(labelAngle=0, labelOverlap="parity")),
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
        warned(spectrum, ""),
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
