"""JSON Lines, an object a line: FLORES+ and many other corpora."""

from pathlib import Path

from bridgex.texts.corpus_formats.base import Sentences, field_in
from bridgex.texts.files import TextStream, ending, open_text
from bridgex.texts.rows import json_records, string_in


class JsonLines:
    """Files whose name ends in ``.jsonl``."""

    name = "JSON Lines"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.jsonl``."""
        return ending(path) == ".jsonl"

    def read(self, path: Path, field: str | None) -> tuple[TextStream, Sentences]:
        """Read the field of each object."""
        file = open_text(path)
        return file, (
            (line, string_in(file, line, record, field or field_in(record)))
            for line, record in json_records(file)
        )
