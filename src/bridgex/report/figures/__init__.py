"""Figures of results: drawn by one charting library, the numbers beside them as a table."""

from bridgex.report.figures.base import Figure, Look
from bridgex.report.figures.catalogue import FIGURES, draw, figures_of

__all__ = ["FIGURES", "Figure", "Look", "draw", "figures_of"]
