"""JSON Lines: an object a line, keys language codes, values a word or a list of accepted words.

``{"id": "api", "he": ["אש", "להבה"]}``. It is a table of concepts like those of ``table``: keys
that are no language code are ignored, and an object without a key for a language, or with an empty
list, has no word in it. The first line says which languages the file has.
"""

import json
from collections.abc import Iterator, Sequence

from bridgex.languages import Language
from bridgex.texts.files import TextFile, invalid_characters, normalised
from bridgex.texts.formats.columns import columns_of
from bridgex.texts.formats.table import Table
from bridgex.texts.rows import Record, json_records


class JsonLines(Table):
    """JSONL files whose first line names at least two languages."""

    name = "JSON Lines"
    shape = 'a .jsonl file of objects with language codes as keys ({"id": "api", "he": ["אש"]})'
    _ending = ".jsonl"

    def _header(self, lines: Sequence[str]) -> tuple[str, ...]:
        try:
            row = json.loads(lines[0])
        except (IndexError, ValueError, RecursionError):
            return ()
        return tuple(row) if isinstance(row, dict) else ()

    def _concepts(
        self, file: TextFile, source: Language, target: Language
    ) -> Iterator[tuple[list[str], list[str]]]:
        for number, row in json_records(file):
            words, accepted = (_words(file, number, row, language) for language in (source, target))
            if words and accepted:
                yield words, accepted


def _words(file: TextFile, number: int, row: Record, language: Language) -> list[str]:
    names = tuple(row)
    keys = [names[index] for index in columns_of(names, language).indices]
    if len(keys) > 1:
        raise file.error(
            number, f"{' and '.join(keys)} are both {language.name}; keep one of them."
        )
    value = row[keys[0]] if keys else []
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise file.error(number, f"{keys[0]!r} is neither a word nor a list of words; correct it.")
    for word in words:
        if invalid := invalid_characters(word):
            raise file.error(
                number, f"{keys[0]!r} contains invalid characters: {invalid}; correct it."
            )
    return list(dict.fromkeys(text for word in words if (text := normalised(word))))
