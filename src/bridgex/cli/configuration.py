"""``bridgex config``."""

import os
from collections.abc import Iterator
from typing import Any

import typer

from bridgex.cli.options import CHAT, MODEL, PROBING, SERVER, SETTINGS, TEXTS, command
from bridgex.cli.request import Request

SHARED = {**TEXTS, **MODEL, **CHAT, **SERVER}
"""Options that are no settings of a ranking."""


@command(TEXTS, SETTINGS, PROBING, MODEL, CHAT, SERVER, name="config")
def show_config(request: Request) -> None:
    """Print every option and setting, and where it came from, as a file for --config."""
    from bridgex.report.text import visible

    for line in (*_options(request), *_settings(request), *_environment()):
        typer.echo(visible(line, keep=""))


def _options(request: Request) -> Iterator[str]:
    for name, (_, default) in SHARED.items():
        value = request.values[name]
        origin = request.origin(name, default)
        yield _line(name, list(map(str, value)) if isinstance(value, list) else value, origin)


def _settings(request: Request) -> Iterator[str]:
    group = ""
    for name, (value, origin) in sorted(request.settings_and_origins().items(), key=_by_group):
        before, _, short = name.rpartition(".")
        if before != group:
            group = before
            yield from ("", f"[{group}]")
        yield _line(short, value, origin)


def _by_group(setting: tuple[str, Any]) -> str:
    """Settings without a group come first, as TOML asks for; the sort keeps the others' order."""
    return setting[0].rpartition(".")[0]


def _environment() -> Iterator[str]:
    from bridgex.environment import SECRETS, VARIABLES

    yield from ("", "# Environment variables that are set:")
    for name in VARIABLES:
        if value := os.environ.get(name):
            yield f"# {name} = {'(hidden)' if name in SECRETS else value}"


def _line(name: str, value: Any, origin: str) -> str:
    """Return a line of TOML; what has no value is a comment."""
    if value is None:
        return f"# {name} is not given"
    return f"{name} = {_toml(value)}  # {origin}"


def _toml(value: Any) -> str:
    import json

    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
