"""Parquet tables, which need the optional extra ``parquet``."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridgex.errors import TextError
from bridgex.texts.files import SourceFile, read_bytes
from bridgex.texts.rows import Record

Choice = Callable[[Sequence[str]], Sequence[str]]


def parquet_records(path: Path, choose: Choice) -> tuple[SourceFile, list[Record]]:
    """Read columns of a table whole, row by row.

    Args:
        path: the file.
        choose: given the names of all columns, returns those to read.

    Raises:
        TextError: the file is missing or damaged, has no such column, or pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise TextError(
            f"{path} is Parquet, which needs pyarrow; run: pip install 'bridgex[parquet]'."
        ) from None
    file = SourceFile(path, read_bytes(path))
    with _refused(path):
        table = parquet.ParquetFile(io.BytesIO(file.raw))
        columns = list(table.schema_arrow.names)
    chosen = choose(columns)
    for name in chosen:
        if name not in columns:
            raise file.error(1, f"no column '{name}'; it has {', '.join(columns) or 'none'}.")
    with _refused(path):
        return file, table.read(columns=list(chosen)).to_pylist()


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError) as problem:
        what = (str(problem).splitlines() or [""])[0].rstrip(".")
        raise TextError(f"{path} cannot be read as Parquet ({what}); download it again.") from None
