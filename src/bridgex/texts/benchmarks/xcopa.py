"""XCOPA (Ponti et al. 2020): the likelier cause or effect of a premise, JSON Lines.

``val.id.jsonl`` and ``test.id.jsonl`` in a folder for each language; ``label`` counts from 0.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from bridgex.texts.benchmarks.items import CauseEffectItem, Relation
from bridgex.texts.files import TextFile, ending, read_text
from bridgex.texts.rows import Record, json_records, text_in

_RELATIONS: dict[object, Relation] = {each: each for each in get_args(Relation)}


class Xcopa:
    """Premise in the source language, options in the target language."""

    name = "xcopa"
    shape = "JSON Lines"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.jsonl``."""
        return ending(path) == ".jsonl"

    def read(self, path: Path) -> tuple[TextFile, Iterator[tuple[int, CauseEffectItem]]]:
        """Read one language."""
        file = read_text(path)
        return file, ((line, _item(file, line, record)) for line, record in json_records(file))

    def gold(self, item: CauseEffectItem) -> tuple[Relation, int]:
        """Return what is asked for and the right option."""
        return item.asks_for, item.answer

    def across(self, source: CauseEffectItem, target: CauseEffectItem) -> CauseEffectItem:
        """Return the target language's item with the source language's premise."""
        return replace(target, premise=source.premise)


def _item(file: TextFile, line: int, record: Record) -> CauseEffectItem:
    number, label, asked = record.get("idx"), record.get("label"), record.get("question")
    if type(number) is not int:
        raise file.error(line, "no number 'idx', by which languages are joined; add it.")
    if type(label) is not int or label not in (0, 1):
        raise file.error(line, "the label is neither 0 nor 1; correct it.")
    relation = _RELATIONS.get(asked) if isinstance(asked, str) else None
    if relation is None:
        raise file.error(line, "the question is neither cause nor effect; correct it.")
    return CauseEffectItem(
        id=str(number),
        premise=text_in(file, line, record, "premise"),
        asks_for=relation,
        options=(
            text_in(file, line, record, "choice1"),
            text_in(file, line, record, "choice2"),
        ),
        answer=label,
    )
