"""Commonsense: the likelier cause or effect of a premise (XCOPA).

XCOPA (Ponti et al. 2020) is JSON Lines, ``val.id.jsonl`` and ``test.id.jsonl`` in a folder for each
language; ``label`` counts from 0 and ``idx`` is the item's id in every language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.items import Item, PivotContext
from bridgex.tasks.labels import RELATION
from bridgex.tasks.request import Style
from bridgex.tasks.scoring import Rule
from bridgex.tasks.templates import COMMONSENSE, Template
from bridgex.texts.benchmarks import JSON_LINES_OR_PARQUET, FileKind, Row
from bridgex.texts.files import SourceFile
from bridgex.texts.records import named_records
from bridgex.texts.rows import Record, string_in, text_in

_ENDS = re.compile(r"[.!?…。！？｡．؟۔।]+$")
_COMMAS = {"Hans": "，", "Hant": "，", "Jpan": "、", "Arab": "، ", "Thai": " "}
"""Script → what stands between two clauses, where it is no comma and space."""


@dataclass(frozen=True, kw_only=True)
class Commonsense(Choice):
    """Choose the cause or effect, in the target language, of a premise in the source language."""

    name: ClassVar[str] = "commonsense"
    benchmark: ClassVar[str] = "xcopa"
    files: ClassVar[FileKind] = JSON_LINES_OR_PARQUET
    styles: ClassVar[tuple[Style, ...]] = tuple(COMMONSENSE)
    templates: ClassVar[Mapping[Style, Template]] = COMMONSENSE

    @classmethod
    def usual_scoring(cls, style: Style) -> Rule:
        """Return the plain likelihood: two clauses of much the same length (decision 16)."""
        del style
        return "sum"

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read premises, whether their ``cause`` or ``effect`` is asked for, and options."""
        del target
        file, records = named_records(path)
        return file, (_row(file, line, record) for line, record in records)

    def fields(self, item: Item, pivot: PivotContext | None) -> dict[str, Any]:
        """Return what the braces of the template stand for."""
        fields = super().fields(item, pivot)
        return fields | {
            "clause": _ENDS.sub("", fields["context"]),
            "cut": fields["context"].strip()[:-1],
            "comma": _COMMAS.get(self.instructions.script, ", "),
            "relation": self.words.relation.get(item.query, item.query),
            "connective": self.words.connective.get(item.query, item.query),
        }


def _row(file: SourceFile, line: int, record: Record) -> Row[Item]:
    number, label, asked = record.get("idx"), record.get("label"), record.get("question")
    if type(number) is not int:
        raise file.error(line, "no number 'idx', by which languages are joined; add it.")
    if type(label) is not int or label not in (0, 1):
        raise file.error(line, "the label is neither 0 nor 1; correct it.")
    if not isinstance(asked, str) or asked not in RELATION:
        raise file.error(line, "the question is neither cause nor effect; correct it.")
    premise = text_in(file, line, record, "premise")
    options = tuple(string_in(file, line, record, name) for name in ("choice1", "choice2"))
    return Row(line, Item(str(number), premise, (options[label],), asked, options), (asked, label))
