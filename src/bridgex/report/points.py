"""How values of a metric are written: shares in percent, everything else as it is."""

from bridgex.tasks.outcomes import MACRO_F1

SHARES = ("accuracy", MACRO_F1)
"""Metrics between 0 and 1, written in percent."""


def scale_of(metric: str) -> tuple[float, str]:
    """Return what a metric is multiplied by to be read, and its unit."""
    return (100.0, "%") if metric in SHARES else (1.0, "")


def points(metric: str, value: float) -> float:
    """Return a value in the points it is written in."""
    return value * scale_of(metric)[0]


def written(metric: str, value: float) -> str:
    """Return a value of a metric with its unit."""
    return f"{points(metric, value):.1f} {scale_of(metric)[1]}".rstrip()


def signed(metric: str, value: float) -> str:
    """Return a difference in points with its sign; none where it is no difference."""
    shown = f"{points(metric, value):+.1f}"
    return shown if float(shown) else "0.0"


def number(value: float, form: str) -> str:
    """Return a number as it is written; a zero has no sign."""
    shown = format(value, form).replace("%", " %")
    return shown if any(digit in shown for digit in "123456789") else shown.lstrip("+-")
