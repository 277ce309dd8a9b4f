"""Specifications drawn without a browser."""

from collections.abc import Mapping
from typing import Any, Literal

from bridgex.errors import ResultError


def drawn_svg(spec: Mapping[str, Any]) -> str:
    """Return a specification drawn as SVG, without a browser.

    Raises:
        ResultError: the library is missing.
    """
    return str(drawn("svg", spec))


def drawn(how: Literal["svg", "png", "pdf"], spec: Mapping[str, Any], **options: Any) -> Any:
    """Return a specification drawn as an image.

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
    return draw(dict(spec), allowed_base_urls=[], **options)
