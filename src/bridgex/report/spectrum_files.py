"""A linguistic spectrum as a folder of CSV tables and a tree in Newick format."""

from pathlib import Path

from bridgex.languages import find
from bridgex.neurons import Part, Spectrum
from bridgex.report.files import write_csv, write_text
from bridgex.report.spectrum import STATISTICS

WHOLE = "whole"
"""What stands in the column of the layer for the whole model."""

MATRICES = ("shared", "chance", "jaccard", "jaccard_chance", "similarity")


def write_tables(spectrum: Spectrum, folder: Path) -> None:
    """Write a spectrum's tables; an absent value is an empty cell.

    A square file per matrix of the whole model, ``tree.nwk``, and with a column for the layer:
    ``languages.csv``, ``pairs.csv``, ``agreement.csv``, ``trees.csv``.

    Raises:
        StoreError: the folder cannot be written to.
    """
    codes = spectrum.languages
    for name in MATRICES:
        matrix = getattr(spectrum.whole.matrices, name)
        rows = [(code, *row) for code, row in zip(codes, matrix, strict=True)]
        write_csv(folder / f"{name}.csv", ("language", *codes), rows)
    if spectrum.whole.tree is not None:
        write_text(folder / "tree.nwk", spectrum.whole.tree.newick() + "\n")
    for name, header, of in (
        ("languages", ("language", "name", "family", "branch", "neurons"), _languages),
        ("pairs", ("first", "second", *MATRICES), _pairs),
        ("agreement", ("grouping", "statistic", "value", "chance", "p"), _agreement),
        ("trees", ("newick", "cophenetic_correlation"), _tree),
    ):
        table = [
            (WHOLE if part.layer is None else part.layer, *row)
            for part in (spectrum.whole, *spectrum.layers)
            for row in of(part)
        ]
        write_csv(folder / f"{name}.csv", ("layer", *header), table)


def _languages(part: Part) -> list[tuple[object, ...]]:
    rows = zip(map(find, part.matrices.languages), part.matrices.sizes, strict=True)
    return [(each.code, each.name, each.family, each.branch, size) for each, size in rows]


def _pairs(part: Part) -> list[tuple[object, ...]]:
    codes = part.matrices.languages
    values = [getattr(part.matrices, name) for name in MATRICES]
    return [
        (codes[i], codes[j], *(matrix[i][j] for matrix in values))
        for i in range(len(codes))
        for j in range(i + 1, len(codes))
    ]


def _agreement(part: Part) -> list[tuple[object, ...]]:
    return [
        (grouping, field, tested.value, tested.chance, tested.p_value)
        for grouping, found in part.agreement.items()
        for field in STATISTICS
        for tested in [getattr(found, field)]
    ]


def _tree(part: Part) -> list[tuple[object, ...]]:
    return [] if part.tree is None else [(part.tree.newick(), part.tree.cophenetic_correlation)]
