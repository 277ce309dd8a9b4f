"""Topic classification: what a sentence is about, of seven topics (SIB-200).

SIB-200 (Adelani et al. 2024) is ``eng_Latn/test.tsv``, sentences of FLORES: a header, columns
separated by tabs, cells quoted as in CSV; ``index_id`` is the item's id in every language.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext, Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import TOPICS, labels
from bridgex.texts.benchmarks import TAB_SEPARATED, FileKind, Row
from bridgex.texts.files import TextFile, read_text
from bridgex.texts.rows import Record, quoted_records, text_in


@dataclass(frozen=True, kw_only=True)
class Topic(Choice):
    """Name, in the target language, the topic of a sentence in the source language."""

    name: ClassVar[str] = "topic"
    benchmark: ClassVar[str] = "sib200"
    files: ClassVar[FileKind] = TAB_SEPARATED
    bilingual: ClassVar[bool] = False
    labelled: ClassVar[bool] = True
    lettered: ClassVar[bool] = False

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read sentences; topics are in words of the target language."""
        file = read_text(path)
        return file, (_row(file, line, record, target) for line, record in quoted_records(file))

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the sentence, to be followed by its topic."""
        named = "" if self.answering == "likelihood" else f" ({' / '.join(item.options)})"
        return f"{self.contexts(item, pivot)}{labels(self.target).topic}{named}:"


def _row(file: TextFile, line: int, record: Record, target: Language) -> Row[Item]:
    topic = text_in(file, line, record, "category")
    if topic not in TOPICS:
        raise file.error(
            line, f"the topic is '{topic[:20]}', none of {', '.join(TOPICS)}; correct it."
        )
    number, text = (text_in(file, line, record, name) for name in ("index_id", "text"))
    words = labels(target).topics
    return Row(line, Item(number, text, (words[topic],), options=tuple(words.values())))
