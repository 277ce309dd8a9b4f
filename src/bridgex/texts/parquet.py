"""Parquet tables, which need the optional extra ``parquet``."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridgex.errors import TextError
from bridgex.texts.files import SourceFile, opened, source_file
from bridgex.texts.limits import require_size
from bridgex.texts.rows import Record

Choice = Callable[[Sequence[str]], Sequence[str]]

_ROWS = 1024


def parquet_records(path: Path, choose: Choice) -> tuple[SourceFile, Iterator[Record]]:
    """Read columns of a table, row by row, as far as rows are asked for.

    Args:
        path: the file.
        choose: given the names of all columns, returns those to read.

    Raises:
        TextError: the file is missing or damaged, has no such column, or pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise TextError(
            f"{path} is Parquet, which needs pyarrow; run: pip install 'bridgex[parquet]'."
        ) from None
    file = source_file(path)
    return file, _records(file, choose)


def _records(file: SourceFile, choose: Choice) -> Iterator[Record]:
    from pyarrow import parquet

    unpacked = 0
    with opened(file.path) as handle, _refused(file.path):
        table = parquet.ParquetFile(handle)
        columns = list(table.schema_arrow.names)
        chosen = list(choose(columns))
        for name in chosen:
            if name not in columns:
                raise file.error(1, f"no column '{name}'; it has {', '.join(columns) or 'none'}.")
        for batch in table.iter_batches(_ROWS, columns=chosen):
            unpacked += batch.nbytes
            require_size(file.path, unpacked, file.state[1])
            yield from batch.to_pylist()


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as problem:
        what = (str(problem).splitlines() or [""])[0].rstrip(".")
        raise TextError(f"{path} cannot be read as Parquet ({what}); download it again.") from None
