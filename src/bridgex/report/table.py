"""Tables on the terminal."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

WIDEST = 1000
"""Columns no table needs."""


def print_whole(table: Table, console: Console) -> None:
    """Print a table at the width it needs: a narrower window wraps its lines and cuts nothing."""
    window = console.width
    console.width = WIDEST
    needed = Measurement.get(console, console.options, table).maximum
    console.width = max(window, needed)
    console.print(table)
    console.width = window
