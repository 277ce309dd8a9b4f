"""Where a point's label goes, so that labels do not lie on each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridgex.report.figures.base import TEXT, text_width

Box = tuple[float, float, float, float]
"""Left, right, top, bottom, in pixels."""


OUTSIDE = 2
"""How much worse a part of a label is outside the view than on top of something."""
ROUNDS = 4
"""In which labels make way for each other."""
SIDES: dict[str, dict[str, Any]] = {
    "right": {"align": "left", "baseline": "middle", "dx": 8},
    "left": {"align": "right", "baseline": "middle", "dx": -8},
    "above": {"align": "center", "baseline": "bottom", "dy": -7},
    "below": {"align": "center", "baseline": "top", "dy": 7},
    "above right": {"align": "left", "baseline": "bottom", "dx": 5, "dy": -3},
    "below right": {"align": "left", "baseline": "top", "dx": 5, "dy": 3},
    "above left": {"align": "right", "baseline": "bottom", "dx": -5, "dy": -3},
    "below left": {"align": "right", "baseline": "top", "dx": -5, "dy": 3},
}
"""Side → how a text is drawn there."""


def placed(
    places: np.ndarray,
    names: Sequence[str],
    size: tuple[float, float],
    domain: tuple[tuple[float, float], tuple[float, float]],
) -> list[str]:
    """Return the side of its point that each label goes to, so that labels overlap least.

    Each goes where it covers least, one after another and then again, now that the others lie.

    Args:
        places: (points, 2) coordinates.
        names: the labels.
        size: width and height of the view in pixels.
        domain: what its edges stand for, for x and y.

    Returns:
        A key of `SIDES` for each.
    """
    (left, right), (low, high) = domain
    x = (places[:, 0] - left) / (right - left) * size[0]
    y = (high - places[:, 1]) / (high - low) * size[1]
    points: list[Box] = [(px - 5, px + 5, py - 5, py + 5) for px, py in zip(x, y, strict=True)]
    boxes = [
        {side: _box(side, px, py, text_width(name)) for side in SIDES}
        for px, py, name in zip(x, y, names, strict=True)
    ]
    sides: dict[int, str] = {}
    for _ in range(ROUNDS):
        before = dict(sides)
        for at, own in enumerate(boxes):
            others = [boxes[other][side] for other, side in sides.items() if other != at]
            covered = {side: _covered(box, [*points, *others], size) for side, box in own.items()}
            sides[at] = min(covered, key=covered.__getitem__)
        if sides == before:
            break
    return list(sides.values())


def _box(side: str, x: float, y: float, width: float) -> Box:
    """Where a label lies that is drawn on a side of its point."""
    mark = SIDES[side]
    left = x + mark.get("dx", 0) - {"left": 0, "center": 0.5, "right": 1}[mark["align"]] * width
    top = y + mark.get("dy", 0) - {"top": 0, "middle": 0.5, "bottom": 1}[mark["baseline"]] * TEXT
    return left, left + width, top, top + TEXT


def _covered(box: Box, taken: Sequence[Box], size: tuple[float, float]) -> float:
    """The area of a box that others cover; what lies outside the view counts several times."""
    left, right, top, bottom = box
    inside = max(0.0, min(right, size[0]) - max(left, 0)) * max(
        0.0, min(bottom, size[1]) - max(top, 0)
    )
    over = sum(
        max(0.0, min(right, other[1]) - max(left, other[0]))
        * max(0.0, min(bottom, other[3]) - max(top, other[2]))
        for other in taken
    )
    return over + OUTSIDE * ((right - left) * (bottom - top) - inside)
