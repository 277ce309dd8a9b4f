"""Two words a row: the dictionaries of MUSE and of PanLex-BLI.

MUSE (Conneau et al. 2018): ``en-ar.0-5000.txt``, a row for each translation, the columns separated
by a space in some files and a tab in others, frequent source words first. PanLex-BLI (Vulić et al.
2019): ``fi-hu.test.2000.cc.trans``, tabs. The file name states the pair
(``bridgex.texts.names.read_pair``); of the files that serve it the nearest are taken
(``bridgex.texts.fit``) and, where none is for the direction asked, read backwards.

A row without a translation (``hot dog TAB``) is no pair. Words of several parts need tabs between
the columns, and a file that has such words has no columns separated by spaces. A spreadsheet's
quoting is undone, and a first row that names the two languages is a header.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridgex.languages import Language
from bridgex.texts.files import TextFile, plain_name, trimmed
from bridgex.texts.fit import fit_of_tag
from bridgex.texts.formats.columns import names
from bridgex.texts.names import read_pair
from bridgex.texts.provenance import LICENCE_NOT_STATED
from bridgex.texts.rows import split_row
from bridgex.texts.tags import Tag

_ENDINGS = (".txt", ".trans")
_QUOTED = re.compile(r'"([^"]+)"')


class WordPairs:
    """Files whose name states the pair and whose rows are a word and one translation."""

    name = "word pairs"
    shape = "word pairs in a file named like en-he.txt"

    def recognises(self, path: Path) -> bool:
        """Whether the name is that of a pair: ``en-ar.0-5000.txt``, ``fi-hu.test.cc.trans``."""
        return _pair(path) is not None

    def offers(self, path: Path) -> frozenset[str]:
        """The pair in the file's name, such as ``en-ar``."""
        return frozenset({"-".join(tag.text for tag in _pair(path) or ())})

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return the nearest files, of the direction asked before those of the opposite one."""
        matches = {path: match for path in paths if (match := _match(path, source, target))}
        nearest = min((match.order for match in matches.values()), default=None)
        return tuple(path for path, match in matches.items() if match.order == nearest)

    def steps(self, paths: Sequence[Path], source: Language, target: Language) -> tuple[str, ...]:
        """Return a note for each language that stands for one of the pair."""
        matches = (_match(path, source, target) for path in paths)
        return tuple(dict.fromkeys(step for match in matches if match for step in match.steps))

    def pairs(
        self, files: Sequence[TextFile], source: Language, target: Language
    ) -> Iterator[tuple[str, str]]:
        """Yield the rows of the files, turned round where a file is of the opposite direction."""
        for file in files:
            match = _match(file.path, source, target)
            if match and match.is_backward:
                yield from (
                    (word, translation) for translation, word in _rows(file, target, source)
                )
            else:
                yield from _rows(file, source, target)

    def licence(self, _files: Sequence[TextFile], /) -> str:
        """Return that these files state none."""
        return LICENCE_NOT_STATED


@dataclass(frozen=True, slots=True)
class _Match:
    """How a file serves a pair.

    Attributes:
        rank: the greater one of its two languages' (`Fit`).
        is_backward: whether it is for the opposite direction.
        steps: what must be known of the languages taken.
    """

    rank: int
    is_backward: bool
    steps: tuple[str, ...]

    @property
    def order(self) -> tuple[int, bool]:
        return self.rank, self.is_backward


def _match(path: Path, source: Language, target: Language) -> _Match | None:
    """Return how a file serves a pair, in the direction that is nearer; None if in neither."""
    tags = _pair(path)
    if not tags:
        return None
    matches = []
    for is_backward, pair in ((False, (source, target)), (True, (target, source))):
        fits = [fit_of_tag(tag, language) for tag, language in zip(tags, pair, strict=True)]
        known = [fit for fit in fits if fit]
        if len(known) == len(pair):
            steps = tuple(fit.step for fit in known if fit.step)
            matches.append(_Match(max(fit.rank for fit in known), is_backward, steps))
    return min(matches, key=lambda match: match.order, default=None)


def _pair(path: Path) -> tuple[Tag, Tag] | None:
    name = plain_name(path)
    return read_pair(name) if name.casefold().endswith(_ENDINGS) else None


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
        is_header = at_start and names(word, first) and names(translation, second)
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
