"""The command line: one file per command."""

from bridgex.cli import data, evaluate, info, list, prompt, rank, spectrum, validate  # noqa: A004
from bridgex.cli.app import app, main

__all__ = [
    "app",
    "data",
    "evaluate",
    "info",
    "list",
    "main",
    "prompt",
    "rank",
    "spectrum",
    "validate",
]
