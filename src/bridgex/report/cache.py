"""What is in the cache, on the terminal."""

import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridgex.report.table import print_whole
from bridgex.storage.inventory import Share


def print_inventory(
    folder: Path,
    folders: Mapping[str, int],
    shares: Mapping[tuple[str, str], Share],
    console: Console,
) -> None:
    """Print the sizes of a cache's folders, and of its results by model and kind."""
    console.print(f"Cache: {folder}", soft_wrap=True)
    for name, size in folders.items():
        console.print(f"  {name}: {size_text(size)}", soft_wrap=True)
    if not shares:
        return
    table = Table(title="Stored results", title_justify="left", box=None, padding=(0, 1, 0, 0))
    for name in ("Model", "Kind"):
        table.add_column(name, no_wrap=True)
    for name in ("Files", "Size", "Last used"):
        table.add_column(name, justify="right", no_wrap=True)
    for (model, stage), share in shares.items():
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(share.used))
        table.add_row(model, stage, f"{share.files:,}", size_text(share.size), used)
    print_whole(table, console)


def size_text(size: int) -> str:
    """Return a number of bytes in the largest unit that leaves a whole one."""
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size} B"
