"""The figure of languages in two dimensions."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from bridgex.neurons import Spectrum
from bridgex.report.figures.base import (
    COLOURS,
    SHAPES,
    TEXT,
    Figure,
    Look,
    needs,
    told,
    values,
)
from bridgex.report.figures.labels import SIDES, placed
from bridgex.report.figures.matrices import warned
from bridgex.report.names import language_of


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
        warned(
            spectrum,
            "Close languages share more neurons; the two dimensions hold "
            f"{kept * 100:.0f} % of the variation",
        ),
        "Classical multidimensional scaling of the Jaccard distance: close languages share more "
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
