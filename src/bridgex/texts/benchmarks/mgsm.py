"""MGSM (Shi et al. 2023): word problems of primary school, ``mgsm_sw.tsv``, no header.

Question and answer, parted by a tab; line ``i`` is the same item in every language. Some answers
part thousands with commas.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bridgex.texts.benchmarks.items import MathItem
from bridgex.texts.files import TextFile, ending, read_text
from bridgex.texts.rows import plain_rows

_NUMBER = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


class Mgsm:
    """Question in the source language; of the target language nothing is read."""

    name = "mgsm"
    shape = "tab-separated columns"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tsv``."""
        return ending(path) == ".tsv"

    def read(self, path: Path) -> tuple[TextFile, Iterator[tuple[int, MathItem]]]:
        """Read one language."""
        file = read_text(path)
        return file, ((line, _item(file, line, cells)) for line, cells in plain_rows(file, 2))


def _item(file: TextFile, line: int, cells: list[str]) -> MathItem:
    question, answer = cells
    if not question:
        raise file.error(line, "an empty question; fill it in or delete the line everywhere.")
    if not _NUMBER.fullmatch(answer):
        raise file.error(line, f"the answer '{answer[:20]}' is no number; correct it.")
    return MathItem(str(line), question, answer.replace(",", ""))
