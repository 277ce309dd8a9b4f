"""Reading a study file; an error names line and key, with the nearest known one."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bridgex.errors import RequestError, nearest, reason
from bridgex.experiments.study.file import (
    Study,
    StudyModel,
    StudySettings,
    StudyTask,
    StudyTexts,
    Table,
)
from bridgex.experiments.study.lines import line_of

LARGEST = 2**20
"""Bytes that no study file needs."""


def read_study(path: Path) -> Study:
    """Return the study of a file.

    Raises:
        RequestError: the file cannot be read, is not TOML, or has an unknown key or a value that
            cannot be; line and key are named.
    """
    text = _text(path)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise RequestError(f"{path} is not TOML: {reason(problem)}.") from problem
    if "folder" in values:
        raise RequestError(
            f"{path}, line {line_of(text, ['folder'])}: there is no key 'folder'; paths begin from "
            "the file's own folder."
        )
    try:
        return Study(**values, folder=path.absolute().parent)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = _place(first["loc"], values)
        line = line_of(text, place)
        raise RequestError(f"{path}, line {line}: {_sentence(first, place)}") from problem


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise RequestError(f"{path} is not a file; name a study file.")
        if path.stat().st_size > LARGEST:
            raise RequestError(f"{path} is too large for a study file; name a TOML file.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise RequestError(
            f"{path} cannot be read ({reason(problem)}); check the path, or write a study file "
            "with 'bridgex study init'."
        ) from problem
    except ValueError as problem:
        raise RequestError(f"{path} is not TOML, which is text in UTF-8.") from problem


def _place(loc: Sequence[str | int], values: Mapping[str, Any]) -> list[str | int]:
    """Return the keys of the file in what pydantic calls a place; it adds names of its own."""
    place: list[str | int] = []
    within: Any = values
    for part in loc:
        inside = range(len(within)) if isinstance(within, list) else within
        if isinstance(inside, dict | range) and part in inside:
            within = within[part]
        elif not (isinstance(within, dict) and part == loc[-1]):
            continue
        place.append(part)
    return place


def _sentence(error: Any, place: Sequence[str | int]) -> str:
    """Say what is wrong with a key; a missing one is named, too."""
    name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    name = name.removeprefix(".")
    if error["type"] == "extra_forbidden":
        known = list(_table(place).model_fields)
        known = [each for each in known if each != "folder"]
        return f"there is no key '{name}'.{nearest(str(place[-1]), known)} Use {', '.join(known)}."
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    if not place:
        return f"{message}."
    if error["type"] == "missing":
        return f"the key '{name}' is missing; add it."
    if error["type"] == "value_error":
        return f"{name}: {message}."
    return f"{name} cannot be {error['input']!r}: {message[:1].lower()}{message[1:]}."


def _table(place: Sequence[str | int]) -> type[Table]:
    """Return the kind of table that a key stands in."""
    tables: dict[str, type[Table]] = {
        "models": StudyModel,
        "tasks": StudyTask,
        "texts": StudyTexts,
        "settings": StudySettings,
    }
    return tables.get(str(place[0]), Study) if len(place) > 1 else Study
