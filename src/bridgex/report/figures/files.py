"""Figures as files: SVG, PNG, PDF or a page of their own, the numbers beside them as CSV."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bridgex.errors import RequestError, ResultError
from bridgex.report.figures.base import Figure
from bridgex.report.files import csv_text
from bridgex.report.html import figure_page
from bridgex.storage.outputs import write_together

PNG_SCALE = 300 / 96
"""300 dots to the inch."""


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


def drawn(figure: Figure, how: str, **options: Any) -> Any:
    """Return a figure drawn by the library that needs no browser: ``svg``, ``png`` or ``pdf``.

    Raises:
        ResultError: the library is missing.
    """
    try:
        import vl_convert
    except ImportError as problem:
        raise ResultError(
            "Drawing without a browser needs vl-convert; pip install 'bridgex[report]'."
        ) from problem
    draw = getattr(vl_convert, f"vegalite_to_{how}")
    return draw(figure.spec, allowed_base_urls=[], **options)


FORMATS: Mapping[str, Callable[[Figure], bytes]] = {
    ".svg": lambda figure: str(drawn(figure, "svg")).encode(),
    ".png": lambda figure: bytes(drawn(figure, "png", scale=PNG_SCALE)),
    ".pdf": lambda figure: bytes(drawn(figure, "pdf")),
    ".html": lambda figure: figure_page(figure).encode(),
}
