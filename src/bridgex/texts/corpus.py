"""Sentences of one language, and of several that say the same, read from a folder of files."""

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.texts.corpus_formats import SHAPES, format_of
from bridgex.texts.corpus_formats.base import Sentences
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


def read_corpus(directory: str | Path, language: Language, field: str | None = None) -> Corpus:
    """Read the sentences of one language from a folder that holds a file for each.

    Formats are those of ``bridgex.texts.corpus_formats``; how a file is found by its name says
    ``bridgex.texts.finding``. A folder that is one language's (``heb_Hebr/dev.tsv``,
    ``heb_Hebr/train.tsv``) is read whole, its files by name. Blank lines are dropped.

    Args:
        directory: the folder; files in it and in two levels of folders are searched.
        language: whose sentences.
        field: field or column of structured files; by default ``text`` or ``sentence``.

    Raises:
        TextError: the folder is missing, holds no file or several files for the language, or the
            file is empty, damaged or in no format known here.
    """
    return _corpus(language, *_read(Path(directory), language, field))


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
    read = [_read(Path(directory), each, field) for each in spoken]
    if len({len(parts) for parts, _ in read}) > 1:
        several = "; ".join(", ".join(str(part.file.path) for part in parts) for parts, _ in read)
        raise TextError(f"Parallel languages need as many files as each other: {several}.")
    for parts in zip(*(parts for parts, _ in read), strict=True):
        _require_parallel(parts)
    return tuple(_corpus(each, *parts) for each, parts in zip(spoken, read, strict=True))


@dataclass(frozen=True)
class _Part:
    form: str
    file: SourceFile
    sentences: Sentences


def _read(directory: Path, language: Language, field: str | None) -> tuple[list[_Part], str | None]:
    """Return a language's parts, and what must be known of the choice of its files."""
    found = find(directory, language, lambda path: format_of(path) is not None, SHAPES)
    paths = found.paths
    if len(paths) > 1 and not share_a_language_folder(paths, language):
        several = ", ".join(str(path.relative_to(directory)) for path in paths)
        raise TextError(
            f"{directory} has several files for {language.name}: {several}; "
            "leave one of them in a folder of its own."
        )
    known = ((path, each) for path in paths if (each := format_of(path)))
    return [_Part(each.name, *each.read(path, field)) for path, each in known], found.step


def _require_parallel(parts: Sequence[_Part]) -> None:
    """Refuse files that cannot be translations of each other, line by line."""
    texts = [_without_end(part.sentences) for part in parts]
    if len({len(each) for each in texts}) > 1:
        counts = ", ".join(
            f"{part.file.path} has {len(each):,}" for part, each in zip(parts, texts, strict=True)
        )
        raise TextError(f"Parallel files need as many lines as each other: {counts}.")
    for rows in zip(*texts, strict=True):
        blank = [(part, line) for part, (line, text) in zip(parts, rows, strict=True) if not text]
        if 0 < len(blank) < len(rows):
            part, line = blank[0]
            raise part.file.error(
                line, "blank, where its translation is not; fill it in or delete both lines."
            )


def _without_end(sentences: Sentences) -> Sentences:
    """Leave out the blank lines after the last sentence."""
    last = max((at for at, (_, text) in enumerate(sentences, start=1) if text), default=0)
    return sentences[:last]


def _corpus(language: Language, parts: Sequence[_Part], step: str | None) -> Corpus:
    sentences = tuple(text for part in parts for _, text in part.sentences if text)
    if not sentences:
        raise TextError(
            f"{parts[0].file.path} holds no sentences, only blank lines; write one sentence a line."
        )
    name = " + ".join(dict.fromkeys(part.form for part in parts))
    provenance = provenance_of(name, LICENCE_NOT_STATED, [part.file for part in parts])
    return Corpus(language, sentences, provenance.then(step) if step else provenance)
