"""A figure within a page: drawn once for wide and once for narrow screens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from markupsafe import Markup, escape

from bridgex.errors import ResultError
from bridgex.report.figures import Figure, Look, draw
from bridgex.report.figures.base import Width
from bridgex.report.figures.rendering import drawn_svg
from bridgex.report.files import csv_text
from bridgex.report.html.tables import data_link
from bridgex.result import Result

_ROLES = re.compile(r' (?:role|aria-roledescription)="[^"]*"')
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_SIZE = re.compile(r'<svg ([^>]*?) width="([\d.]+)" height="([\d.]+)"')


@dataclass(frozen=True)
class Drawn:
    """A figure as a page shows it.

    Attributes:
        name: of the figure; unique in the page.
        figure: what was drawn for wide screens.
        svgs: width → the drawing; with one alone, it is for every screen.
        csv: link with the numbers in it.
        layers: layers that can be picked out in it; none where it shows no layers.
    """

    name: str
    figure: Figure
    svgs: dict[Width, Markup]
    csv: str
    layers: Sequence[int] = ()


def drawn(results: Sequence[Result], name: str, look: Look, place: str) -> Drawn:
    """Draw a figure of results.

    Args:
        results: what to draw.
        name: of the figure.
        look: its labels; it is drawn in both widths.
        place: what makes its name unique in the page.

    Raises:
        ResultError: the results cannot give it, or a library is missing.
    """
    looks = [replace(look, width=width) for width in get_args(Width)]
    return within_page([draw(results, name, each) for each in looks], place)


def within_page(figures: Sequence[Figure], place: str) -> Drawn:
    """Return a figure, made for one width or more, as a page shows it."""
    figure = max(figures, key=lambda each: each.look.pixels)
    name = f"{figure.name}-{place}"
    layers = sorted({row["layer"] for row in figure.rows if row.get("layer") is not None})
    header, rows = figure.table()
    return Drawn(
        name,
        figure,
        {each.look.width: _inline(each, f"{name}-{each.look.width}") for each in figures},
        data_link(csv_text(header, rows)),
        layers,
    )


def drawings(
    results: Sequence[Result], names: Sequence[str], place: str
) -> tuple[list[Drawn], list[str]]:
    """Draw those of some figures that the results give, and say why the others are not there."""
    made, gaps = [], []
    for name in names:
        try:
            made.append(drawn(results, name, Look(), place))
        except ResultError as problem:
            gaps.append(str(problem))
    return made, gaps


def _inline(figure: Figure, name: str) -> Markup:
    """Return a drawing that can stand among others in a page.

    What a mark says becomes what the page shows when it is pointed at; the whole is one image to
    a screen reader, which finds the numbers in the table.
    """
    svg = _ROLES.sub("", drawn_svg(figure.bare)).replace(' aria-label="', ' data-tip="')
    svg = _IDS.sub(rf"\g<1>{name}-", svg)
    label = escape(f"{figure.title}. {figure.caption}")
    return Markup(  # noqa: S704  drawn by the charting library, which escapes its texts
        _SIZE.sub(rf'<svg \1 width="\2" height="\3" role="img" aria-label="{label}"', svg, count=1)
    )
