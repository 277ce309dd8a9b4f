"""Specifications drawn without a browser, and without a network."""

import re
from collections.abc import Mapping
from typing import Any

from bridgex.errors import ResultError

_SIZE = re.compile(r'(width|height)="([\d.]+)"')


def drawn_svg(spec: Mapping[str, Any]) -> str:
    """Return a specification drawn as SVG.

    Raises:
        ResultError: the library that draws is missing.
    """
    return str(_library().vegalite_to_svg(dict(spec), allowed_base_urls=[]))


def drawn_png(spec: Mapping[str, Any], *, ppi: int, scale: float) -> bytes:
    """Return a specification drawn as PNG.

    Args:
        spec: what to draw.
        ppi: dots to the inch.
        scale: of the whole.

    Raises:
        ResultError: the library that draws is missing.
    """
    draw = _library().vegalite_to_png
    return bytes(draw(dict(spec), allowed_base_urls=[], ppi=ppi, scale=scale))


def drawn_pdf(spec: Mapping[str, Any], scale: float) -> bytes:
    """Return a specification drawn as PDF.

    Args:
        spec: what to draw.
        scale: of the whole; the library itself has none for PDF.

    Raises:
        ResultError: the library that draws is missing.
    """
    svg = _SIZE.sub(lambda size: f'{size[1]}="{float(size[2]) * scale:g}"', drawn_svg(spec), 2)
    return bytes(_library().svg_to_pdf(svg))


def _library() -> Any:
    try:
        import vl_convert
    except ImportError as problem:
        raise ResultError(
            "Drawing without a browser needs vl-convert; pip install 'bridgex[report]'."
        ) from problem
    return vl_convert
