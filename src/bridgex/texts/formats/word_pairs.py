"""Two words a row: the dictionaries of MUSE and of PanLex-BLI.

MUSE (Conneau et al. 2018): ``en-ar.0-5000.txt``, a row for each translation, the columns separated
by a space in some files and a tab in others, frequent source words first. PanLex-BLI (Vulić et al.
2019): ``fi-hu.test.2000.cc.trans``, tabs. The file name states the pair; where there is no file
for the direction asked, the one for the opposite direction is read backwards.

A row without a translation (``hot dog TAB``) is no pair. Words of several parts need tabs between
the columns, and a file that has such words has no columns separated by spaces. A spreadsheet's
quoting is undone, and a first row that names the two languages is a header.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bridgex.languages import Language
from bridgex.texts.files import TextFile, plain_name, trimmed
from bridgex.texts.provenance import LICENCE_NOT_STATED
from bridgex.texts.rows import split_row

_CODE = r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?"
_QUOTED = re.compile(r'"([^"]+)"')
_NAME = re.compile(rf"({_CODE})-({_CODE})\.(?:.*\.)?(?:txt|trans)")


class WordPairs:
    """Files whose name states the pair and whose rows are a word and one translation."""

    name = "word pairs"
    shape = "word pairs in a file named like en-he.txt"

    def recognises(self, path: Path) -> bool:
        """Whether the name is that of a pair: ``en-ar.0-5000.txt``, ``fi-hu.test.cc.trans``."""
        return _NAME.fullmatch(plain_name(path)) is not None

    def offers(self, path: Path) -> frozenset[str]:
        """The pair in the file's name, such as ``en-ar``."""
        return frozenset({"-".join(_codes(path))})

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return the files of the direction asked or, where there are none, of the opposite one."""
        forward = tuple(path for path in paths if _is(path, source, target))
        return forward or tuple(path for path in paths if _is(path, target, source))

    def pairs(
        self, files: Sequence[TextFile], source: Language, target: Language
    ) -> Iterator[tuple[str, str]]:
        """Yield the rows of the files, turned round where a file is of the opposite direction."""
        for file in files:
            if _is(file.path, source, target):
                yield from _rows(file, source, target)
            else:
                yield from ((s, t) for t, s in _rows(file, target, source))

    def licence(self, _files: Sequence[TextFile], /) -> str:
        """Return that these files state none."""
        return LICENCE_NOT_STATED


def _codes(path: Path) -> tuple[str, str]:
    named = _NAME.fullmatch(plain_name(path))
    assert named is not None, f"{path} was not recognised before"  # noqa: S101
    return named[1], named[2]


def _is(path: Path, source: Language, target: Language) -> bool:
    first, second = _codes(path)
    return first.casefold() in source.codes and second.casefold() in target.codes


def _rows(file: TextFile, first: Language, second: Language) -> Iterator[tuple[str, str]]:
    has_phrases = functools.cache(lambda: any(map(_has_phrase, file.lines)))
    at_start = True
    for number, line in enumerate(file.lines, start=1):
        if not line.strip():
            continue
        cells = _cells(file, number, line, has_phrases=has_phrases)
        if len(cells) != 2:
            raise file.error(
                number,
                f"{len(cells)} column{'s' * (len(cells) > 1)} where a row of word pairs has two; "
                "correct or delete the row.",
            )
        word, translation = cells
        is_header = at_start and _names(word, first) and _names(translation, second)
        at_start = False
        if word and translation and not is_header:
            yield word, translation


def _has_phrase(line: str) -> bool:
    """Whether a row with a tab has a word of several parts."""
    return "\t" in line and any(" " in trimmed(cell) for cell in line.split("\t"))


def _cells(file: TextFile, number: int, line: str, *, has_phrases: Callable[[], bool]) -> list[str]:
    if "\t" in line:
        cells = list(map(trimmed, split_row(file, number, line, "\t")))
        while len(cells) > 2 and not cells[-1]:
            cells.pop()
        return cells
    if has_phrases():
        return [trimmed(line)]
    cells = line.split()
    if len(cells) == 2 and len(cells[0]) > 1 and cells[0][-1] in ",;:":
        raise file.error(
            number,
            f"'{cells[0][-1]}' between the columns; separate them by a tab, or name the file .csv "
            "and write a header such as id,he on its first line.",
        )
    return [_QUOTED.sub(r"\1", cell) for cell in cells]


def _names(cell: str, language: Language) -> bool:
    return cell.replace("-", "_").casefold() in language.codes
