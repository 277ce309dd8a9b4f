"""Tables of concepts: a header of language codes, accepted words in each cell.

``concept pos en de he …`` separated by tabs (``.tsv``) or by commas or semicolons (``.csv``),
quoted where need be; in a cell the most usual word first, others after ``|``. The lexicon embedded
in this project is such a table; so is a plain list of word pairs under the header ``id,he``, one
translation a row or several in a cell. Which columns are of which language says
``bridgex.texts.formats.columns``; others are ignored. A concept with an empty cell for a language
has no word in it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bridgex.languages import Language
from bridgex.texts.files import TextFile, head, plain_name, trimmed
from bridgex.texts.formats.columns import Columns, columns_of, tags_in
from bridgex.texts.provenance import LICENCE_NOT_STATED
from bridgex.texts.rows import split_row

_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)
"""A first line by which a spreadsheet says what separates its columns."""


class Table:
    """TSV files with a header that names at least two languages."""

    name = "concept table"
    shape = "a .tsv table whose header names languages (concept en he …, accepted words split by |)"
    _ending = ".tsv"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends as it must and the header names at least two languages."""
        return (
            plain_name(path).casefold().endswith(self._ending)
            and len(tags_in(self._header(head(path)))) >= 2
        )

    def offers(self, path: Path) -> frozenset[str]:
        """The language codes of the header."""
        return frozenset(tag.text for tag in tags_in(self._header(head(path))).values())

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return the tables with a column for either language, and not one for both."""

        def serves(path: Path) -> bool:
            first, second = self._columns(head(path), source, target)
            return bool(first.indices and second.indices) and first.indices != second.indices

        return tuple(path for path in paths if serves(path))

    def steps(self, paths: Sequence[Path], source: Language, target: Language) -> tuple[str, ...]:
        """Return a note for each column whose language stands for one of the pair."""
        columns = (each for path in paths for each in self._columns(head(path), source, target))
        return tuple(dict.fromkeys(each.step for each in columns if each.step))

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
                    (word, target) for word in words[1:] if word in first for target in accepted
                )

    def licence(self, _files: Sequence[TextFile], /) -> str:
        """Return that these files state none."""
        return LICENCE_NOT_STATED

    def _header(self, lines: Sequence[str]) -> tuple[str, ...]:
        return _header_cells(lines[0], "\t") if lines else ()

    def _columns(
        self, lines: Sequence[str], source: Language, target: Language
    ) -> tuple[Columns, Columns]:
        header = self._header(lines)
        return columns_of(header, source), columns_of(header, target)

    def _concepts(
        self, file: TextFile, source: Language, target: Language
    ) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the words of each concept that has some in both languages."""
        header = self._header(file.lines)
        columns = self._columns(file.lines, source, target)
        if any(len(each.indices) != 1 for each in columns):
            raise file.error(
                1,
                f"the header needs one column each for {source.name} and {target.name}; "
                "correct it.",
            )
        [source_index], [target_index] = (each.indices for each in columns)
        for number, cells in self._rows(file):
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(header):
                raise file.error(
                    number,
                    f"{len(cells)} column{'s' * (len(cells) > 1)} where the header has "
                    f"{len(header)}; correct the row.",
                )
            words, accepted = _words(cells[source_index]), _words(cells[target_index])
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

    def _header(self, lines: Sequence[str]) -> tuple[str, ...]:
        skipped, separator = _layout(lines)
        return _header_cells(lines[skipped], separator) if len(lines) > skipped else ()

    def _rows(self, file: TextFile) -> Iterator[tuple[int, list[str]]]:
        skipped, separator = _layout(file.lines)
        lines = (f"{line}\n" for line in file.lines[skipped:])
        rows = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
        try:
            next(rows)
            yield from ((skipped + rows.line_num, row) for row in rows)
        except csv.Error as problem:
            raise file.error(
                skipped + rows.line_num, f"not CSV ({problem}); correct the quotes."
            ) from None


def _layout(lines: Sequence[str]) -> tuple[int, str]:
    """Return how many lines come before the header, and what separates the columns.

    A spreadsheet may state the separator. Else it is the one that makes most languages of the
    header: English ones write commas, others semicolons.
    """
    separator_line = _SEPARATOR_LINE.fullmatch(lines[0].strip()) if lines else None
    if separator_line:
        return 1, separator_line[1]

    def languages(separator: str) -> int:
        return len(tags_in(_header_cells(lines[0], separator)))

    return 0, max(",;\t", key=languages) if lines else ","


def _header_cells(line: str, separator: str) -> tuple[str, ...]:
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return ()
    return tuple(trimmed(cell) for cell in cells)


def _words(cell: str) -> list[str]:
    return list(dict.fromkeys(word for text in cell.split("|") if (word := trimmed(text))))
