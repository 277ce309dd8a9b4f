"""Sentences of one language, and of several that say the same, read from a folder of files."""

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from bridgex.errors import RequestError, TextError
from bridgex.languages import Language
from bridgex.texts.corpus_formats import SHAPES, format_of
from bridgex.texts.corpus_formats.base import refusing
from bridgex.texts.files import SourceFile
from bridgex.texts.finding import find, share_a_language_folder
from bridgex.texts.provenance import LICENCE_NOT_STATED, Provenance, provenance_of


@dataclass(frozen=True)
class Corpus:
    """Sentences of one language.

    Attributes:
        language: the language of every sentence.
        sentences: normalised as ``bridgex.texts.files`` says, in the order of the file.
        provenance: where they came from.
    """

    language: Language
    sentences: tuple[str, ...]
    provenance: Provenance

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: language code and sentences."""
        content = json.dumps([self.language.code, *self.sentences], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


def read_corpus(
    directory: str | Path,
    language: Language,
    field: str | None = None,
    *,
    sentences: int | None = None,
) -> Corpus:
    """Read the sentences of one language from a folder with a file for each.

    Formats are those of ``bridgex.texts.corpus_formats``; how a file is found by its name says
    ``bridgex.texts.finding``. A folder that is one language's (``heb_Hebr/dev.tsv``,
    ``heb_Hebr/train.tsv``) is read whole, its files by name. Blank lines are dropped.

    Args:
        directory: the folder; files in it and in two levels of folders are searched.
        language: whose sentences.
        field: field or column of structured files; by default ``text`` or ``sentence``.
        sentences: how many to read, from the first; what follows them is not looked at. By default
            all.

    Raises:
        TextError: the folder is missing, has no file or several files for the language, or the
            file is empty, damaged or in no format known here.
        RequestError: ``sentences`` is below 1.
    """
    if sentences is not None and sentences < 1:
        raise RequestError(f"{sentences} sentences cannot be read; ask for 1 or more.")
    reader = CorpusReader(directory, language, field)
    for _ in islice(reader, sentences):
        pass
    return reader.corpus()


class CorpusReader:
    """The sentences of one language, read one after the other, as far as they are asked for.

    Iterating over it goes on where it was left; ``corpus()`` is what was read until then.
    """

    def __init__(self, directory: str | Path, language: Language, field: str | None = None) -> None:
        """Find and open the files, as ``read_corpus`` does.

        Raises:
            TextError: as ``read_corpus``.
        """
        self._language = language
        self._parts, self._step = _read(Path(directory), language, field)
        self._used: list[_Part] = []
        self._sentences: list[str] = []
        self._reading = self._read_on()

    def __iter__(self) -> Iterator[str]:
        """Yield the sentences that are not read yet.

        Raises:
            TextError: a line cannot be read; file and line are named.
        """
        for sentence in self._reading:
            self._sentences.append(sentence)
            yield sentence

    def corpus(self) -> Corpus:
        """Return what was read; its provenance says whether that is all there is.

        Raises:
            TextError: there is no sentence.
        """
        used = tuple(self._used)
        if self._is_read():
            return _corpus(self._language, self._parts, self._sentences, step=self._step)
        digest = hashlib.sha256("".join(f"{sentence}\n" for sentence in self._sentences).encode())
        corpus = _corpus(self._language, used, self._sentences, digest.hexdigest(), step=self._step)
        step = f"first {len(self._sentences):,} sentences"
        return replace(corpus, provenance=corpus.provenance.then(step))

    def _is_read(self) -> bool:
        """Whether nothing but blank lines follows what was read."""
        try:
            following = next(self._reading, None)
        except TextError as problem:
            self._reading = refusing(problem)
            return False
        if following is None:
            return True
        self._reading = chain([following], self._reading)
        return False

    def _read_on(self) -> Iterator[str]:
        for part in self._parts:
            self._used.append(part)
            yield from (text for _, text in part.sentences if text)


def read_parallel(
    directory: str | Path, spoken: Sequence[Language], field: str | None = None
) -> tuple[Corpus, ...]:
    """Read sentences of several languages of which each is the translation of the others'.

    Like ``read_corpus``, and sentence ``i`` is the same in every corpus. Lines that are blank in
    all languages are dropped.

    Raises:
        TextError: as ``read_corpus``; the files have different numbers of lines; or a line is
            blank in some of the languages only.
    """
    folder = Path(directory)
    read = []
    for language in spoken:
        opened, step = _read(folder, language, field)
        read.append(([replace(part, sentences=tuple(part.sentences)) for part in opened], step))
    if len({len(parts) for parts, _ in read}) > 1:
        paths = "; ".join(", ".join(str(part.file.path) for part in parts) for parts, _ in read)
        raise TextError(f"Parallel languages need as many files as each other: {paths}.")
    for together in zip(*(parts for parts, _ in read), strict=True):
        _require_parallel(together)
    corpora = []
    for language, (parts, step) in zip(spoken, read, strict=True):
        sentences = [text for part in parts for _, text in part.sentences if text]
        corpora.append(_corpus(language, parts, sentences, step=step))
    return tuple(corpora)


@dataclass(frozen=True)
class _Part:
    form: str
    file: SourceFile
    sentences: Iterable[tuple[int, str]]


def _read(directory: Path, language: Language, field: str | None) -> tuple[list[_Part], str | None]:
    """Return a language's parts, and what must be known of the choice of its files."""
    files = find(directory, language, lambda path: format_of(path) is not None, SHAPES)
    paths = files.paths
    if len(paths) > 1 and not share_a_language_folder(paths, language):
        names = ", ".join(str(path.relative_to(directory)) for path in paths)
        raise TextError(
            f"{directory} has several files for {language.name}: {names}; "
            "leave one of them in a folder of its own."
        )
    known = ((path, form) for path in paths if (form := format_of(path)))
    return [_Part(form.name, *form.read(path, field)) for path, form in known], files.step


def _require_parallel(parts: Sequence[_Part]) -> None:
    """Refuse files that cannot be translations of each other, line by line."""
    texts = [_without_end(part.sentences) for part in parts]
    if len({len(lines) for lines in texts}) > 1:
        counts = ", ".join(
            f"{part.file.path} has {len(lines):,}" for part, lines in zip(parts, texts, strict=True)
        )
        raise TextError(f"Parallel files need as many lines as each other: {counts}.")
    for rows in zip(*texts, strict=True):
        blank = [(part, line) for part, (line, text) in zip(parts, rows, strict=True) if not text]
        if 0 < len(blank) < len(rows):
            part, line = blank[0]
            raise part.file.error(
                line, "blank, where its translation is not; fill it in or delete both lines."
            )


def _without_end(sentences: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Leave out the blank lines after the last sentence."""
    lines = list(sentences)
    last = max((number for number, (_, text) in enumerate(lines, start=1) if text), default=0)
    return lines[:last]


def _corpus(
    language: Language,
    parts: Sequence[_Part],
    sentences: Sequence[str],
    digest: str | None = None,
    *,
    step: str | None = None,
) -> Corpus:
    if not sentences:
        raise TextError(
            f"{parts[0].file.path} has no sentences, only blank lines; write one sentence a line."
        )
    name = " + ".join(dict.fromkeys(part.form for part in parts))
    files = [part.file for part in parts]
    provenance = provenance_of(name, LICENCE_NOT_STATED, files, digest)
    provenance = provenance.then(step) if step else provenance
    return Corpus(language, tuple(sentences), provenance)
