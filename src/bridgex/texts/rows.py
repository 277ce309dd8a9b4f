"""Rows of structured text files, each with its line: JSON Lines, and columns separated by tabs."""

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridgex.texts.files import (
    SourceFile,
    TextFile,
    TextStream,
    invalid_characters,
    normalised,
)

Record = Mapping[str, Any]
"""One row: its values by the name of their field."""


def json_records(file: TextFile | TextStream) -> Iterator[tuple[int, Record]]:
    """Yield line and object of each line that is not blank.

    Raises:
        TextError: a line is no JSON object.
    """
    for number, line in enumerate(file.lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise file.error(number, "not JSON; correct the line, or download again.") from None
        if not isinstance(record, dict):
            raise file.error(number, "no JSON object ({…}); correct the line.")
        yield number, record


def plain_rows(file: TextFile, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each line that is not blank; quotation marks are characters.

    Raises:
        TextError: a row has another number of columns.
    """
    for number, line in enumerate(file.lines, start=1):
        if line.strip():
            cells = line.split("\t")
            if len(cells) != columns:
                raise file.error(number, _columns(len(cells), columns))
            yield number, [normalised(cell) for cell in cells]


def split_row(file: SourceFile, number: int, line: str, separator: str) -> list[str]:
    """Return the cells of one line; one that begins with a quotation mark is quoted as in CSV.

    Raises:
        TextError: a quotation does not end in its cell.
    """
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error as problem:
        raise file.error(number, f"wrongly quoted ({problem}); correct the row.") from None


def quoted_records(file: TextFile | TextStream) -> Iterator[tuple[int, Record]]:
    """Yield line and cells of each row below the header; a cell may be quoted as in CSV.

    A quoted cell may hold tabs and line ends, so the line is that on which the row ends.

    Raises:
        TextError: a quotation does not end, the header names a column twice, or a row has other
            columns than the header.
    """
    rows = csv.reader((f"{line}\n" for line in file.lines), delimiter="\t", strict=True)
    header: list[str] = []
    try:
        for row in rows:
            if not header:
                header = [normalised(cell) for cell in row]
                if len(set(header)) != len(header):
                    raise file.error(rows.line_num, "the header names a column twice; correct it.")
            elif row:
                if len(row) != len(header):
                    raise file.error(rows.line_num, _columns(len(row), len(header)))
                yield rows.line_num, dict(zip(header, row, strict=True))
    except csv.Error as problem:
        raise file.error(
            max(rows.line_num, 1), f"wrongly quoted ({problem}); correct the row."
        ) from None


def text_in(file: SourceFile, line: int, record: Record, field: str) -> str:
    """Return a field of a record that must be a text, normalised.

    Raises:
        TextError: the field is missing, no text, blank, or contains invalid characters.
    """
    text = string_in(file, line, record, field)
    if not text:
        raise file.error(line, f"'{field}' is empty; fill it in or delete the row.")
    return text


def string_in(file: SourceFile, line: int, record: Record, field: str) -> str:
    """Return a field of a record that must be a text and may be blank, normalised.

    Raises:
        TextError: the field is missing, no text, or contains invalid characters.
    """
    if field not in record:
        there = ", ".join(list(record)[:12]) or "nothing"
        raise file.error(line, f"no field '{field}'; it has {there}.")
    value = record[field]
    if not isinstance(value, str):
        raise file.error(line, f"'{field}' is no text; correct it.")
    if invalid := invalid_characters(value):
        raise file.error(line, f"'{field}' contains invalid characters: {invalid}; correct it.")
    return normalised(value)


def _columns(found: int, wanted: int) -> str:
    return f"{found} column{'s' * (found != 1)} where {wanted} belong; correct the row."
