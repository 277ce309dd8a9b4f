"""Commonsense: the likelier cause or effect of a premise (XCOPA).

XCOPA (Ponti et al. 2020) is JSON Lines, ``val.id.jsonl`` and ``test.id.jsonl`` in a folder for each
language; ``label`` counts from 0 and ``idx`` is the item's id in every language.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext, Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import RELATION, labels
from bridgex.texts.benchmarks import JSON_LINES, FileKind, Row
from bridgex.texts.files import TextFile, read_text
from bridgex.texts.rows import Record, json_records, string_in, text_in


@dataclass(frozen=True, kw_only=True)
class Commonsense(Choice):
    """Choose the cause or effect, in the target language, of a premise in the source language."""

    name: ClassVar[str] = "commonsense"
    benchmark: ClassVar[str] = "xcopa"
    files: ClassVar[FileKind] = JSON_LINES

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read premises and options; cause or effect is in words of the target language."""
        file = read_text(path)
        return file, (_row(file, line, record, target) for line, record in json_records(file))

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return the premise and whether its cause or its effect is asked for."""
        lines = self.contexts(item, pivot)
        if self.answering == "likelihood":
            return f"{lines}{item.query}:"
        words = labels(self.target)
        return f"{lines}{words.question}: {item.query}?\n{self.listed(item)}{words.answer}:"


def _row(file: TextFile, line: int, record: Record, target: Language) -> Row[Item]:
    number, label, asked = record.get("idx"), record.get("label"), record.get("question")
    if type(number) is not int:
        raise file.error(line, "no number 'idx', by which languages are joined; add it.")
    if type(label) is not int or label not in (0, 1):
        raise file.error(line, "the label is neither 0 nor 1; correct it.")
    if not isinstance(asked, str) or asked not in RELATION:
        raise file.error(line, "the question is neither cause nor effect; correct it.")
    premise = text_in(file, line, record, "premise")
    options = tuple(string_in(file, line, record, name) for name in ("choice1", "choice2"))
    query = labels(target).relation[asked]
    return Row(line, Item(str(number), premise, (options[label],), query, options), (asked, label))
