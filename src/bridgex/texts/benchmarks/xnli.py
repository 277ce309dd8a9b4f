"""XNLI (Conneau et al. 2018) as XTREME distributes it: ``dev-sw.tsv``, no header.

Premise, hypothesis and label, parted by tabs; line ``i`` is the same item in every language.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from bridgex.texts.benchmarks.items import InferenceItem, InferenceLabel
from bridgex.texts.files import TextFile, read_text
from bridgex.texts.rows import plain_rows

_LABELS: dict[str, InferenceLabel] = {each: each for each in get_args(InferenceLabel)}


class Xnli:
    """Premise in the source language, hypothesis in the target language."""

    name = "xnli"
    shape = "tab-separated columns"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tsv``."""
        return path.suffix.casefold() == ".tsv"

    def read(self, path: Path) -> tuple[TextFile, Iterator[tuple[int, InferenceItem]]]:
        """Read one language."""
        file = read_text(path)
        return file, ((line, _item(file, line, cells)) for line, cells in plain_rows(file, 3))

    def gold(self, item: InferenceItem) -> InferenceLabel:
        """Return the label."""
        return item.label

    def across(self, source: InferenceItem, target: InferenceItem) -> InferenceItem:
        """Return the target language's item with the source language's premise."""
        return replace(target, premise=source.premise)


def _item(file: TextFile, line: int, cells: list[str]) -> InferenceItem:
    premise, hypothesis, label = cells
    if label not in _LABELS:
        raise file.error(
            line, f"the label is '{label[:20]}', none of {', '.join(_LABELS)}; correct it."
        )
    if not (premise and hypothesis):
        raise file.error(line, "an empty sentence; fill it in or delete the line everywhere.")
    return InferenceItem(str(line), premise, hypothesis, _LABELS[label])
