"""Benchmarks as published: a file per language, items joined by id across two languages.

What the rows of one benchmark look like is up to the task that reads it (`bridgex.tasks`).
"""

from bridgex.texts.benchmarks.reading import (
    ANY_CORPUS,
    JSON_LINES,
    JSON_LINES_OR_PARQUET,
    TAB_SEPARATED,
    TAB_SEPARATED_OR_PARQUET,
    Benchmark,
    BenchmarkFormat,
    FileKind,
    Row,
    read_benchmark,
)

__all__ = [
    "ANY_CORPUS",
    "JSON_LINES",
    "JSON_LINES_OR_PARQUET",
    "TAB_SEPARATED",
    "TAB_SEPARATED_OR_PARQUET",
    "Benchmark",
    "BenchmarkFormat",
    "FileKind",
    "Row",
    "read_benchmark",
]
