"""``--config``: the options of a command from a TOML file.

Keys are the names of long options (``convert-chinese`` or ``convert_chinese``) and the settings of
a ranking, whose groups are tables (``[bridges]``). What the command line gives wins. A key of
another command is allowed, so that commands can share a file.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from bridgex.errors import nearest, reason
from bridgex.report.text import visible

GROUPS = ("selection", "probe", "bridges")
"""Tables that are settings of a ranking."""
TABLES = ("data", "endonym", "limit")
"""Options that may be tables: task → folder, language → name, limit → value."""

_LARGEST = 2**20
_HEADER = re.compile(r"\s*\[\[?([^\]]+)\]")
_KEY = re.compile(r"\s*([^#=]+?)\s*=")


@dataclass(frozen=True)
class Config:
    """A file with options, read.

    Attributes:
        path: the file.
        settings: dotted name of a ranking's setting → value, as the file gives it.
        options: parameter of the command → value.
    """

    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    """Where in a file an error is: names the line."""

    path: Path
    text: str

    def wrong(self, keys: Iterable[str], problem: str) -> typer.BadParameter:
        return _bad(f"{self.path}, line {_line(self.text, tuple(keys))}: {problem}")


def read_config(context: typer.Context, path: Path | None) -> Config | None:
    """Make a file's values the defaults of a command's options; the callback of ``--config``.

    Raises:
        BadParameter: a file that cannot be read, is not TOML, has an unknown key or a value of the
            wrong type; the line is named.
    """
    if path is None or context.resilient_parsing:
        return None
    text = _text(path)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise _bad(f"{path} is not TOML: {reason(problem)}.") from problem
    place = _Place(path, text)
    own = _options(context.command)
    elsewhere = _options_of_all(context)
    settings: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for key, value in values.items():
        name = _key(key)
        if name == "set":
            settings |= _assigned(value, place)
        elif name in GROUPS and isinstance(value, dict):
            settings |= _group(name, value, place)
        elif name in own:
            option = own[name]
            options[str(option.name)] = _converted(option, value, context, place, key)
        elif name in _settings():
            settings[name] = value
        elif name not in elsewhere:
            raise place.wrong([key], _unknown(key, (*elsewhere, *_settings(), *GROUPS)))
    context.default_map = {**(context.default_map or {}), **options}
    return Config(path, settings, options)


def _text(path: Path) -> str:
    """Return what a file holds; never reads a device or pipe, which need not end."""
    try:
        if path.exists() and not path.is_file():
            raise _bad(f"{path} is not a file; name a TOML file.")
        if path.stat().st_size > _LARGEST:
            raise _bad(f"{path} is too large for a file of options; name a TOML file.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise _bad(f"{path} cannot be read ({reason(problem)}); check the path.") from problem
    except ValueError as problem:
        raise _bad(f"{path} is not TOML, which is text in UTF-8.") from problem


def _key(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


def _options(command: Any) -> dict[str, Any]:
    """Key → option of a command; a file cannot name another file of options."""
    return {
        _key(name): option
        for option in command.params
        for name in option.opts
        if name.startswith("--") and name != "--config"
    }


def _options_of_all(context: typer.Context) -> tuple[str, ...]:
    root: Any = context.find_root().command
    commands = getattr(root, "commands", {}).values()
    return tuple(dict.fromkeys(key for command in commands for key in _options(command)))


def _settings() -> tuple[str, ...]:
    from bridgex.analysis.settings import settings_fields

    return settings_fields()


def _group(group: str, table: Mapping[str, Any], place: _Place) -> dict[str, Any]:
    known = [name for name in _settings() if name.startswith(f"{group}.")]
    changes = {}
    for key, value in table.items():
        name = f"{group}.{_key(key)}"
        if name not in known:
            short = [each.partition(".")[2] for each in known]
            raise place.wrong([group, key], _unknown(key, short))
        changes[name] = value
    return changes


def _assigned(value: Any, place: _Place) -> dict[str, Any]:
    """What ``set`` sets: ``"bridges.level=0.95"``, or a list of such texts."""
    given = value if isinstance(value, list) else [value]
    changes = {}
    for assignment in given:
        name, equals, text = str(assignment).partition("=")
        if not (equals and isinstance(assignment, str)):
            problem = f"set = {assignment} sets nothing; write it as 'bridges.level=0.95'."
            raise place.wrong(["set"], problem)
        if name.strip() not in _settings():
            raise place.wrong(["set"], _unknown(name.strip(), _settings()))
        changes[name.strip()] = text.strip()
    return changes


def _converted(option: Any, value: Any, context: typer.Context, place: _Place, key: str) -> Any:
    """Return a value as the command line would give it, checked by the option itself."""

    def must_be(what: str) -> typer.BadParameter:
        return place.wrong([key], f"{key} = {value} must be {what}.")

    if option.is_flag:
        if not isinstance(value, bool):
            raise must_be("true or false")
        return value
    if isinstance(value, dict):
        if option.name not in TABLES:
            raise must_be("a value, not a table")
        if not all(type(named) in (str, int) for named in value.values()):
            raise must_be("a table of texts or whole numbers")
        value = [f"{name}={named}" for name, named in value.items()]
    given = value if isinstance(value, list) else [value]
    if any(isinstance(each, bool) or not isinstance(each, str | int | float) for each in given):
        raise must_be("text, a number or a list of them")
    texts = [str(each) for each in given]
    converted: Any = texts if option.multiple else ",".join(texts)
    try:
        option.process_value(context, converted)
    except typer.BadParameter as problem:
        message = problem.message.rstrip(".")
        wrong = f"{key} cannot be {value!r}: {message[:1].lower()}{message[1:]}."
        raise place.wrong([key], wrong) from problem
    return converted


def _unknown(key: str, known: Iterable[str]) -> str:
    return (
        f"there is no option '{key}'.{nearest(_key(key), known)} Keys are the long options of a "
        "command, tables the groups of --set."
    )


def _line(text: str, keys: tuple[str, ...]) -> int:
    """Return the line that assigns a key, or that begins the nearest table around it."""
    table: tuple[str, ...] = ()
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _HEADER.match(line):
            table = path = _path(match[1])
        elif match := _KEY.match(line):
            path = (*table, *_path(match[1]))
        else:
            continue
        for depth in range(1, len(path) + 1):
            lines.setdefault(path[:depth], number)
    around = (keys[:depth] for depth in range(len(keys), 0, -1))
    return next((lines[path] for path in around if path in lines), 1)


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _bad(message: str) -> typer.BadParameter:
    return typer.BadParameter(visible(message, keep=""))
