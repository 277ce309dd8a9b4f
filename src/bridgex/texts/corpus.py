"""Sentences of one language, read from a folder of plain text files, one sentence a line."""

import functools
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language, named_in
from bridgex.texts.files import files_in, read_text, trimmed
from bridgex.texts.provenance import LICENCE_NOT_STATED, Provenance, provenance_of

_STRUCTURED = re.compile(r"\.(?:[ct]sv|jsonl?|parquet|arrow|xml|html?|md|gz|bz2|xz|zst|zip|tar)$")
_KNOWN = frozenset(code for language in PAPER_LANGUAGES for code in language.codes)
_TAGGED = re.compile(r"[a-z]{2,3}_[a-z]{4}")


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


def read_corpus(directory: str | Path, language: Language) -> Corpus:
    """Read the sentences of one language from a folder that holds a file for each.

    The file is found by any usual code of the language as a part of its name or of the name of its
    folder: ``heb_Hebr.devtest``, ``he.txt``, ``corpus.heb.txt``, ``Hebrew.txt``,
    ``heb_Hebr/devtest.txt``. A name that states another script (``zho_Hant``) is another language.
    The folder itself and one level of folders in it are searched.

    Each line is one sentence; blank lines are dropped; characters are normalised as
    ``bridgex.texts.files`` says.

    Raises:
        TextError: the folder is missing, holds no file or several files for the language, or the
            file is empty, not UTF-8 or not plain text.
    """
    path = _find(Path(directory), language)
    file = read_text(path)
    sentences = tuple(sentence for line in file.lines if (sentence := trimmed(line)))
    if not sentences:
        raise TextError(f"{path} holds no sentences, only blank lines; write one sentence a line.")
    return Corpus(language, sentences, provenance_of("plain text", LICENCE_NOT_STATED, [file]))


def _find(directory: Path, language: Language) -> Path:
    if not directory.is_dir():
        problem = "is a file" if directory.is_file() else "is not there"
        raise TextError(
            f"The corpus {directory} {problem}; give a folder with a file per language."
        )
    files = tuple(files_in(directory))
    named = [path for path in files if _codes(path, directory) & language.codes]
    plain = [path for path in named if not _STRUCTURED.search(path.name.casefold())]
    if len(plain) > 1:
        several = ", ".join(str(path.relative_to(directory)) for path in plain)
        raise TextError(
            f"{directory} has several files for {language.name}: {several}; "
            "leave one of them in a folder of its own."
        )
    if plain:
        return plain[0]
    if named:
        raise TextError(
            f"{named[0]} is not plain text; the corpus needs a file with one sentence a line."
        )
    raise TextError(
        f"{directory} has no file for {language.name} (such as {language.code}.txt); "
        f"it has {_languages_there(files, directory)}."
    )


def _codes(path: Path, directory: Path) -> frozenset[str]:
    """The codes in a file's name or, where that names no language, in that of its folder."""
    own = named_in(path.name)
    if own & _KNOWN or any(_TAGGED.fullmatch(code) for code in own):
        return own
    return own.union(*(named_in(part) for part in path.relative_to(directory).parts))


def _languages_there(files: tuple[Path, ...], directory: Path) -> str:
    there: set[str] = set()
    for path in files:
        codes = _codes(path, directory)
        known = {language.code for language in PAPER_LANGUAGES if codes & language.codes}
        there |= known or {code for code in codes if _TAGGED.fullmatch(code)}
    return ", ".join(sorted(there)) if there else "no file whose name holds a language code"
