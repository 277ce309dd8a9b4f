"""Columns parted by tabs under a header, quoted as in CSV: SIB-200."""

from pathlib import Path

from bridgex.texts.corpus_formats.base import Sentences, field_in
from bridgex.texts.files import TextStream, ending, open_text
from bridgex.texts.rows import quoted_records, string_in


class TabSeparated:
    """Files whose name ends in ``.tsv``."""

    name = "tab-separated columns"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tsv``."""
        return ending(path) == ".tsv"

    def read(self, path: Path, field: str | None) -> tuple[TextStream, Sentences]:
        """Read the column of each row."""
        file = open_text(path)
        return file, (
            (line, string_in(file, line, record, field or field_in(record)))
            for line, record in quoted_records(file)
        )
