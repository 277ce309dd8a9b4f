"""Which files of a source serve the languages asked for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridgex.errors import RequestError, UnknownLanguageError
from bridgex.languages import PAPER_LANGUAGES, find

ALL = "all"
"""The word for every language that a source has."""


@dataclass(frozen=True, slots=True)
class LanguageFilter:
    """The languages that are wanted.

    Attributes:
        wanted: per language what the user called it and the codes it answers to; None for all.
        strict: whether a language that the source lacks is an error.
    """

    wanted: tuple[tuple[str, frozenset[str]], ...] | None
    strict: bool

    def matches(
        self, title: str, pattern: re.Pattern[str], paths: Iterable[str]
    ) -> list[re.Match[str]]:
        """Return the paths that ``pattern`` matches and whose languages are all wanted.

        Args:
            title: of the source, for errors.
            pattern: as in `bridgex.data.catalogue.Source`.
            paths: what there is.

        Raises:
            RequestError: nothing matches, or a language asked for is missing; the message names
                those there are.
        """
        matches = [match for path in paths if (match := pattern.fullmatch(path))]
        if not matches:
            raise RequestError(
                f"{title} has no file of the layout known here; it may have changed. Fetch it "
                "yourself and register the folder with --from DIR."
            )
        if self.wanted is None:
            return matches
        chosen = [match for match in matches if all(map(self._wants, _codes(match)))]
        offered = sorted({code for match in matches for code in _codes(match)})
        if self.strict and offered:
            self._require(title, offered)
        if not chosen:
            asked = ", ".join(name for name, _ in self.wanted)
            raise RequestError(
                f"{title} has no file for {asked} alone; its files are of {', '.join(offered)}, "
                "and a dictionary needs both of its languages."
            )
        return chosen

    def _wants(self, code: str) -> bool:
        assert self.wanted is not None  # noqa: S101
        return any(_folded(code) in codes for _, codes in self.wanted)

    def _require(self, title: str, offered: Sequence[str]) -> None:
        assert self.wanted is not None  # noqa: S101
        available = {_folded(code) for code in offered}
        missing = [name for name, codes in self.wanted if not codes & available]
        if missing:
            raise RequestError(f"{title} has no {', '.join(missing)}; it has {', '.join(offered)}.")


def language_filter(languages: Sequence[str]) -> LanguageFilter:
    """Return what a user's list of languages asks for.

    None named: the fifteen of the paper, as far as the source has them. ``all``: everything.

    Raises:
        UnknownLanguageError: a name that nothing recognises and that is no code either.
    """
    if list(languages) == [ALL]:
        return LanguageFilter(None, strict=False)
    if not languages:
        return LanguageFilter(
            tuple((language.name, language.codes) for language in PAPER_LANGUAGES), strict=False
        )
    return LanguageFilter(tuple((name, _codes_for(name)) for name in languages), strict=True)


def _codes_for(name: str) -> frozenset[str]:
    literal = frozenset({_folded(name)})
    try:
        return find(name).codes | literal
    except UnknownLanguageError:
        if "_" in name:
            return literal
        raise


def _codes(match: re.Match[str]) -> list[str]:
    groups = match.groupdict()
    return [groups[name] for name in ("language", "source", "target") if groups.get(name)]


def _folded(code: str) -> str:
    return code.replace("-", "_").casefold()
