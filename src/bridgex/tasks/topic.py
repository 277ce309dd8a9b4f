"""Topic classification: what a sentence is about, of seven topics (SIB-200).

SIB-200 (Adelani et al. 2024) is ``eng_Latn/test.tsv``, sentences of FLORES: a header, columns
separated by tabs, cells quoted as in CSV; ``index_id`` is the item's id in every language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.items import Item
from bridgex.tasks.labels import TOPICS
from bridgex.tasks.request import Style
from bridgex.tasks.templates import TOPIC, Template
from bridgex.texts.benchmarks import TAB_SEPARATED_OR_PARQUET, FileKind, Row
from bridgex.texts.files import SourceFile
from bridgex.texts.records import named_records
from bridgex.texts.rows import Record, text_in


@dataclass(frozen=True, kw_only=True)
class Topic(Choice):
    """Name, in the target language, the topic of a sentence in the source language.

    Options are the topics under the benchmark's own names, whatever words prompts have.
    """

    name: ClassVar[str] = "topic"
    benchmark: ClassVar[str] = "sib200"
    files: ClassVar[FileKind] = TAB_SEPARATED_OR_PARQUET
    bilingual: ClassVar[bool] = False
    styles: ClassVar[tuple[Style, ...]] = tuple(TOPIC)
    templates: ClassVar[Mapping[Style, Template]] = TOPIC
    labelled: ClassVar[bool] = True

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read sentences and their topics."""
        del target
        file, records = named_records(path)
        return file, (_row(file, line, record) for line, record in records)

    def in_words(self, item: Item) -> tuple[str, ...]:
        """Return the words for the benchmark's topics; another option is its own."""
        return tuple(self.words.topics.get(topic, topic) for topic in item.options)


def _row(file: SourceFile, line: int, record: Record) -> Row[Item]:
    topic = text_in(file, line, record, "category")
    if topic not in TOPICS:
        raise file.error(
            line, f"the topic is '{topic[:20]}', none of {', '.join(TOPICS)}; correct it."
        )
    # A number in the Hub's Parquet.
    record = {**record, "index_id": str(record["index_id"])} if "index_id" in record else record
    number, text = (text_in(file, line, record, name) for name in ("index_id", "text"))
    return Row(line, Item(number, text, (topic,), options=TOPICS))
