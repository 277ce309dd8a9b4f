"""The released script's numbers of two small sets, in plain Python, one number at a time."""

import math
from collections.abc import Callable, Sequence
from statistics import fmean, stdev

Rows = Sequence[Sequence[float]]
Matrix = list[list[float]]

X: Rows = [[0, 1, 2, 3, 4, 5, 6], [2, 7, 1, 8, 2, 8, 1]]
Y: Rows = [[0, 1, 4, 9, 16, 25, 36], [3, 1, 4, 1, 5, 9, 2], [1, 0, 0, 0, 0, 0, 0]]
"""A line, digits of e, squares, digits of π, and one that answers to a single prompt."""


def standardised(rows: Rows) -> Matrix:
    return [[(value - fmean(row)) / (stdev(row) + 1e-6) for value in row] for row in rows]


def bandwidth(x: Matrix, y: Matrix) -> float:
    """The lower median of the distances between neurons, of each with itself, too, plus 1e-6."""
    entries = sorted(math.dist(a, b) for side in (x, y) for a in side for b in side)
    return entries[(len(entries) - 1) // 2] + 1e-6


def gram(row: Sequence[float], sigma: float) -> Matrix:
    return [[math.exp(-((a - b) ** 2) / (2 * sigma**2)) for b in row] for a in row]


def centred(matrix: Matrix) -> Matrix:
    """Each entry less the means of its row and of its column, plus that of all."""
    rows, columns = (
        [fmean(row) for row in matrix],
        [fmean(column) for column in zip(*matrix, strict=True)],
    )
    return [
        [value - rows[i] - columns[j] + fmean(rows) for j, value in enumerate(row)]
        for i, row in enumerate(matrix)
    ]


def total(one: Matrix, other: Matrix) -> float:
    """Sum of the products of entries: the trace of the product of two symmetric matrices."""
    return sum(
        a * b
        for row, column in zip(one, other, strict=True)
        for a, b in zip(row, column, strict=True)
    )


def published(one: Matrix, other: Matrix) -> float:
    """Centred on one side only: each entry less the mean of its row."""
    return total([[value - fmean(row) for value in row] for row in one], other)


def biased(one: Matrix, other: Matrix) -> float:
    return total(centred(one), centred(other)) / (len(one) - 1) ** 2


def best_match(
    x: Matrix, y: Matrix, sigma: float, measure: Callable[[Matrix, Matrix], float]
) -> float:
    values = [[measure(gram(a, sigma), gram(b, sigma)) for b in y] for a in x]
    return (fmean(map(max, values)) + fmean(map(max, zip(*values, strict=True)))) / 2
