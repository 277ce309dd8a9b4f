"""Where in a TOML file a key stands, for errors that name the line."""

import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
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
    statements = list(_statements(lines))

    def is_set(statement: tuple[int, int]) -> bool:
        return _has(tomllib.loads("".join(lines[: statement[1]])), wanted)

    at = bisect_left(statements, x=True, key=is_set)
    return statements[at][0] if at < len(statements) and wanted else 1


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each statement, counted from 1."""
    first = 1
    for last in range(1, len(lines) + 1):
        try:
            values = tomllib.loads("".join(lines[first - 1 : last]))
        except tomllib.TOMLDecodeError:
            continue
        if values:
            yield first, last
        first = last + 1


def _has(values: Any, place: Place) -> bool:
    for part in place:
        if isinstance(values, Mapping):
            if part not in values:
                return False
        elif not (isinstance(values, list) and isinstance(part, int) and part < len(values)):
            return False
        values = values[part]
    return True
