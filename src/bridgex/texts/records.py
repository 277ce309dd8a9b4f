"""Rows with named fields, from the formats that benchmarks are published in."""

from collections.abc import Iterator
from pathlib import Path

from bridgex.texts.files import SourceFile, ending, read_text
from bridgex.texts.parquet import parquet_records
from bridgex.texts.rows import Record, json_records, quoted_records


def named_records(path: Path) -> tuple[SourceFile, Iterator[tuple[int, Record]]]:
    """Read Parquet, tab-separated columns below a header, or JSON Lines, by a file's ending.

    Returns:
        The file, and each row with its line or number, from 1.

    Raises:
        TextError: the file is missing or damaged, or a row is.
    """
    if ending(path) == ".parquet":
        table, records = parquet_records(path, lambda columns: columns)
        return table, enumerate(records, start=1)
    file = read_text(path)
    return file, (quoted_records if ending(path) == ".tsv" else json_records)(file)
