"""Natural language inference: does a statement follow from a premise (XNLI).

XNLI (Conneau et al. 2018) as XTREME distributes it is ``dev-sw.tsv`` without a header: premise,
hypothesis and label, separated by tabs. As the Hub does, ``sw/validation-….parquet``, where 0 is
entailment, 1 neutral and 2 contradiction. Row ``i`` is the same item in every language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext, Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.labels import INFERENCE, labels
from bridgex.texts.benchmarks import TAB_SEPARATED_OR_PARQUET, FileKind, Row
from bridgex.texts.files import SourceFile, ending, read_text
from bridgex.texts.parquet import parquet_records
from bridgex.texts.rows import Record, plain_rows, text_in

_TEXTS = ("premise", "hypothesis")


@dataclass(frozen=True, kw_only=True)
class Nli(Choice):
    """Judge a statement in the target language by a premise in the source language."""

    name: ClassVar[str] = "nli"
    benchmark: ClassVar[str] = "xnli"
    files: ClassVar[FileKind] = TAB_SEPARATED_OR_PARQUET
    labelled: ClassVar[bool] = True
    lettered: ClassVar[bool] = False

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read premises and statements; labels are in words of the target language."""
        if ending(path) == ".parquet":
            table, records = parquet_records(path, lambda _columns: (*_TEXTS, "label"))
            numbered = enumerate(records, start=1)
            return table, (
                _row(table, row, _cells(table, row, record), target) for row, record in numbered
            )
        file = read_text(path)
        return file, (_row(file, line, cells, target) for line, cells in plain_rows(file, 3))

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        """Return premise and statement, to be judged true, uncertain or false."""
        words = labels(self.target)
        named = "" if self.answering == "likelihood" else f" ({' / '.join(item.options)})"
        return (
            f"{self.contexts(item, pivot, words.passage)}"
            f"{words.statement}: {item.query}\n{words.answer}{named}:"
        )


def _cells(file: SourceFile, row: int, record: Record) -> list[str]:
    number = record["label"]
    known = isinstance(number, int) and number in range(len(INFERENCE))
    texts = (text_in(file, row, record, name) for name in _TEXTS)
    return [*texts, INFERENCE[number] if known else str(number)]


def _row(file: SourceFile, line: int, cells: Sequence[str], target: Language) -> Row[Item]:
    premise, hypothesis, label = cells
    if label not in INFERENCE:
        raise file.error(
            line, f"the label is '{label[:20]}', none of {', '.join(INFERENCE)}; correct it."
        )
    if not (premise and hypothesis):
        raise file.error(line, "an empty sentence; fill it in or delete the line everywhere.")
    words = labels(target).inference
    item = Item(str(line), premise, (words[label],), hypothesis, tuple(words.values()))
    return Row(line, item, label)
