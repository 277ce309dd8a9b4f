"""A table of concepts: a header of language codes, accepted words in each cell.

``concept pos en de he …`` separated by tabs; in a cell the most usual word first, others after
``|``. The lexicon embedded in this project is such a table. Columns whose header is no language
code are ignored; a concept with an empty cell for a language has no word in it.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts.files import TextFile, head, trimmed
from bridgex.texts.provenance import LICENCE_NOT_STATED

_NOT_LANGUAGES = frozenset(
    {"concept", "pos"}
)  # `pos` is also the ISO 639-3 code of Sayula Popoluca
_TAG = re.compile(r"[a-z]{2,3}(?:[_-][A-Za-z]{4})?")
_NAMED = frozenset(code for language in PAPER_LANGUAGES for code in language.codes)


class Table:
    """TSV files with a header that names at least two languages."""

    name = "concept table"
    shape = "a .tsv table whose header names languages (concept en he …, accepted words split by |)"

    def recognises(self, path: Path) -> bool:
        """Whether the name ends in ``.tsv`` and the header names at least two languages."""
        return path.suffix.casefold() == ".tsv" and len(self.offers(path)) >= 2

    def offers(self, path: Path) -> frozenset[str]:
        """The language codes of the header."""
        return frozenset(cell for cell in _header(head(path)) if _is_language(cell))

    def serving(
        self, paths: Sequence[Path], source: Language, target: Language
    ) -> tuple[Path, ...]:
        """Return the tables with a column for either language."""
        return tuple(
            path
            for path in paths
            if all(_columns(_header(head(path)), language) for language in (source, target))
        )

    def pairs(
        self, files: Sequence[TextFile], source: Language, target: Language
    ) -> Iterator[tuple[str, str]]:
        """Yield each concept's first source word with every accepted target word.

        The other source words of a concept are no entries of their own. Where such a word is the
        first word of another concept, it takes these targets too, after its own.
        """
        for file in files:
            concepts = list(_concepts(file, source, target))
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


def _header(lines: Sequence[str]) -> list[str]:
    return [trimmed(cell) for cell in lines[0].split("\t")] if lines else []


def _is_language(cell: str) -> bool:
    return cell not in _NOT_LANGUAGES and bool(_TAG.fullmatch(cell) or cell.casefold() in _NAMED)


def _columns(header: Sequence[str], language: Language) -> list[int]:
    return [
        at for at, cell in enumerate(header) if cell.replace("-", "_").casefold() in language.codes
    ]


def _concepts(
    file: TextFile, source: Language, target: Language
) -> Iterator[tuple[list[str], list[str]]]:
    header = _header(file.lines)
    columns = [_columns(header, language) for language in (source, target)]
    if any(len(each) != 1 for each in columns):
        raise file.error(
            1, f"the header needs one column each for {source.name} and {target.name}; correct it."
        )
    [source_at], [target_at] = columns
    for number, line in enumerate(file.lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise file.error(
                number, f"{len(cells)} columns where the header has {len(header)}; correct the row."
            )
        words, accepted = _words(cells[source_at]), _words(cells[target_at])
        if words and accepted:
            yield words, accepted


def _words(cell: str) -> list[str]:
    return list(dict.fromkeys(word for each in cell.split("|") if (word := trimmed(each))))
