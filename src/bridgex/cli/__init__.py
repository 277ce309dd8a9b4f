"""The command line: one file per command."""

from bridgex.cli import data, evaluate, models, prompt, rank, spectrum, validate
from bridgex.cli.app import app, main

__all__ = ["app", "data", "evaluate", "main", "models", "prompt", "rank", "spectrum", "validate"]
