"""Which columns of a table are of which language, by the names in its header.

A name is a tag (``he``, ``heb_Hebr``, ``pt-BR``, ``zh-tw``) or the name of a language. Where fewer
than two are, those count that share all but a tag (``word_id``, ``word_he``).
"""

import functools
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.texts.fit import Fit, fit_of_tag
from bridgex.texts.tags import Tag, read_column

_PART = re.compile(r"[^\W_]+")
_LONGEST = 3
"""Parts that a tag may have: language, script and region."""

_NOT_LANGUAGES = frozenset({"pos"})
"""Names of columns of dictionaries: part of speech, and the ISO 639-3 code of Sayula Popoluca."""

_NAMED = {code: language for language in PAPER_LANGUAGES for code in language.codes}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns for a language.

    Attributes:
        indices: where they stand; more than one where the header names the language twice.
        step: what must be known of the choice, for ``Provenance.then``; or None.
    """

    indices: tuple[int, ...] = ()
    step: str | None = None


@functools.lru_cache(maxsize=4096)
def columns_of(header: tuple[str, ...], language: Language) -> Columns:
    """Return the columns that come nearest to a language (``bridgex.texts.fit``)."""
    tags = tags_in(header)
    fits = {index: fit for index, tag in tags.items() if (fit := fit_of_tag(tag, language))}
    own_names = _names_of(language)
    fits |= {index: Fit(1) for index, cell in enumerate(header) if cell.casefold() in own_names}
    if not fits:
        return Columns()
    nearest = min(fit.rank for fit in fits.values())
    indices = tuple(sorted(index for index, fit in fits.items() if fit.rank == nearest))
    return Columns(indices, fits[indices[0]].step)


def names(cell: str, language: Language) -> bool:
    """Whether a cell of a header names a language, or one that serves it."""
    tag = _tag(cell)
    return cell.casefold() in _names_of(language) or bool(tag and fit_of_tag(tag, language))


@functools.lru_cache(maxsize=4096)
def tags_in(header: tuple[str, ...]) -> Mapping[int, Tag]:
    """Return the tags of the columns that are of a language, by their indices.

    Codes that are rather words (``row``, ``key``) count beside two languages, and where nothing
    else makes two.
    """
    whole = {index: tag for index, cell in enumerate(header) if (tag := _tag(cell))}
    within = _with_affix(header)
    for least in (_clear, len):
        for tags in (whole, within):
            if least(tags) >= 2:
                return tags
    return whole


def _clear(tags: Mapping[int, Tag]) -> int:
    return sum(not tag.is_word for tag in tags.values())


def _names_of(language: Language) -> frozenset[str]:
    return frozenset({language.name.casefold(), language.endonym.casefold()})


@functools.lru_cache(maxsize=65536)
def _tag(name: str) -> Tag | None:
    if name.casefold() in _NOT_LANGUAGES:
        return None
    known = _NAMED.get(name.casefold())
    return read_column(name) or (Tag(name, known, known, known.code) if known else None)


def _with_affix(header: tuple[str, ...]) -> Mapping[int, Tag]:
    """Return the tags within names that are else the same: ``word_id``, ``word_he``."""
    by_affix: defaultdict[tuple[str, str], dict[int, Tag]] = defaultdict(dict)
    for index, cell in enumerate(header):
        parts = list(_PART.finditer(cell))
        for first, part in enumerate(parts):
            for last in parts[first : first + _LONGEST]:
                text = cell[part.start() : last.end()]
                tag = _tag(text) if text != cell else None
                if tag:
                    by_affix[cell[: part.start()], cell[last.end() :]][index] = tag

    def likely(tags: Mapping[int, Tag]) -> tuple[int, int, int]:
        return _clear(tags), len(tags), sum(len(tag.text) for tag in tags.values())

    return max(by_affix.values(), key=likely, default={})
