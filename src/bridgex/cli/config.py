"""``--config``: the options of a command from a TOML file.

Keys are the names of long options (``convert-chinese`` or ``convert_chinese``); tables are groups
of the settings of a ranking (``[bridges]``), as ``--set`` takes them. What the command line gives
wins. A key of another command is allowed, so that commands can share a file.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

GROUPS = ("selection", "probe", "bridges")
"""Tables that are settings of a ranking."""


def read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make a file's values the defaults of a command's options; the callback of ``--config``.

    Raises:
        BadParameter: a file that cannot be read, is not TOML, has an unknown key or a value of the
            wrong type; the line is named.
    """
    if path is None or context.resilient_parsing:
        return path
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as problem:
        raise _bad(f"{path} cannot be read ({problem.strerror}); check the path.") from problem
    except ValueError as problem:  # decoding and TOML alike
        raise _bad(f"{path} is not TOML: {problem}.") from problem
    options = {_key(name): option for option in context.command.params for name in option.opts}
    elsewhere = _options_of_all(context)
    defaults: dict[str, Any] = {}
    changes: list[str] = []
    for key, value in values.items():
        name = _key(key)
        if name in GROUPS and isinstance(value, dict):
            changes += _assignments(value, name, path, text)
        elif name not in options:
            if name not in elsewhere:
                raise _bad(_unknown(path, text, key, (*elsewhere, *GROUPS)))
        else:
            option = options[name]
            defaults[str(option.name)] = _converted(option, value, context, (path, text, key))
    if changes and "set" in options:
        own = [*changes, *(defaults.get("set_") or ())]
        defaults["set_"] = own
    context.default_map = {**(context.default_map or {}), **defaults}
    return path


def _key(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


def _options_of_all(context: typer.Context) -> set[str]:
    root: Any = context.find_root().command
    commands = getattr(root, "commands", {}).values()
    return {
        _key(name)
        for command in commands
        for option in command.params
        for name in option.opts
        if name.startswith("--")
    }


def _assignments(table: Mapping[str, Any], prefix: str, path: Path, text: str) -> Iterator[str]:
    from bridgex.analysis.settings import settings_fields

    known = settings_fields()
    for key, value in table.items():
        name = f"{prefix}.{_key(key)}"
        if name not in known:
            short = [each.partition(".")[2] for each in known if each.startswith(f"{prefix}.")]
            raise _bad(_unknown(path, text, key, short))
        given = ",".join(map(str, value)) if isinstance(value, list) else value
        yield f"{name}={given}"


def _converted(
    option: Any, value: Any, context: typer.Context, where: tuple[Path, str, str]
) -> Any:
    """Return a value as the option takes it, checked by the option's own type."""
    path, text, key = where
    if isinstance(value, dict):
        value = [f"{name}={each}" for name, each in value.items()]
    if isinstance(value, list) and not getattr(option, "multiple", False):
        value = ",".join(map(str, value))
    flag = getattr(option, "is_flag", False)
    if flag != isinstance(value, bool):
        wanted = "true or false" if flag else "no truth value"
        raise _bad(f"{path}, line {_line(text, key)}: {key} = {value} must be {wanted}.")
    several = getattr(option, "multiple", False)
    given = value if isinstance(value, list) else [value]
    try:
        for each in given:
            option.type.convert(each if flag else str(each), option, context)
    except typer.BadParameter as problem:
        message = problem.format_message().rstrip(".")
        raise _bad(f"{path}, line {_line(text, key)}: {key}: {message}.") from problem
    return [str(each) for each in given] if several else value


def _unknown(path: Path, text: str, key: str, known: Any) -> str:
    from bridgex.errors import nearest

    return (
        f"{path}, line {_line(text, key)}: there is no option '{key}'.{nearest(key, known)} "
        "Keys are the long options of a command, tables the groups of --set."
    )


def _line(text: str, key: str) -> int:
    """Return the line of a key's assignment or table."""
    quoted = re.escape(key)
    pattern = re.compile(rf'^\s*\[?\s*"?{quoted}"?\s*[=\].]')
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.match(line):
            return number
    return 1


def _bad(message: str) -> typer.BadParameter:
    return typer.BadParameter(message)
