"""Finding the files of a language in a folder, by the codes in their names."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from bridgex import languages
from bridgex.errors import TextError, UnknownLanguageError
from bridgex.languages import PAPER_LANGUAGES, Language, named_in
from bridgex.texts.files import files_in

_KNOWN = frozenset(code for language in PAPER_LANGUAGES for code in language.codes)
_TAGGED = re.compile(r"[a-z]{2,3}_[a-z]{4}")
_REGIONAL = re.compile(r"(?<![A-Za-z])([a-z]{2,3})[-_]([A-Z]{2})(?![A-Za-z])")


def find(
    directory: Path, language: Language, readable: Callable[[Path], bool], wanted: str
) -> tuple[Path, ...]:
    """Return the files of a language: those of the folder and of two levels of folders in it.

    A file is a language's when a usual code of the language is a part of its name or, where its
    name has no code, of the name of its folder: ``heb_Hebr.devtest``, ``he.txt``,
    ``corpus.heb.txt``, ``heb_Hebr/devtest.txt``. A name that states another script (``zho_Hant``)
    is another language. A name that states a region (``newstest2019-ref.eng-GB.txt``) is taken
    only where no file goes without, and only if the region writes the same script: ``zho-TW`` is
    not Chinese in simplified script.

    Args:
        directory: the folder.
        language: whose files.
        readable: whether a file is in a format wanted, from its name.
        wanted: what such a file is, for errors: ``plain text``.

    Raises:
        TextError: the folder is missing or has no such file; the languages it has are named.
    """
    if not directory.is_dir():
        problem = "is a file" if directory.is_file() else "is not there"
        raise TextError(f"{directory} {problem}; give a folder with a file per language.")
    files = tuple(files_in(directory))
    named = [path for path in files if _codes(path, directory) & language.codes]
    found = tuple(path for path in named if readable(path) and not _states_region(path, language))
    found = found or tuple(
        path
        for path in files
        if readable(path) and any(_is(tag, language) for tag in _regional_tags(path))
    )
    if found:
        return found
    unreadable = next((path for path in named if not readable(path)), None)
    if unreadable is not None:
        raise TextError(f"{unreadable} is not {wanted}, which is what is read here; convert it.")
    raise TextError(
        f"{directory} has no file for {language.name} (such as {language.code}.txt); "
        f"it has {_languages_there(files, directory)}."
    )


def share_a_language_folder(paths: Sequence[Path], language: Language) -> bool:
    """Whether files are the parts (dev, test, train) in a folder that is the language's."""
    folders = {path.parent for path in paths}
    return len(folders) == 1 and bool(named_in(folders.pop().name) & language.codes)


def _regional_tags(path: Path) -> list[str]:
    return [f"{code}-{region}" for code, region in _REGIONAL.findall(path.name)]


def _states_region(path: Path, language: Language) -> bool:
    return any(code in language.codes for code, _ in _REGIONAL.findall(path.name))


def _is(tag: str, language: Language) -> bool:
    try:
        return languages.find(tag) == language
    except UnknownLanguageError:
        return False


def _codes(path: Path, directory: Path) -> frozenset[str]:
    """The codes in a file's name or, where that names no language, in that of its folder."""
    regions = {each.casefold() for code, each in _REGIONAL.findall(path.name) if code in _KNOWN}
    own = named_in(path.name) - regions
    if own & _KNOWN or any(_TAGGED.fullmatch(code) for code in own):
        return own
    return own.union(*(named_in(part) for part in path.relative_to(directory).parent.parts))


def _languages_there(files: Sequence[Path], directory: Path) -> str:
    there: set[str] = set()
    for path in files:
        codes = _codes(path, directory)
        known = {each.code for each in PAPER_LANGUAGES if codes & each.codes}
        there |= set(_regional_tags(path)) or known or {code for code in codes if _is_code(code)}
    return ", ".join(sorted(there)) if there else "no file whose name holds a language code"


def _is_code(text: str) -> bool:
    """Whether a part of a name is surely a language: tagged with a script, or of two letters."""
    if len(text) != 2:
        return _TAGGED.fullmatch(text) is not None
    import langcodes  # loads large tables

    return bool(langcodes.tag_is_valid(text))
