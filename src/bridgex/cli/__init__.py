"""The command line: one file per command."""

from bridgex.cli import evaluate, prompt, rank
from bridgex.cli.app import app, main

__all__ = ["app", "evaluate", "main", "prompt", "rank"]
