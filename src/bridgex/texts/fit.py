"""How well a tag serves a language: the language itself, or the nearest that there is.

Ranks, the nearest first; from the third on a note says what was taken:

1. the tag states the language;
2. it states a region, too (``pt_BR``), in the script of the language;
3. a region that might as well be the second language of a pair (``es-ar``);
4. the usual member of a macrolanguage, or the macrolanguage of such a member (``nob_Latn`` for
   ``no``, ``no`` for ``nb``);
5. another release of the same language: a variety (``cat_Latn_vale1252``), or a romanisation that
   nobody writes texts of (``arb_Latn``).

Another script in which a language is written (``sr-Latn``, ``zh-TW``) is another language.
"""

import functools
from dataclasses import dataclass

from bridgex.languages import USUAL_MEMBERS, Language
from bridgex.texts.tags import Tag

_FEW = 0.01
"""Share of a language's writers below which a romanisation is no way of writing it: in CLDR Hindi
has 0.002, Serbian 0.13, Arabic and Bengali none."""


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How near something comes to the language asked for.

    Attributes:
        rank: as the module says, 1 for the language itself.
        step: what must be known of the choice, for ``Provenance.then``; or None.
    """

    rank: int
    step: str | None = None


@functools.lru_cache(maxsize=65536)
def fit_of_tag(tag: Tag, language: Language) -> Fit | None:
    """Return how well a tag serves a language, or None where it does not."""
    if tag.language == language and not tag.doubtful:
        return Fit(2 if tag.region else 1)
    if tag.language == language:
        rank, what = 3, f"taken as {language.name} of a region rather than as a pair"
    elif _is_member(tag, language):
        rank, what = 4, f"the usual variety of {language.name}"
    elif _is_macrolanguage(tag, language):
        rank, what = 4, f"which usually means {language.name}"
    elif tag.plain == language:
        rank, what = 5, f"a variety of {language.name}"
    elif _is_other_release(tag.language, language):
        rank, what = 5, f"{language.name} in another script"
    else:
        return None
    return Fit(rank, f"read from {tag.text}, {what}")


def _is_member(tag: Tag, language: Language) -> bool:
    member = USUAL_MEMBERS.get(_base(language))
    return member == _base(tag.plain) and _same_script(tag, language)


def _is_macrolanguage(tag: Tag, language: Language) -> bool:
    from langcodes.data_dicts import MACROLANGUAGES

    member = USUAL_MEMBERS.get(_base(tag.plain))
    own = tag.subtag not in MACROLANGUAGES  # fuc is no more fuv than the other way round
    return member == _base(language) and own and _same_script(tag, language)


def _same_script(tag: Tag, language: Language) -> bool:
    return tag.variant is None and tag.plain.script == language.script


def _is_other_release(found: Language, language: Language) -> bool:
    """Whether the same language in another script is no language of its own.

    That is so where next to nobody writes it so (Latin letters for Arabic), or where CLDR does not
    know in which script the language is written.
    """
    import langcodes
    from langcodes.data_dicts import LIKELY_SUBTAGS, MACROLANGUAGES

    code = _base(language)
    if code != _base(found) or language.code != code or found.code.count("_") > 1:
        return False
    if code not in LIKELY_SUBTAGS and code in MACROLANGUAGES:
        return True
    if found.script != "Latn" or language.script in ("Latn", "Cyrl"):
        return False
    writers = langcodes.get(f"{code}-Latn").writing_population()
    return bool(writers <= _FEW * langcodes.get(code).writing_population())


def _base(language: Language) -> str:
    return language.code.partition("_")[0]
