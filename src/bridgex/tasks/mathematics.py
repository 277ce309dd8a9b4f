"""Mathematics: word problems with a number for an answer (MGSM).

MGSM (Shi et al. 2023) is ``mgsm_sw.tsv`` without a header: question and answer, separated by a tab;
line ``i`` is the same item in every language. Some answers separate thousands by commas.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bridgex.generation import GenerationSpec
from bridgex.languages import Language, find
from bridgex.tasks.base import Item, Rows, Style
from bridgex.tasks.numbers import number
from bridgex.tasks.parsing import LINE, PARAGRAPH, first_paragraph, without_thinking
from bridgex.tasks.templated import Templated
from bridgex.tasks.templates import MATHEMATICS, Template
from bridgex.texts.benchmarks import TAB_SEPARATED, FileKind, Row
from bridgex.texts.files import TextFile, read_text
from bridgex.texts.rows import plain_rows

_NUMBER = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Mathematics(Templated):
    """Solve a problem stated in the source language, step by step in the target language.

    The last number of the answer counts. Solved examples show the number only, as MGSM has it.
    """

    name: ClassVar[str] = "mathematics"
    benchmark: ClassVar[str] = "mgsm"
    files: ClassVar[FileKind] = TAB_SEPARATED
    styles: ClassVar[tuple[Style, ...]] = tuple(MATHEMATICS)
    templates: ClassVar[Mapping[Style, Template]] = MATHEMATICS
    bilingual: ClassVar[bool] = False
    generation: ClassVar[GenerationSpec] = GenerationSpec(256, PARAGRAPH)
    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(256, LINE)

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        """Read problems and their numbers."""
        del target
        file = read_text(path)
        return file, (_row(file, line, cells) for line, cells in plain_rows(file, 2))

    def answer(self, item: Item, written: str) -> str | None:
        """Read the last number of the first paragraph."""
        del item
        value = number(first_paragraph(without_thinking(written)), self.target)
        return None if value is None else str(value)

    def score(self, item: Item, answer: str) -> float:
        """Return 1 where the numbers are equal, else 0; both as `answer` and MGSM write them."""
        english = find("en")
        return float(number(answer, english) in {number(text, english) for text in item.accepted})


def _row(file: TextFile, line: int, cells: list[str]) -> Row[Item]:
    question, answer = cells
    if not question:
        raise file.error(line, "an empty question; fill it in or delete the line everywhere.")
    if not _NUMBER.fullmatch(answer):
        raise file.error(line, f"the answer '{answer[:20]}' is no number; correct it.")
    return Row(line, Item(str(line), question, (answer.replace(",", ""),)))
