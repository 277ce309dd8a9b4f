"""The command line: one file per command."""

from bridgex.cli import (
    ablate,
    cache,
    configuration,
    data,
    evaluate,
    explain,
    info,
    list,  # noqa: A004
    lm_eval,
    neurons,
    plot,
    prompt,
    rank,
    recommend,
    report,
    serve_check,
    spectrum,
    study,
    validate,
)
from bridgex.cli.app import app, main

__all__ = [
    "ablate",
    "app",
    "cache",
    "configuration",
    "data",
    "evaluate",
    "explain",
    "info",
    "list",
    "lm_eval",
    "main",
    "neurons",
    "plot",
    "prompt",
    "rank",
    "recommend",
    "report",
    "serve_check",
    "spectrum",
    "study",
    "validate",
]
