"""The command line: one file per command."""

from bridgex.cli import data, models, rank, spectrum
from bridgex.cli.app import app, main

__all__ = ["app", "data", "main", "models", "rank", "spectrum"]
