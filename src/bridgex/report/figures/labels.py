"""Where a point's label goes, so that labels do not lie on each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridgex.report.figures.base import TEXT, text_width

Box = tuple[float, float, float, float]
"""Left, right, top, bottom, in pixels."""


SIDES: dict[str, dict[str, Any]] = {
    "right": {"align": "left", "baseline": "middle", "dx": 8},
    "left": {"align": "right", "baseline": "middle", "dx": -8},
    "above": {"align": "center", "baseline": "bottom", "dy": -7},
    "below": {"align": "center", "baseline": "top", "dy": 7},
}
"""Side → how a text is drawn there."""


def placed(
    places: np.ndarray,
    names: Sequence[str],
    size: tuple[float, float],
    domain: tuple[tuple[float, float], tuple[float, float]],
) -> list[str]:
    """Return the side of its point that each label goes to: the one that overlaps least.

    Args:
        places: (points, 2) coordinates.
        names: the labels.
        size: width and height of the view in pixels.
        domain: what its edges stand for, for x and y.

    Returns:
        ``right``, ``left``, ``above`` or ``below`` for each.
    """
    (left, right), (low, high) = domain
    x = (places[:, 0] - left) / (right - left) * size[0]
    y = (high - places[:, 1]) / (high - low) * size[1]
    taken: list[Box] = [(px - 5, px + 5, py - 5, py + 5) for px, py in zip(x, y, strict=True)]
    sides = []
    for at, name in enumerate(names):
        width = text_width(name)
        boxes = {
            "right": (x[at] + 8, x[at] + 8 + width, y[at] - 6, y[at] + 6),
            "left": (x[at] - 8 - width, x[at] - 8, y[at] - 6, y[at] + 6),
            "above": (x[at] - width / 2, x[at] + width / 2, y[at] - 7 - TEXT, y[at] - 7),
            "below": (x[at] - width / 2, x[at] + width / 2, y[at] + 7, y[at] + 7 + TEXT),
        }
        side = min(boxes, key=lambda side: _covered(boxes[side], taken, size))
        taken.append(boxes[side])
        sides.append(side)
    return sides


def _covered(box: Box, taken: Sequence[Box], size: tuple[float, float]) -> float:
    """The area of a box that others cover or that lies outside the view."""
    left, right, top, bottom = box
    inside = max(0.0, min(right, size[0]) - max(left, 0)) * max(
        0.0, min(bottom, size[1]) - max(top, 0)
    )
    over = sum(
        max(0.0, min(right, other[1]) - max(left, other[0]))
        * max(0.0, min(bottom, other[3]) - max(top, other[2]))
        for other in taken
    )
    return over + (right - left) * (bottom - top) - inside
