"""How results show themselves, in a notebook and as figures; `bridgex.result` finds it by name."""

import re
import zlib
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from bridgex.errors import ResultError
from bridgex.report.explain import explain
from bridgex.report.figures import Figure, Look, draw, figures_of
from bridgex.report.figures.base import Labels, Width
from bridgex.report.figures.files import write_figure
from bridgex.report.figures.rendering import drawn_svg
from bridgex.report.html.tables import LONGEST, NO_VALUE, shortened
from bridgex.result import Result

MOST_ROWS = 20
"""Of a table in a notebook; all of them are in `to_pandas`."""


def plot(
    result: Result, figure: str | None, path: str | Path | None, *, width: Width, labels: Labels
) -> Figure:
    """Draw a figure of a result; see `bridgex.result.Result.plot`."""
    drawn = draw([result], figure, Look(width, labels))
    if path is not None:
        write_figure(drawn, Path(path))
    return drawn


def html(result: Result) -> str:
    """Return a result as a notebook shows it: the answer, its main figure, the table.

    Without the charting library the figure is left out, and a line says what to install.
    """
    parts = [_paragraph(explain(result).answer, "font-size:1.1em")]
    try:
        parts += [_figure(draw([result], name)) for name in figures_of(result.kind)[:1]]
    except ResultError as problem:
        parts.append(_paragraph(str(problem), "color:#767676"))
    signature = str(getattr(result, "signature", ""))
    parts += [_table(result.rows()), _paragraph(signature, "color:#767676;font-size:.85em")]
    return Markup('<div class="bridgex">{}</div>').format(Markup("").join(parts))


def _paragraph(text: str, style: str) -> Markup:
    shown = shortened(text, LONGEST * 4)
    return Markup('<p dir="auto" style="{}">{}</p>').format(style, shown) if shown else Markup("")


def _figure(figure: Figure) -> Markup:
    svg = drawn_svg({**figure.spec, "background": "white"})
    own = f"bridgex{zlib.crc32(svg.encode()):x}-"
    return Markup(re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{own}", svg))  # noqa: S704


def _table(rows: list[dict[str, Any]]) -> Markup:
    if not rows:
        return Markup("")
    header = Markup("").join(Markup("<th>{}</th>").format(name) for name in rows[0])
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<td dir="auto">{}</td>').format(_cell(each)) for each in row.values()
            )
        )
        for row in rows[:MOST_ROWS]
    )
    more = len(rows) - MOST_ROWS
    rest = Markup("<p>{} more rows: to_pandas()</p>").format(more) if more > 0 else Markup("")
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}").format(
        header, body, rest
    )


def _cell(value: object) -> str | Markup:
    if value is None or value == "":
        return NO_VALUE
    return f"{value:.4g}" if isinstance(value, float) else escape(shortened(str(value)))
