"""The command line: one file per command."""

from bridgex.cli import (
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
    validate,
)
from bridgex.cli.app import app, main

__all__ = [
    "app",
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
    "validate",
]
