"""Bilingual dictionaries, and the one way to read them from files of any known format."""

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.texts.files import TextFile, files_in, read_text
from bridgex.texts.formats import FORMATS
from bridgex.texts.formats.base import LexiconFormat
from bridgex.texts.provenance import Provenance, provenance_of
from bridgex.texts.words import fold


@dataclass(frozen=True)
class Lexicon:
    """A bilingual dictionary.

    Attributes:
        source: language of the words.
        target: language of their translations.
        entries: source word → accepted target words, at least one each. Order is that of the
            files: frequent words first where the publisher sorts so, likely targets first.
        provenance: where it came from.
    """

    source: Language
    target: Language
    entries: Mapping[str, tuple[str, ...]]
    provenance: Provenance

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: both language codes and the entries in their order."""
        content = [self.source.code, self.target.code, list(self.entries.items())]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def reversed(self) -> "Lexicon":
        """Return the dictionary from target to source, target words in order of appearance."""
        pairs = ((target, source) for source, target in self._pairs())
        return replace(self, source=self.target, target=self.source, entries=_entries(pairs))

    def without_identical(self) -> tuple["Lexicon", int]:
        """Return the dictionary without pairs of identical words, and how many pairs that dropped.

        Names, cognates and untranslated words: a copy of the source word would count as its
        translation. Identical means equal after ``fold``; a word with no other target goes whole.
        """
        kept: dict[str, tuple[str, ...]] = {}
        dropped = 0
        for word, targets in self.entries.items():
            copied = fold(word, self.source)
            others = tuple(each for each in targets if fold(each, self.target) != copied)
            dropped += len(targets) - len(others)
            if others:
                kept[word] = others
        return replace(self, entries=kept), dropped

    def _pairs(self) -> Iterator[tuple[str, str]]:
        return ((word, target) for word, targets in self.entries.items() for target in targets)


def read_lexicon(
    paths: Iterable[str | Path] | str | Path, source: Language, target: Language
) -> Lexicon:
    """Read the dictionary of a language pair from files, or from folders that hold them.

    Formats are those of ``bridgex.texts.formats``. From a folder (and the folders in it) the files
    that serve the pair are taken. Where several do, they are merged: word pairs first, then tables,
    then wordnets; files of one format in the order of ``paths``, those of a folder by name.

    Raises:
        TextError: a path is missing; a file is empty, damaged or of an unknown format; or nothing
            serves the pair, and then the message says what is there.
    """
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not given:
        raise TextError("No lexicon was given; name at least one file or folder.")
    found = _find(given)
    read = {each: _serving(each, paths, source, target) for each, paths in found.items()}
    read = {each: files for each, files in read.items() if files}
    if not read:
        raise TextError(_nothing_serves(given, found, source, target))
    entries = _entries(
        pair for each, files in read.items() for pair in each.pairs(files, source, target)
    )
    provenance = _provenance(read)
    if not entries:
        raise TextError(
            f"{', '.join(provenance.files)} gave no word pair for {source.name}–{target.name}; "
            "use a larger dictionary."
        )
    return Lexicon(source, target, entries, provenance)


def _entries(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    entries: dict[str, dict[str, None]] = {}
    for source, target in pairs:
        entries.setdefault(source, {})[target] = None
    return {source: tuple(targets) for source, targets in entries.items()}


def _find(given: Sequence[Path]) -> dict[LexiconFormat, list[Path]]:
    """Return the files of each known format, a file given twice once."""
    found: dict[LexiconFormat, dict[Path, None]] = {each: {} for each in FORMATS}
    for path in given:
        for file in files_in(path) if path.is_dir() else [path]:
            known = next((each for each in FORMATS if each.recognises(file)), None)
            if known:
                found[known][file] = None
            elif file == path:
                read_text(path)
                shapes = "; ".join(each.shape for each in FORMATS)
                raise TextError(f"{path} is in no format known here. Known are: {shapes}.")
    return {each: list(paths) for each, paths in found.items()}


def _serving(
    form: LexiconFormat, paths: Sequence[Path], source: Language, target: Language
) -> list[TextFile]:
    return [read_text(path) for path in form.serving(paths, source, target)]


def _provenance(read: Mapping[LexiconFormat, Sequence[TextFile]]) -> Provenance:
    licences = dict.fromkeys(each.licence(files) for each, files in read.items())
    return provenance_of(
        " + ".join(each.name for each in read),
        ", ".join(licences),
        [file for files in read.values() for file in files],
    )


def _nothing_serves(
    given: Sequence[Path],
    found: Mapping[LexiconFormat, Sequence[Path]],
    source: Language,
    target: Language,
) -> str:
    for path in given:
        if not path.is_dir():
            read_text(path)
    there = [
        f"{each.name} ({', '.join(sorted(frozenset().union(*map(each.offers, paths))))})"
        for each, paths in found.items()
        if paths
    ]
    return (
        f"No dictionary for {source.name}–{target.name} in {', '.join(map(str, given))}, which has "
        f"{' and '.join(there) or 'no file in a known format'}. Composing one through a pivot "
        f"language is not there yet; give {'; or '.join(each.shape for each in FORMATS)}."
    )
