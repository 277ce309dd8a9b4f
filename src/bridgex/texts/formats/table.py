"""Tables of concepts: a header of language codes, accepted words in each cell.

``concept pos en de he …`` separated by tabs (``.tsv``) or by commas or semicolons (``.csv``),
quoted where need be; in a cell the most usual word first, others after ``|``. The lexicon embedded
in this project is such a table; so is a plain list of word pairs under the header ``id,he``, one
translation a row or several in a cell. Columns whose header is no language code are ignored; where
fewer than two are codes, those that share all but a code serve (``word_id,word_he``). A concept
with an empty cell for a language has no word in it.
"""

import csv
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts.files import TextFile, head, plain_name, trimmed
from bridgex.texts.provenance import LICENCE_NOT_STATED
from bridgex.texts.rows import split_row

_NOT_LANGUAGES = frozenset(
    {"concept", "pos"}
)  # `pos` is also the ISO 639-3 code of Sayula Popoluca
_PART = re.compile(r"[^\W_]+")
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
"""A first line by which a spreadsheet says what separates its columns."""
_TAG = re.compile(r"[a-z]{2,3}(?:[_-][A-Za-z]{4})?")
_NAMED = frozenset(code for language in PAPER_LANGUAGES for code in language.codes)


class Table:
    """TSV files with a header that names at least two languages."""

    name = "concept table"
    shape = "a .tsv table whose header names languages (concept en he …, accepted words split by |)"
    _ending = ".tsv"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends as it must and the header names at least two languages."""
        named = plain_name(path).casefold().endswith(self._ending)
        return named and len(self.offers(path)) >= 2

    def offers(self, path: Path) -> frozenset[str]:
        """The language codes of the header."""
        header = self._header(head(path))
        tags = _with_affix(tuple(header)) or dict(enumerate(header))
        return frozenset(tag for tag in tags.values() if is_language(tag))

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return the tables with a column for either language."""
        return tuple(
            path
            for path in paths
            if all(named(self._header(head(path)), language) for language in (source, target))
        )

    def pairs(
        self, files: Sequence[TextFile], source: Language, target: Language
    ) -> Iterator[tuple[str, str]]:
        """Yield each concept's first source word with every accepted target word.

        The other source words of a concept are no entries of their own. Where such a word is the
        first word of another concept, it takes these targets too, after its own.
        """
        for file in files:
            concepts = list(self._concepts(file, source, target))
            first = {words[0] for words, _ in concepts}
            for words, accepted in concepts:
                yield from ((words[0], word) for word in accepted)
            for words, accepted in concepts:
                yield from (
                    (word, each) for word in words[1:] if word in first for each in accepted
                )

    def licence(self, _files: Sequence[TextFile], /) -> str:
        """Return that these files state none."""
        return LICENCE_NOT_STATED

    def _header(self, lines: Sequence[str]) -> list[str]:
        return _header_cells(lines[0], "\t") if lines else []

    def _concepts(
        self, file: TextFile, source: Language, target: Language
    ) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the words of each concept that has some in both languages."""
        header = self._header(file.lines)
        columns = [named(header, language) for language in (source, target)]
        if any(len(each) != 1 for each in columns):
            raise file.error(
                1,
                f"the header needs one column each for {source.name} and {target.name}; "
                "correct it.",
            )
        [source_at], [target_at] = columns
        for number, cells in self._rows(file):
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(header):
                raise file.error(
                    number,
                    f"{len(cells)} column{'s' * (len(cells) > 1)} where the header has "
                    f"{len(header)}; correct the row.",
                )
            words, accepted = _words(cells[source_at]), _words(cells[target_at])
            if words and accepted:
                yield words, accepted

    def _rows(self, file: TextFile) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows after the header, each with its line in the file."""
        return (
            (number, split_row(file, number, line, "\t"))
            for number, line in enumerate(file.lines[1:], start=2)
        )


class CsvTable(Table):
    """CSV files with a header that names at least two languages."""

    name = "CSV table"
    shape = "a .csv table whose header names languages (id,he or word_id;word_he)"
    _ending = ".csv"

    def _header(self, lines: Sequence[str]) -> list[str]:
        at, separator = _layout(lines)
        return _header_cells(lines[at], separator) if len(lines) > at else []

    def _rows(self, file: TextFile) -> Iterator[tuple[int, list[str]]]:
        at, separator = _layout(file.lines)
        lines = (f"{line}\n" for line in file.lines[at:])
        rows = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
        try:
            next(rows)
            yield from ((at + rows.line_num, row) for row in rows)
        except csv.Error as problem:
            raise file.error(
                at + rows.line_num, f"no CSV ({problem}); correct the quotes."
            ) from None


def _layout(lines: Sequence[str]) -> tuple[int, str]:
    """Return the place of the header, and what separates the columns.

    A spreadsheet may state the separator. Else it is the one that makes most languages of the
    header: English ones write commas, others semicolons.
    """
    stated = _SEPARATOR_LINE.fullmatch(lines[0].strip()) if lines else None
    if stated:
        return 1, stated[1]

    def languages(separator: str) -> int:
        header = _header_cells(lines[0], separator)
        return max(sum(map(is_language, header)), len(_with_affix(tuple(header))))

    return 0, max(",;\t", key=languages) if lines else ","


def _header_cells(line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []
    return [trimmed(cell) for cell in cells]


@functools.lru_cache(maxsize=4096)
def is_language(name: str) -> bool:
    """Whether the name of a column may be a language code or the name of a known language."""
    if name in _NOT_LANGUAGES or not _TAG.fullmatch(name):
        return name.casefold() in _NAMED
    if len(name) <= 3 or name.casefold() in _NAMED:
        return True
    import langcodes  # loads large tables

    return bool(langcodes.tag_is_valid(name))  # en_word has no script


def named(header: Sequence[str], language: Language) -> list[int]:
    """Return the places of the columns that are named for a language."""
    tags = _with_affix(tuple(header)) or dict(enumerate(header))
    return [at for at, tag in tags.items() if tag.replace("-", "_").casefold() in language.codes]


@functools.lru_cache(maxsize=256)
def _with_affix(header: tuple[str, ...]) -> dict[int, str]:
    """Return the codes within names that are else the same: ``word_id``, ``word_he``.

    None where two columns are codes as they stand: then ``row_id`` is what it looks like.
    """
    if sum(map(is_language, header)) >= 2:
        return {}
    by_affix: defaultdict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for at, cell in enumerate(header):
        parts = list(_PART.finditer(cell))
        for part, after in zip_longest(parts, parts[1:]):
            ends = [each.end() for each in (after, part) if each]  # en_Latn before en
            texts = (cell[part.start() : end] for end in ends)
            tag = next((text for text in texts if is_language(text)), cell)
            if tag != cell:
                affix = cell[: part.start()], cell[part.start() + len(tag) :]
                by_affix[affix][at] = tag
    tags = max(by_affix.values(), key=len, default={})
    return tags if len(tags) >= 2 else {}


def _words(cell: str) -> list[str]:
    return list(dict.fromkeys(word for each in cell.split("|") if (word := trimmed(each))))
