"""A linguistic spectrum as a folder of CSV tables and a tree in Newick format."""

from collections.abc import Sequence
from pathlib import Path

from bridgex.languages import find
from bridgex.neurons import Part, Spectrum
from bridgex.report.files import csv_text, write_texts
from bridgex.report.spectrum import STATISTICS

WHOLE = "whole"
"""What stands in the column of the layer for the whole model."""

MATRICES = ("shared", "chance", "jaccard", "jaccard_chance", "similarity")


def write_tables(spectrum: Spectrum, folder: Path) -> None:
    """Write a spectrum's tables; an absent value is an empty cell.

    A square file per matrix of the whole model, ``tree.nwk``, and with a column for the layer:
    ``languages.csv``, ``pairs.csv``, ``agreement.csv``, ``trees.csv``; where one cannot be
    written, none is.

    Raises:
        StoreError: the folder cannot be written to.
    """
    codes = spectrum.languages
    texts: dict[str, str] = {}
    for name in MATRICES:
        matrix = _matrix(spectrum.whole, name)
        rows = [(code, *row) for code, row in zip(codes, matrix, strict=True)]
        texts[f"{name}.csv"] = csv_text(("language", *codes), rows)
    if spectrum.whole.tree is not None:
        texts["tree.nwk"] = spectrum.whole.tree.newick() + "\n"
    for name, header, of in (
        ("languages", ("language", "name", "family", "branch", "neurons"), _languages),
        ("pairs", ("first", "second", *MATRICES), _pairs),
        ("agreement", ("grouping", "statistic", "value", "chance", "p", "p_at_floor"), _agreement),
        ("trees", ("newick", "cophenetic_correlation"), _tree),
    ):
        table = [
            (WHOLE if part.layer is None else part.layer, *row)
            for part in (spectrum.whole, *spectrum.layers)
            for row in of(part)
        ]
        texts[f"{name}.csv"] = csv_text(("layer", *header), table)
    write_texts(folder, texts)


def _matrix(part: Part, name: str) -> Sequence[Sequence[float | None]]:
    """Return a matrix of a part, counts as integers."""
    matrix: Sequence[Sequence[float | None]] = getattr(part.matrices, name)
    if name != "shared":
        return matrix
    return [[None if count is None else int(count) for count in row] for row in matrix]


def _languages(part: Part) -> list[tuple[object, ...]]:
    rows = zip(map(find, part.matrices.languages), part.matrices.sizes, strict=True)
    return [
        (language.code, language.name, language.family, language.branch, size)
        for language, size in rows
    ]


def _pairs(part: Part) -> list[tuple[object, ...]]:
    codes = part.matrices.languages
    values = [_matrix(part, name) for name in MATRICES]
    return [
        (codes[i], codes[j], *(matrix[i][j] for matrix in values))
        for i in range(len(codes))
        for j in range(i + 1, len(codes))
    ]


def _agreement(part: Part) -> list[tuple[object, ...]]:
    return [
        (grouping, field, tested.value, tested.chance, tested.p_value, tested.at_floor)
        for grouping, agreement in part.agreement.items()
        for field in STATISTICS
        for tested in [getattr(agreement, field)]
    ]


def _tree(part: Part) -> list[tuple[object, ...]]:
    return [] if part.tree is None else [(part.tree.newick(), part.tree.cophenetic_correlation)]
