"""XNLI (Conneau et al. 2018): whether a hypothesis follows from a premise.

As XTREME distributes it, ``dev-sw.tsv`` without a header: premise, hypothesis and label, parted by
tabs. As the Hub does, ``sw/validation-….parquet``, where 0 is entailment, 1 neutral and 2
contradiction. Row ``i`` is the same item in every language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from bridgex.texts.benchmarks.items import InferenceItem, InferenceLabel
from bridgex.texts.files import SourceFile, ending, read_text
from bridgex.texts.parquet import parquet_records
from bridgex.texts.rows import Record, plain_rows, text_in

_LABELS: tuple[InferenceLabel, ...] = get_args(InferenceLabel)
_FIELDS = ("premise", "hypothesis")


class Xnli:
    """Premise in the source language, hypothesis in the target language."""

    name = "xnli"
    shape = "tab-separated columns or Parquet"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tsv`` or ``.parquet``."""
        return ending(path) in (".tsv", ".parquet")

    def read(self, path: Path) -> tuple[SourceFile, Iterator[tuple[int, InferenceItem]]]:
        """Read one language."""
        if ending(path) == ".parquet":
            return _parquet(path)
        file = read_text(path)
        return file, ((line, _item(file, line, cells)) for line, cells in plain_rows(file, 3))

    def gold(self, item: InferenceItem) -> InferenceLabel:
        """Return the label."""
        return item.label

    def across(self, source: InferenceItem, target: InferenceItem) -> InferenceItem:
        """Return the target language's item with the source language's premise."""
        return replace(target, premise=source.premise)


def _parquet(path: Path) -> tuple[SourceFile, Iterator[tuple[int, InferenceItem]]]:
    file, records = parquet_records(path, lambda _columns: (*_FIELDS, "label"))

    def item(row: int, record: Record) -> InferenceItem:
        number = record["label"]
        known = isinstance(number, int) and number in range(len(_LABELS))
        label = _LABELS[number] if known else str(number)
        texts = (text_in(file, row, record, field) for field in _FIELDS)
        return _item(file, row, [*texts, label])

    return file, ((row, item(row, record)) for row, record in enumerate(records, start=1))


def _item(file: SourceFile, line: int, cells: Sequence[str]) -> InferenceItem:
    premise, hypothesis, said = cells
    label = next((each for each in _LABELS if each == said), None)
    if label is None:
        raise file.error(
            line, f"the label is '{said[:20]}', none of {', '.join(_LABELS)}; correct it."
        )
    if not (premise and hypothesis):
        raise file.error(line, "an empty sentence; fill it in or delete the line everywhere.")
    return InferenceItem(str(line), premise, hypothesis, label)
