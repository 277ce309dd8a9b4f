"""Results as files for machines, each written whole or not at all."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from bridgex.storage.files import writing


class Plain(Protocol):
    """A result that can say itself in plain values."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""


def write_json(result: Plain, path: Path) -> None:
    """Write everything behind a result as JSON.

    Raises:
        StoreError: the folder cannot be written to.
    """
    text = json.dumps(result.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)
    write_text(path, text + "\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as CSV; an absent value is an empty cell.

    Raises:
        StoreError: the folder cannot be written to.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        StoreError: the folder cannot be written to.
    """
    with writing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
