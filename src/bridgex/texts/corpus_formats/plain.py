"""Plain text, one sentence a line: FLORES-200, NTREX-128, and most text of one's own.

Lines may be numbered, ``1 TAB sentence``, as those of the Leipzig Corpora Collection are: the
numbers are no part of the sentences. Other columns are no plain text and are refused.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from bridgex.errors import TextError
from bridgex.texts.corpus_formats.base import Sentences, refusing
from bridgex.texts.files import TextStream, open_text, plain_name, trimmed

_STRUCTURED = re.compile(r"\.(?:[ct]sv|jsonl?|parquet|arrow|xml|html?|md|gz|bz2|xz|zst|zip|tar)$")
_NUMBERED = re.compile(r"[\ufeff ]*\d+\t(?P<sentence>.*)")
_SAMPLE = 50
"""Lines at the start of a file by which it is decided whether they have columns."""


class Plain:
    """Files of any name that does not say otherwise."""

    name = "plain text"

    def recognises(self, path: Path) -> bool:
        """Whether the name has no ending of another format."""
        return not _STRUCTURED.search(plain_name(path).casefold())

    def read(self, path: Path, field: str | None) -> tuple[TextStream, Sentences]:
        """Read each line as a sentence, without the number it may begin with."""
        if field is not None:
            raise TextError(f"{path} is plain text and has no field '{field}'; leave it out.")
        file = open_text(path)
        return file, _sentences(file)


def _sentences(file: TextStream) -> Iterator[tuple[int, str]]:
    lines = enumerate(file.lines, start=1)
    sample, following = _ahead(lines)
    texts = [text for _, text in sample if text.strip()]
    numbered = bool(texts) and all(map(_NUMBERED.fullmatch, texts))
    _require_one_column(file, texts, numbered=numbered)
    for number, text in chain(sample, following):
        line = text
        if numbered and text.strip():
            row = _NUMBERED.fullmatch(text)
            if row is None or "\t" in row["sentence"].rstrip():
                raise file.error(
                    number,
                    "not a number, a tab and a sentence like the lines before; correct the line.",
                )
            line = row["sentence"]
        yield number, trimmed(line)


def _ahead(lines: Iterator[tuple[int, str]]) -> tuple[list[tuple[int, str]], Sentences]:
    """Return the first lines, and those after them; a line is refused when it is its turn."""
    sample = []
    try:
        for row in islice(lines, _SAMPLE):
            sample.append(row)  # noqa: PERF402 - rows before the refused one are kept
    except TextError as problem:
        return sample, refusing(problem)
    return sample, lines


def _require_one_column(file: TextStream, texts: Sequence[str], *, numbered: bool) -> None:
    """Refuse a table: the same number of tabs in each of its first lines, numbers aside."""
    tabs = {text.strip(" ").count("\t") for text in texts}
    if len(texts) > 1 and len(tabs) == 1 and min(tabs) > numbered:
        columns = tabs.pop() + 1
        raise TextError(
            f"{file.path} has {columns} columns separated by tabs, not a sentence a line; keep the "
            "column of the sentences, or name the file .tsv and put a header with the column "
            "'text' on its first line."
        )
