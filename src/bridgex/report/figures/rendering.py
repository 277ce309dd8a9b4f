"""Specifications drawn without a browser, and without a network."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from bridgex.errors import ResultError

BEYOND_LATIN = 0x0530
"""The first code point after Latin, Greek and Cyrillic, which the library's own font has."""
CJK = {"CJK": "CJK SC", "HIRAGANA": "CJK JP", "KATAKANA": "CJK JP", "HANGUL": "CJK KR"}
"""How the names of letters begin → the end of the name of their Noto font."""
_SIZE = re.compile(r'(width|height)="([\d.]+)"')
_TEXT = re.compile(r'font-family="sans-serif"([^>]*>)(.*?)</text>', re.DOTALL)
_TAG = re.compile("<[^>]*>")


def drawn_svg(spec: Mapping[str, Any]) -> str:
    """Return a specification drawn as SVG.

    Raises:
        ResultError: the library that draws is missing.
    """
    svg = _library().vegalite_to_svg(dict(spec), allowed_base_urls=[])
    return _TEXT.sub(
        lambda text: f'font-family="{family(_TAG.sub("", text[2]))}"{text[1]}{text[2]}</text>', svg
    )


def family(text: str) -> str:
    """Return the fonts that a text is drawn in: those of its script first.

    Where none is named, the library takes the first that has the letter, whatever its style.
    """
    for letter in text:
        if ord(letter) >= BEYOND_LATIN and unicodedata.category(letter).startswith("L"):
            script = unicodedata.name(letter, "").partition(" ")[0]
            return f"Noto Sans {CJK.get(script, script.title())}, sans-serif"
    return "sans-serif"


def drawn_png(spec: Mapping[str, Any], *, ppi: int, scale: float) -> bytes:
    """Return a specification drawn as PNG.

    Args:
        spec: what to draw.
        ppi: dots to the inch.
        scale: of the whole.

    Raises:
        ResultError: the library that draws is missing.
    """
    return bytes(_library().svg_to_png(drawn_svg(spec), ppi=ppi, scale=scale))


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
