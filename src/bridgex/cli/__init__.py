"""The command line: one file per command."""

from bridgex.cli import cache, data, evaluate, list, prompt, rank, spectrum, study, validate  # noqa: A004
from bridgex.cli.app import app, main

__all__ = [
    "app",
    "cache",
    "data",
    "evaluate",
    "list",
    "main",
    "prompt",
    "rank",
    "spectrum",
    "study",
    "validate",
]
