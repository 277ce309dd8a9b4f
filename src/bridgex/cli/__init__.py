"""The command line: one file per command."""

from bridgex.cli import (
    cache,
    data,
    evaluate,
    info,
    list,  # noqa: A004
    prompt,
    rank,
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
    "info",
    "list",
    "main",
    "prompt",
    "rank",
    "spectrum",
    "study",
    "validate",
]
