"""The command line: one file per command."""

from bridgex.cli import models, rank
from bridgex.cli.app import app, main

__all__ = ["app", "main", "models", "rank"]
