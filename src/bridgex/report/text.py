"""Text that is safe to print: what could steer a terminal is shown, never sent."""

import json
import re
from typing import Any

_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # controls C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional formatting (UAX 9)
    "\u2028\u2029"  # separators of lines and paragraphs
    "\ud800-\udfff]"  # lone surrogates, which no encoding can write
)
_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str, keep: str = "\n\t") -> str:
    r"""Return a text with its control characters written out, as ``\x1b`` or ``\u202e``.

    These are the controls C0, DEL and C1 (ECMA-48), the marks and controls of bidirectional text
    (UAX 9), which make a line read otherwise than it is, separators of lines and paragraphs, and
    lone surrogates. Joiners, which several scripts are spelt with, stay.

    Args:
        text: any text: a word, an answer, a path, a message.
        keep: control characters to leave as they are.
    """
    return _STEERING.sub(
        lambda match: match[0] if match[0] in keep else _written_out(match[0]), text
    )


def _written_out(character: str) -> str:
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def json_text(value: Any, indent: int | None = None) -> str:
    r"""Return a value as JSON, letters as they are and control characters as ``\u009b``.

    Args:
        value: plain values.
        indent: spaces a level, for readers; a list of numbers, such as the row of a matrix, stays
            on one line. By default everything is on one line.

    Raises:
        ValueError: it contains NaN or infinity, which JSON has no notation for.
    """
    text = _json(value) if indent is None else _indented(value, " " * indent, "\n")
    return _STEERING.sub(
        lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text
    )


def _indented(value: Any, step: str, line: str) -> str:
    deeper = line + step
    if isinstance(value, dict) and value:
        inner = [
            f"{_json(str(name))}: {_indented(each, step, deeper)}" for name, each in value.items()
        ]
        return f"{{{deeper}{f',{deeper}'.join(inner)}{line}}}"
    if isinstance(value, list | tuple) and not all(_is_number(each) for each in value):
        inner = [_indented(each, step, deeper) for each in value]
        return f"[{deeper}{f',{deeper}'.join(inner)}{line}]"
    return _json(value)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
