"""What the site takes from the program itself: commands, settings, environment, API, schemas.

A page that has a line ``<!-- generated: NAME -->`` gets the text of `TEXTS` there when the site is
built, so that no page can fall behind the program.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer.main
from pydantic import BaseModel

import bridgex
from bridgex.cli import app

MARK = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)
SCHEMAS = Path(bridgex.__file__).parent / "schemas"


def commands() -> str:
    """Return every command with its arguments and options."""
    return "\n\n".join(_command(typer.main.get_command(app), "bridgex"))


def _command(command: Any, name: str) -> Iterator[str]:
    """Yield the sections of a command and of those within it."""
    groups = getattr(command, "commands", None)
    if groups is None:
        yield f"## {name}"
    elif name != "bridgex":
        yield f"## {name}\n\n{command.help}"
    if groups is not None:
        context = command.make_context(name, [], resilient_parsing=True)
        for each in command.list_commands(context):
            yield from _command(groups[each], f"{name} {each}")
        return
    context = command.make_context(name, [], resilient_parsing=True)
    words = [part for part in command.collect_usage_pieces(context) if part != "[OPTIONS]"]
    yield f"{_flat(command.help)}\n\n```text\n{' '.join([name, '[OPTIONS]', *words])}\n```"
    panels: dict[str, list[str]] = {}
    for parameter in command.get_params(context):
        if getattr(parameter, "hidden", False):
            continue
        panel, row = _parameter(parameter, context)
        panels.setdefault(panel, []).append(row)
    for panel, rows in panels.items():
        yield "\n".join((f"| {panel} | |", "|---|---|", *rows))


def _parameter(parameter: Any, context: Any) -> tuple[str, str]:
    """Return the heading that a parameter stands under, and its row of the table."""
    if parameter.param_type_name == "argument":
        text, name = parameter.help or "", f"`{parameter.name}`"
        return "Arguments", f"| {name} | {_cell(text)} |"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    default = _default(parameter, context)
    text = f"{parameter.help or ''}{f' Default: {default}.' if default else ''}"
    panel = getattr(parameter, "rich_help_panel", None) or "Options"
    return panel, f"| {names} | {_cell(text)} |"


def _default(parameter: Any, context: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    default = parameter.get_default(context)
    if parameter.is_flag or default is None or callable(default) or not parameter.show_default:
        return ""
    return f"`{default}`"


def settings() -> str:
    """Return every setting of a ranking with its default and what the presets make of it."""
    from bridgex.analysis.settings import RankSettings, preset

    presets = {name: preset(name).model_dump() for name in ("default", "paper", "demo")}
    lines = ["| setting | default | in the presets | meaning |", "|---|---|---|---|"]
    for name, meaning in _fields(RankSettings, ""):
        values = {each: _at(dump, name) for each, dump in presets.items()}
        others = [
            f"{each} `{value}`" for each, value in values.items() if value != values["default"]
        ]
        row = (f"`{name}`", f"`{_short(values['default'])}`", ", ".join(others), _cell(meaning))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """Yield dotted name and meaning of every field, from the docstrings of the settings."""
    meanings = attributes(model)
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, meanings[name]


def attributes(kind: type) -> dict[str, str]:
    """Return name → meaning from the section ``Attributes`` of a class's docstring."""
    section = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", section, re.MULTILINE)
    return {name: _flat(text) for name, text in found}


def environment() -> str:
    """Return the environment variables that the program reads."""
    from bridgex.environment import VARIABLES

    rows = [f"| `{name}` | {_cell(meaning)} |" for name, meaning in VARIABLES.items()]
    return "\n".join(("| variable | meaning |", "|---|---|", *rows))


def api() -> str:
    """Return the public names, each with what its docstring says."""
    sections: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": []}
    for name in bridgex.__all__:
        thing = getattr(bridgex, name)
        if inspect.isfunction(thing):
            sections["Functions"].append(_directive("autofunction", name))
        elif isinstance(thing, type) and issubclass(thing, Exception):
            sections["Errors"].append(_directive("autoexception", name))
        elif isinstance(thing, type):
            sections["Classes"].append(_directive("autoclass", name, ":members:"))
    parts = (f"## {title}\n\n" + "\n\n".join(made) for title, made in sections.items())
    return "\n\n".join(parts)


def _directive(kind: str, name: str, *options: str) -> str:
    body = "\n".join((f".. {kind}:: bridgex.{name}", *(f"   {option}" for option in options)))
    return f"```{{eval-rst}}\n{body}\n```"


def schemas() -> str:
    """Return the fields of every result's JSON, from its schema."""
    return "\n\n".join(_schema(path) for path in sorted(SCHEMAS.glob("*.json")))


def _schema(path: Path) -> str:
    schema = json.loads(path.read_text(encoding="utf-8"))
    about = _flat(schema.get("description", "").partition("\n\n")[0])
    required = set(schema.get("required", ()))
    meanings = dict(_meanings(schema.get("description", "")))
    rows = [
        f"| `{name}`{'' if name in required else ' (optional)'} | {_kind(field)} | "
        f"{_cell(field.get('description') or meanings.get(name, ''))} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join((f"## {path.stem}", "", about, "", "| field | type | meaning |",
                      "|---|---|---|", *rows))  # fmt: skip


def _meanings(description: str) -> Iterator[tuple[str, str]]:
    section = description.partition("Attributes:\n")[2].partition("\n\n")[0]
    for name, text in re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", section, re.MULTILINE):
        yield name, _flat(text)


def _kind(field: dict[str, Any]) -> str:
    """Return what a field holds, in a word or two."""
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_kind(each) for each in field["anyOf"]))
    kind = str(field.get("type", "any"))
    if kind == "array" and isinstance(field.get("items"), dict):
        return f"array of {_kind(field['items'])}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"object: name → {_kind(field['additionalProperties'])}"
    return kind


def _at(values: Any, name: str) -> Any:
    for part in name.split("."):
        values = values[part]
    return values


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{each:g}" for each in value)
    return str(value)


def _flat(text: str | None) -> str:
    return " ".join((text or "").replace("``", "`").split())


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|").replace("<", "&lt;")


TEXTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "environment": environment,
    "api": api,
    "schemas": schemas,
}


def filled(_app: Any, _page: str, source: list[str]) -> None:
    """Put generated texts where a page asks for them; Sphinx hands over each page's source."""
    source[0] = MARK.sub(lambda match: TEXTS[match[1]](), source[0])


def setup(sphinx: Any) -> dict[str, bool]:
    """Register the extension."""
    sphinx.connect("source-read", filled)
    return {"parallel_read_safe": True}
