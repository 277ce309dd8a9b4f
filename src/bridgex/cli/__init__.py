"""The command line: one file per command."""

from bridgex.cli import (
    data,
    evaluate,
    info,
    list,  # noqa: A004
    neurons,
    prompt,
    rank,
    serve_check,
    spectrum,
    validate,
)
from bridgex.cli.app import app, main

__all__ = [
    "app",
    "data",
    "evaluate",
    "info",
    "list",
    "main",
    "neurons",
    "prompt",
    "rank",
    "serve_check",
    "spectrum",
    "validate",
]
