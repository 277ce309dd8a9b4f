"""Where in a TOML file a key stands, for errors that name the line."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

Place = Sequence[str | int]
"""Keys and positions that lead to a value, from the top of the file."""


def line_of(text: str, place: Place) -> int:
    """Return the line on which the statement begins that sets a value, or else what is around it.

    The beginning of a TOML file up to the end of any statement is TOML itself, so that the first
    beginning that has the value ends with the statement that sets it.

    Args:
        text: the file, valid TOML.
        place: of the value; what of it the file does not have is left out from the end.
    """
    lines = text.splitlines(keepends=True)
    whole = tomllib.loads(text)
    wanted = list(place)
    while wanted and not _has(whole, wanted):
        wanted.pop()
    begins = 1
    for number in range(1, len(lines) + 1):
        if begins == number and not lines[number - 1].partition("#")[0].strip():
            begins = number + 1
            continue
        try:
            values = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        if _has(values, wanted):
            return begins
        begins = number + 1
    return 1


def _has(values: Any, place: Place) -> bool:
    for part in place:
        if isinstance(values, Mapping):
            if part not in values:
                return False
        elif not (isinstance(values, list) and isinstance(part, int) and part < len(values)):
            return False
        values = values[part]
    return True
