"""Dictionaries from files of any known format, and to files.

Where no file serves a pair directly, its dictionary is composed through a pivot language.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bridgex.errors import RequestError, TextError
from bridgex.languages import PAPER_LANGUAGES, Language, find
from bridgex.storage.files import writing
from bridgex.texts.compose import Composition, compose
from bridgex.texts.files import TextFile, ending, head, is_folder, read_text, trimmed
from bridgex.texts.finding import files_in
from bridgex.texts.formats import FORMATS
from bridgex.texts.formats.base import LexiconFormat
from bridgex.texts.lexicon import Lexicon
from bridgex.texts.limits import require_pairs
from bridgex.texts.provenance import provenance_of

FilesByFormat = Mapping[LexiconFormat, Sequence[Path]]


def read_lexicon(
    paths: Iterable[str | Path] | str | Path,
    source: Language,
    target: Language,
    *,
    pivot: Language | None = None,
    composition: Composition | None = None,
) -> Lexicon:
    """Read the dictionary of a language pair from files, or from folders with them.

    Formats are those of ``bridgex.texts.formats``. From a folder (and the folders in it) the files
    that serve the pair are taken. Where several do, they are merged: word pairs first, then tables,
    then wordnets; files of one format in the order of ``paths``, those of a folder by name.

    Where nothing serves the pair, the dictionary is composed from one into and one out of a pivot
    language, and its provenance says so.

    Args:
        paths: files and folders.
        source: language of the words.
        target: language of their translations.
        pivot: the only pivot to try; by default English, then the paper's other languages in
            their order. Of no effect where something serves the pair directly.
        composition: what composing asks of a translation; ``Composition()`` by default.

    Raises:
        RequestError: the pivot is one of the pair.
        TextError: a path is missing; a file is empty, damaged or of an unknown format; or nothing
            serves the pair, and then the message says what is there.
    """
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not given:
        raise TextError("No lexicon was given; name at least one file or folder.")
    if pivot in (source, target):
        raise RequestError(f"{pivot} is in the pair itself and cannot be its pivot; name another.")
    found = _find(given, source, target)
    if direct := _serving(found, source, target):
        return _read(direct, source, target)
    for through in [pivot] if pivot else _pivots(source, target):
        first, second = _serving(found, source, through), _serving(found, through, target)
        if first and second:
            legs = _read(first, source, through), _read(second, through, target)
            return compose(*legs, composition).lexicon
    raise TextError(_nothing_serves(given, found, source, target, pivot))


def write_lexicon(lexicon: Lexicon, folder: str | Path) -> Path:
    """Write a dictionary into a folder as word pairs (TSV, ``id-he.txt``), and return the path.

    ``read_lexicon`` reads the same entries from it; its provenance is that of the new file.

    Raises:
        StoreError: the folder cannot be written to.
    """
    path = Path(folder) / f"{lexicon.source}-{lexicon.target}.txt"
    with writing(path) as temporary:
        rows = "".join(f"{_cell(word)}\t{_cell(target)}\n" for word, target in lexicon.pairs())
        temporary.write_text(rows, encoding="utf-8", newline="\n")
    return path


def _cell(word: str) -> str:
    """Return a word as a cell; one that begins with a quotation mark must be quoted."""
    return '"' + word.replace('"', '""') + '"' if word.startswith('"') else word


def _find(given: Sequence[Path], source: Language, target: Language) -> FilesByFormat:
    """Return the files of each known format, a file given twice once."""
    files: dict[LexiconFormat, dict[Path, None]] = {known: {} for known in FORMATS}
    for path in given:
        for file in files_in(path) if is_folder(path) else [path]:
            known = next((form for form in FORMATS if form.recognises(file)), None)
            if known:
                files[known][file] = None
            elif file == path:
                read_text(path)
                shapes = "; ".join(known.shape for known in FORMATS)
                raise TextError(
                    f"{path} is in no format known here{_header_needed(path, source, target)}. "
                    f"Known are: {shapes}."
                )
    return {known: list(paths) for known, paths in files.items()}


def _header_needed(path: Path, source: Language, target: Language) -> str:
    """Return what a table without a header lacks, with an example."""
    separator = {".csv": ",", ".tsv": " TAB "}.get(ending(path))
    if separator is None:
        return ""
    line = trimmed(head(path)[0])[:40]
    return (
        f": its first line, '{line}', names no two languages; write a header such as "
        f"'{source}{separator}{target}' above it"
    )


def _serving(found: FilesByFormat, source: Language, target: Language) -> FilesByFormat:
    serving = {known: known.serving(paths, source, target) for known, paths in found.items()}
    return {known: paths for known, paths in serving.items() if paths}


def _read(serving: FilesByFormat, source: Language, target: Language) -> Lexicon:
    read = {known: [read_text(path) for path in paths] for known, paths in serving.items()}
    pairs = _bounded(read, source, target)
    licences = dict.fromkeys(known.licence(files) for known, files in read.items())
    provenance = provenance_of(
        " + ".join(known.name for known in read),
        ", ".join(licences),
        [file for files in read.values() for file in files],
    )
    for known, paths in serving.items():
        for step in known.steps(paths, source, target):
            provenance = provenance.then(step)
    lexicon = Lexicon.of(pairs, source, target, provenance)
    if not lexicon.entries:
        raise TextError(
            f"{', '.join(str(file.path) for files in read.values() for file in files)} gave no "
            f"word pair for {source.name}–{target.name}, since no entry has a word in both; fill "
            "in empty cells or use a larger dictionary."
        )
    return lexicon


def _bounded(
    read: Mapping[LexiconFormat, Sequence[TextFile]], source: Language, target: Language
) -> Iterator[tuple[str, str]]:
    """Yield the pairs of all files, and refuse what multiplies without end."""
    rows = count = 0
    for known, files in read.items():
        rows += sum(len(file.lines) for file in files)
        for pair in known.pairs(files, source, target):
            count += 1
            if not count % 2**16:
                require_pairs(" and ".join(str(file.path) for file in files), count, rows)
            yield pair


def _pivots(source: Language, target: Language) -> list[Language]:
    others = dict.fromkeys((find("en"), *PAPER_LANGUAGES))
    return [language for language in others if language not in (source, target)]


def _nothing_serves(
    given: Sequence[Path],
    found: FilesByFormat,
    source: Language,
    target: Language,
    pivot: Language | None,
) -> str:
    for path in given:
        if not is_folder(path):
            read_text(path)
    offered = [
        f"{known.name} ({', '.join(sorted(frozenset().union(*map(known.offers, paths))))})"
        for known, paths in found.items()
        if paths
    ]
    through = pivot.name if pivot else "a pivot language"
    return (
        f"No dictionary for {source.name}–{target.name} in {', '.join(map(str, given))}, nor two "
        f"to compose it from through {through}; there is "
        f"{' and '.join(offered) or 'no file in a known format'}. "
        f"Give {'; or '.join(known.shape for known in FORMATS)}."
    )
