"""Parquet tables: FLORES+ and most data sets of the Hub. Needs the optional extra ``parquet``."""

import io
from pathlib import Path

from bridgex.errors import TextError
from bridgex.texts.corpus_formats.base import Sentences, field_in
from bridgex.texts.files import SourceFile, read_bytes
from bridgex.texts.rows import string_in


class Parquet:
    """Files whose name ends in ``.parquet``."""

    name = "Parquet"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.parquet``."""
        return path.suffix.casefold() == ".parquet"

    def read(self, path: Path, field: str | None) -> tuple[SourceFile, Sentences]:
        """Read the column, row by row."""
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            raise TextError(
                f"{path} is Parquet, which needs pyarrow; run: pip install 'bridgex[parquet]'."
            ) from None
        file = SourceFile(path, read_bytes(path))
        try:
            table = parquet.ParquetFile(io.BytesIO(file.raw))
            columns = table.schema_arrow.names
            name = field or field_in(columns)
            rows = table.read(columns=[name] if name in columns else []).to_pylist()
        except (pyarrow.ArrowException, OSError, ValueError) as problem:
            what = (str(problem).splitlines() or [""])[0].rstrip(".")
            raise TextError(
                f"{path} cannot be read as Parquet ({what}); download it again."
            ) from None
        if name not in columns:
            raise file.error(1, f"no column '{name}'; it has {', '.join(columns) or 'none'}.")
        return file, tuple(
            (row, string_in(file, row, record, name)) for row, record in enumerate(rows, start=1)
        )
