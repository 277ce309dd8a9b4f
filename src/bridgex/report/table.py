"""Tables on the terminal."""

from rich.console import Console, ConsoleDimensions
from rich.measure import Measurement
from rich.table import Table

WIDEST = 1000
"""Columns no table needs."""


def print_whole(table: Table, console: Console) -> None:
    """Print a table at the width it needs: a narrower window wraps its lines and cuts nothing."""
    window = console.size  # its setter holds in a dumb terminal, too, and that of width does not
    console.size = ConsoleDimensions(max(window.width, width_of(table, console)), window.height)
    console.print(table)
    console.size = window


def width_of(table: Table, console: Console) -> int:
    """Return the number of columns that a table needs to be shown whole."""
    options = console.options.update(width=WIDEST)
    return Measurement.get(console, options, table).maximum
