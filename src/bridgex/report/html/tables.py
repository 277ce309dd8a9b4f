"""Tables of a page: sorted by their headings, filtered, downloaded as CSV."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from bridgex.report.files import csv_text
from bridgex.report.points import number
from bridgex.report.text import visible

LONGEST = 400
"""Letters of a cell; longer texts are in the explorer and in the result's JSON."""
MOST_ROWS = 2_000
"""Of a table on a page; its CSV has all."""
NO_VALUE = "—"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        form: how numbers in it are written; None for texts.
        what: what it is, shown when the heading is pointed at.
    """

    name: str
    form: str | None = None
    what: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell: what is shown, and what it is sorted by and is in the CSV."""

    text: str
    value: float | str | None


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: unique in the page.
        title: what it holds.
        take: what to take from it, in a sentence.
        columns: its columns.
        values: its rows; a `Cell` among them is shown as it says.
        rows_by_layer: whether its first column is a layer that can be picked out.
    """

    name: str
    title: str
    take: str
    columns: Sequence[Column]
    values: Sequence[Sequence[object]]
    by_layer: bool = field(default=False)

    @property
    def rows(self) -> list[list[Cell]]:
        """The cells as they are shown."""
        return [
            [_cell(value, column) for value, column in zip(row, self.columns, strict=True)]
            for row in self.values[:MOST_ROWS]
        ]

    @property
    def left_out(self) -> int:
        """Rows that are in the CSV alone."""
        return max(0, len(self.values) - MOST_ROWS)

    @property
    def csv(self) -> str:
        """Link with the table in it as CSV."""
        plain = [
            [value.value if isinstance(value, Cell) else value for value in row]
            for row in self.values
        ]
        return data_link(csv_text([column.name for column in self.columns], plain))


def data_link(text: str) -> str:
    """Return a CSV text as a link that needs no network."""
    return "data:text/csv;charset=utf-8;base64," + b64encode(
        text.encode("utf-8", "backslashreplace")
    ).decode("ascii")


def _cell(value: object, column: Column) -> Cell:
    if isinstance(value, Cell):
        return value
    if value is None or value == "":
        return Cell(NO_VALUE, None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(number(value, column.form or ""), value)
    text = shortened(str(value))
    return Cell(text, text)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return a text with its control characters written out, cut where it is long."""
    shown = visible(text, keep="\n")
    if len(shown) <= longest:
        return shown
    return f"{shown[:longest]}… ({len(text):,} characters)"
