"""Finding the files of a language in a folder, by what their names state.

``bridgex.texts.names`` says what a name states; where a file's own name states nothing, that of
its folder counts: ``heb_Hebr/devtest.txt``. Of the files that serve a language the nearest are
taken (``bridgex.texts.fit``); a second reference (``newstest2019-ref-2.spa.txt``) comes last and is
noted.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language, near_miss, without_script
from bridgex.texts.fit import Fit, fit_of_tag
from bridgex.texts.names import Statement, stated

MOST_FILES = 50_000
"""Files and folders that a folder may hold; more are no corpus with a file per language."""

LEVELS = 3
"""Levels of folders that are searched: the folder and two in it."""

_SECOND_REFERENCE = re.compile(r"(?<![a-z])ref[-_.]?(?:[2-9]|[b-z])(?![a-z0-9])", re.IGNORECASE)
_SIDES = (frozenset({"src", "source"}), frozenset({"trg", "tgt", "target"}))
_NAMES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class LanguageFiles:
    """The files that were found for a language.

    Attributes:
        paths: by name, those of the folder itself first.
        step: what must be known of the choice, for ``Provenance.then``; or None.
    """

    paths: tuple[Path, ...]
    step: str | None = None


def find(
    directory: Path, language: Language, readable: Callable[[Path], bool], wanted: str
) -> LanguageFiles:
    """Return the files of a language: those of the folder and of two levels of folders in it.

    Args:
        directory: the folder.
        language: whose files.
        readable: whether a file is in a format wanted, from its name.
        wanted: what such a file is, for errors: ``plain text``.

    Raises:
        TextError: the folder is missing, too large, or has no such file; the languages it has are
            named.
    """
    if not directory.is_dir():
        problem = "is a file" if directory.is_file() else "is not there"
        raise TextError(f"{directory} {problem}; give a folder with a file per language.")
    return _chosen(tuple(_walk(directory)), str(directory), language, readable, wanted)


def find_listed(paths: Iterable[str], language: Language, where: str) -> tuple[str, ...]:
    """Return the files of a language among paths that are not here yet, as `find` would.

    Args:
        paths: relative to the folder that would be searched, with ``/``.
        language: whose files.
        where: what has them, for errors.

    Raises:
        TextError: none is; the languages there are are named.
    """
    places = tuple(_Place(path, tuple(reversed(PurePosixPath(path).parts))) for path in paths)
    found = _chosen(places, where, language, lambda _: True, "")
    return tuple(path.as_posix() for path in found.paths)


def _chosen(
    places: Sequence["_Place"],
    directory: str,
    language: Language,
    readable: Callable[[Path], bool],
    wanted: str,
) -> LanguageFiles:
    fits = {Path(place.path): fit for place in places if (fit := _fit(place, language))}
    ranks = {fit.rank for path, fit in fits.items() if readable(path)}
    if ranks:
        nearest = {path: fit for path, fit in fits.items() if fit.rank == min(ranks)}
        paths = tuple(path for path in nearest if readable(path))
        return LanguageFiles(paths, nearest[paths[0]].step)
    if fits:
        raise TextError(
            f"{next(iter(fits))} is not {wanted}, which is what is read here; convert it."
        )
    statements = [statement for place in places if (statement := _statement_of(place))]
    kin = sorted(_kin(statements, language))
    remedy = f" In another script or variety: {', '.join(kin)}; ask for that." if kin else ""
    raise TextError(
        f"{directory} has no file for {language.name} (such as {language.code}.txt); "
        f"it has {_languages_there(statements)}.{remedy}{near_miss(language)}"
    )


def share_a_language_folder(paths: Sequence[Path], language: Language) -> bool:
    """Whether files are the parts (dev, test, train) in a folder that is the language's."""
    folders = {path.parent for path in paths}
    return len(folders) == 1 and _fit_of(stated(folders.pop().name), language) is not None


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of two levels of folders in it, by name, no hidden ones.

    Each folder is entered once, however many links lead to it. Only ordinary files are yielded.

    Raises:
        TextError: a folder cannot be read, or there are more than ``MOST_FILES`` entries.
    """
    return (Path(place.path) for place in _walk(folder))


class _Place(NamedTuple):
    """Where a file or folder lies: its path, and its own name and those of the folders above it."""

    path: str
    names: tuple[str, ...]


def _walk(folder: Path) -> Iterator[_Place]:
    entered: set[tuple[int, int]] = set()
    level, entries = [_Place(str(folder), ())], 0
    for _ in range(LEVELS):
        deeper: list[tuple[bool, _Place]] = []
        for above in level:
            for entry in _entries(above.path, entered):
                entries += 1
                if entries > MOST_FILES:
                    raise TextError(
                        f"{folder} has more than {MOST_FILES:,} files and folders; give the "
                        "folder of one data set, with a file per language."
                    )
                place = _Place(entry.path, (entry.name, *above.names))
                if os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file():
                    yield place
                elif os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir():
                    deeper.append((entry.is_symlink(), place))
        # A folder is better known by its own name than by that of a link to it.
        level = [place for _, place in sorted(deeper, key=lambda each: each[0])]


def _entries(folder: str, entered: set[tuple[int, int]]) -> list[os.DirEntry[str]]:
    """Return what is in a folder, by name and none hidden; nothing if it was entered before."""
    try:
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in entered:
            return []
        entered.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as problem:
        raise TextError(f"{folder} cannot be read: {problem.strerror}.") from None
    return sorted(shown, key=lambda entry: entry.name)


def _fit(place: _Place, language: Language) -> Fit | None:
    """How well a file serves a language, by its own name or the nearest folder that states one."""
    statements = [stated(name) for name in place.names]
    stating = (
        statement
        for statement in statements
        if statement.states_a_language or statement.names(language)
    )
    first = next(stating, None)
    if first is None:
        fit = _unlikely_fit(statements, language)
    elif first.pair:
        side = _side(statements[0])
        fit = None if side is None else fit_of_tag(first.pair[side], language)
    else:
        fit = _fit_of(first, language)
    second = _SECOND_REFERENCE.search(place.names[0]) if fit else None
    if fit and second:
        step = f"read from {place.names[0]}, an alternative reference ({second[0]})"
        return max(fit, Fit(5, step))
    return fit


def _side(own: Statement) -> int | None:
    """Which language of a pair a file is of, by a name such as ``test.trg``: 0, 1 or unknown."""
    sides = [index for index, words in enumerate(_SIDES) if own.words & words]
    return sides[0] if len(sides) == 1 else None


def _unlikely_fit(statements: Sequence[Statement], language: Language) -> Fit | None:
    """The fit of a tag that is rather a word (``dev``), where no name states a language."""
    unlikely = (tag for statement in statements for tag in statement.unlikely)
    return next((fit for tag in unlikely if (fit := fit_of_tag(tag, language))), None)


def _fit_of(statement: Statement, language: Language) -> Fit | None:
    if statement.tag:
        return fit_of_tag(statement.tag, language)
    return Fit(1) if statement.names(language) and not statement.pair else None


def _statement_of(place: _Place) -> Statement | None:
    """What a file's name states or, where it states nothing, that of the nearest folder."""
    return next(
        (statement for statement in map(stated, place.names) if statement.states_a_language), None
    )


def _kin(statements: Sequence[Statement], language: Language) -> set[str]:
    """Codes of the same language in other scripts and of its varieties."""
    own = without_script(language)
    tagged = {statement.tag.language for statement in statements if statement.tag} - {language}
    return {other.code for other in tagged if without_script(other) == own}


def _languages_there(statements: Sequence[Statement]) -> str:
    names = sorted({name for statement in statements for name in _shown(statement)})
    more = len(names) - _NAMES_SHOWN
    listed = ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} others" if more > 0 else "")
    return listed or "no file whose name has a language code"


def _shown(statement: Statement) -> list[str]:
    """A statement in an error: the paper's languages by code, others as the name has them."""
    tag = statement.tag
    if tag is None:
        named = [language.code for language in PAPER_LANGUAGES if statement.names(language)]
        pair = "-".join(side.text for side in statement.pair or ())
        return [f"{pair} (a pair)"] if pair else named
    if tag.region:
        return [tag.text.replace("_", "-")]
    known = tag.language in PAPER_LANGUAGES
    return [tag.language.code if known else tag.text.replace("-", "_").casefold()]
