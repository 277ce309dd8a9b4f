"""Figures as files: SVG, PNG, PDF or a page of their own, the numbers beside them as CSV."""

from collections.abc import Callable, Mapping
from pathlib import Path

from bridgex.errors import RequestError
from bridgex.report.figures.base import Figure
from bridgex.report.figures.rendering import drawn_pdf, drawn_png, drawn_svg
from bridgex.report.files import csv_text
from bridgex.report.html import figure_page
from bridgex.storage.outputs import write_together

DOTS = 300
"""To the inch, of a PNG."""
ON_PAPER = 72 / 96
"""A pixel is a 96th of an inch, and the library prints 72 of them to the inch."""


def require_format(path: Path) -> None:
    """Refuse a file whose suffix is none of a figure, before anything is drawn.

    Raises:
        RequestError: nobody knows the suffix.
    """
    if path.suffix.lower() not in FORMATS:
        raise RequestError(
            f"A figure is written as {', '.join(FORMATS)}, not as '{path.suffix or path.name}'; "
            "change the end of the file's name."
        )


def write_figure(figure: Figure, path: Path) -> Path:
    """Write a figure, and its numbers as CSV beside it; where one cannot be written, none is.

    Returns:
        The CSV file.

    Raises:
        RequestError: nobody knows the suffix.
        ResultError: a library is missing.
        StoreError: the folder cannot be written to.
    """
    require_format(path)
    data = path.with_suffix(".csv")
    content = FORMATS[path.suffix.lower()](figure)
    numbers = csv_text(*figure.table()).encode("utf-8", "backslashreplace")
    write_together(path.parent, {path.name: content, data.name: numbers})
    return data


def _page(figure: Figure) -> bytes:
    return figure_page(figure).encode("utf-8", "backslashreplace")


FORMATS: Mapping[str, Callable[[Figure], bytes]] = {
    ".svg": lambda figure: drawn_svg(figure.spec).encode(),
    ".png": lambda figure: drawn_png(figure.spec, ppi=DOTS, scale=ON_PAPER),
    ".pdf": lambda figure: drawn_pdf(figure.spec, ON_PAPER),
    ".html": _page,
}
