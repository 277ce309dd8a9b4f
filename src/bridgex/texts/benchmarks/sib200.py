"""SIB-200 (Adelani et al. 2024): what a FLORES sentence is about, ``eng_Latn/test.tsv``.

A header, columns parted by tabs, cells quoted as in CSV.
"""

from collections.abc import Iterator
from pathlib import Path

from bridgex.texts.benchmarks.items import TopicItem
from bridgex.texts.files import TextFile, ending, read_text
from bridgex.texts.rows import Record, quoted_records, text_in

TOPICS = (
    "science/technology",
    "travel",
    "politics",
    "sports",
    "health",
    "entertainment",
    "geography",
)


class Sib200:
    """Text in the source language; of the target language nothing is read."""

    name = "sib200"
    shape = "tab-separated columns"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tsv``."""
        return ending(path) == ".tsv"

    def read(self, path: Path) -> tuple[TextFile, Iterator[tuple[int, TopicItem]]]:
        """Read one language."""
        file = read_text(path)
        return file, ((line, _item(file, line, record)) for line, record in quoted_records(file))


def _item(file: TextFile, line: int, record: Record) -> TopicItem:
    topic = text_in(file, line, record, "category")
    if topic not in TOPICS:
        raise file.error(
            line, f"the topic is '{topic[:20]}', none of {', '.join(TOPICS)}; correct it."
        )
    return TopicItem(
        text_in(file, line, record, "index_id"), text_in(file, line, record, "text"), topic
    )
