"""Results as files for machines, each written whole or not at all.

``-`` as a path means standard output.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from bridgex.report.text import json_text
from bridgex.storage.outputs import write_output, write_together

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that spreadsheets take for a formula (OWASP, CSV Injection)."""


class Plain(Protocol):
    """A result that converts to plain values."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""


def write_json(result: Plain, path: Path) -> None:
    """Write everything behind a result as JSON.

    Raises:
        StoreError: the file cannot be written.
    """
    write_text(path, json_text(result.to_dict(), indent=2) + "\n")


def write_json_lines(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write records as JSON Lines.

    Raises:
        StoreError: the file cannot be written.
    """
    write_text(path, "".join(json_text(record) + "\n" for record in records))


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8.

    Raises:
        StoreError: the file cannot be written.
    """
    write_output(path, _encoded(text))


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write text files of a folder by name; where one cannot be written, none is.

    Raises:
        StoreError: the folder cannot be written to.
    """
    write_together(folder, {name: _encoded(text) for name, text in texts.items()})


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV; an absent value is an empty cell.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    lines: list[str] = []
    # The writer quotes a carriage return in a cell only if it is part of the line's end.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([_cell(value) for value in row])
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _encoded(text: str) -> bytes:
    """UTF-8; what it cannot encode (bytes of a file name that is not UTF-8) is written out."""
    return text.encode("utf-8", "backslashreplace")
