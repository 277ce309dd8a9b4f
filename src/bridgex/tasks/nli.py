"""Natural language inference: does a statement follow from a premise (XNLI).

XNLI (Conneau et al. 2018) as XTREME distributes it is ``dev-sw.tsv`` without a header: premise,
hypothesis and label, separated by tabs. As the Hub does, ``sw/validation-….parquet``, where 0 is
entailment, 1 neutral and 2 contradiction. Row ``i`` is the same item in every language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.languages import Language
from bridgex.tasks.base import Rows
from bridgex.tasks.choice import Choice
from bridgex.tasks.items import Item
from bridgex.tasks.labels import INFERENCE
from bridgex.tasks.request import Style
from bridgex.tasks.templates import NLI, Template
from bridgex.texts.benchmarks import TAB_SEPARATED_OR_PARQUET, FileKind, Row
from bridgex.texts.files import SourceFile, ending, read_text
from bridgex.texts.parquet import parquet_records
from bridgex.texts.rows import Record, plain_rows, text_in

_TEXTS = ("premise", "hypothesis")


@dataclass(frozen=True, kw_only=True)
class Nli(Choice):
    """Judge a statement in the target language by a premise in the source language.

    Options are ``entailment``, ``neutral`` and ``contradiction``, whatever words prompts have.
    """

    name: ClassVar[str] = "nli"
    benchmark: ClassVar[str] = "xnli"
    files: ClassVar[FileKind] = TAB_SEPARATED_OR_PARQUET
    styles: ClassVar[tuple[Style, ...]] = tuple(NLI)
    templates: ClassVar[Mapping[Style, Template]] = NLI
    labelled: ClassVar[bool] = True

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read premises, statements and their labels."""
        del target
        if ending(path) == ".parquet":
            table, records = parquet_records(path, lambda _columns: (*_TEXTS, "label"))
            numbered = enumerate(records, start=1)
            return table, (_row(table, row, _cells(table, row, record)) for row, record in numbered)
        file = read_text(path)
        return file, (_row(file, line, cells) for line, cells in plain_rows(file, 3))

    def in_words(self, item: Item) -> tuple[str, ...]:
        """Return the words for the three labels; another option is its own."""
        return tuple(self.words.inference.get(label, label) for label in item.options)


def _cells(file: SourceFile, row: int, record: Record) -> list[str]:
    number = record["label"]
    known = isinstance(number, int) and number in range(len(INFERENCE))
    texts = (text_in(file, row, record, name) for name in _TEXTS)
    return [*texts, INFERENCE[number] if known else str(number)]


def _row(file: SourceFile, line: int, cells: Sequence[str]) -> Row[Item]:
    premise, hypothesis, label = cells
    if label not in INFERENCE:
        raise file.error(
            line, f"the label is '{label[:20]}', none of {', '.join(INFERENCE)}; correct it."
        )
    if not (premise and hypothesis):
        raise file.error(line, "an empty sentence; fill it in or delete the line everywhere.")
    return Row(line, Item(str(line), premise, (label,), hypothesis, INFERENCE), label)
