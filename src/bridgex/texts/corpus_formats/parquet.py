"""Parquet tables: FLORES+ and most data sets of the Hub."""

from pathlib import Path

from bridgex.texts.corpus_formats.base import Sentences, field_in
from bridgex.texts.files import SourceFile
from bridgex.texts.parquet import parquet_records
from bridgex.texts.rows import string_in


class Parquet:
    """Files whose name ends in ``.parquet``."""

    name = "Parquet"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.parquet``."""
        return path.suffix.casefold() == ".parquet"

    def read(self, path: Path, field: str | None) -> tuple[SourceFile, Sentences]:
        """Read the column, row by row."""
        file, records = parquet_records(path, lambda columns: [field or field_in(columns)])
        return file, (
            (row, string_in(file, row, record, name))
            for row, record in enumerate(records, start=1)
            for name in record
        )
