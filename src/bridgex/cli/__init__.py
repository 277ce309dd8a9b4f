"""The command line: one file per command."""

from bridgex.cli import (
    cache,
    data,
    evaluate,
    explain,
    info,
    list,  # noqa: A004
    plot,
    prompt,
    rank,
    report,
    spectrum,
    study,
    validate,
)
from bridgex.cli.app import app, main

__all__ = [
    "app",
    "cache",
    "data",
    "evaluate",
    "explain",
    "info",
    "list",
    "main",
    "plot",
    "prompt",
    "rank",
    "report",
    "spectrum",
    "study",
    "validate",
]
