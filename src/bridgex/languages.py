"""The nouns for languages: the paper's fifteen with what their sources call them, and any other.

Endonyms are those of the paper's prompts; codes are ISO 639-1/639-3, FLORES-200 (also Belebele's)
and CLDR's. Families follow Glottolog's top level, except that Sino-Tibetan etc. carry the paper's
spelling.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridgex.errors import RequestError, UnknownLanguageError, nearest

PART_OF = {"Kore": "Hang"}
"""Scripts of CLDR that FLORES names by their larger part."""

_BRANCHES = {
    "zh": "Sinitic",
    "ja": "Japanesic",
    "ar": "Semitic",
    "he": "Semitic",
    "id": "Malayo-Polynesian",
    "tl": "Malayo-Polynesian",
    "fi": "Finnic",
    "hu": "Hungarian",
    "sw": "Narrow Bantu",
    "en": "Germanic",
    "de": "Germanic",
    "fr": "Romance",
    "it": "Romance",
    "pt": "Romance",
    "es": "Romance",
}
"""Glottolog's groups below the family, at the level that textbooks name."""

USUAL_MEMBERS = {"no": "nb", "ps": "pbt", "qu": "quy", "ff": "fuv", "kok": "gom"}
"""Macrolanguage → the individual language FLORES+ has for it, where CLDR takes another or none.

Those that CLDR takes for their macrolanguage (``lvs`` for ``lv``) are one language here."""

GLOTTOCODE = re.compile(r"[a-z]{4}[0-9]{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Language:
    """One language, the same whatever code it was looked up by and whatever endonym it goes under.

    Attributes:
        code: shortest ISO 639 code (``he``).
        name: English name.
        endonym: the language's own name, as it stands in prompts.
        script: ISO 15924 code of the script its texts are expected in (``Hebr``).
        family: top-level family, or an empty string when unknown here.
        branch: group below the family (``Romance``), or an empty string when unknown here.
        codes: every casefolded code and name it answers to (``he``, ``heb``, ``heb_hebr``, …).
    """

    code: str
    name: str
    endonym: str = field(compare=False)
    script: str
    family: str
    branch: str
    codes: frozenset[str]

    def __str__(self) -> str:
        return self.code

    def with_endonym(self, endonym: str) -> "Language":
        """Return the same language under another name in prompts (``Bahasa Indonesia``).

        Raises:
            RequestError: the name is empty or contains a line break or a quote, which end a prompt.
        """
        name = endonym.strip()
        if not name or any(character in name for character in '\n\r"'):
            raise RequestError(
                f"{endonym!r} cannot name {self.name} in a prompt; give a name on one line, "
                "without quotes."
            )
        return replace(self, endonym=name)


def _language(
    code: str, iso3: str, name: str, endonym: str, script: str, family: str, *more: str
) -> Language:
    short = [text for text in (code, iso3, *more) if len(text) <= 3 and text.isascii()]
    codes = {code, iso3, name, endonym, *more, *(f"{subtag}_{script}" for subtag in short)}
    folded = frozenset(text.casefold() for text in codes)
    return Language(code, name, endonym, script, family, _BRANCHES.get(code, ""), folded)


PAPER_LANGUAGES: tuple[Language, ...] = (
    _language("zh", "zho", "Chinese", "中文", "Hans", "Sino-Tibetan", "cmn", "chi"),
    _language("ja", "jpn", "Japanese", "日本語", "Jpan", "Japonic"),
    _language("ar", "arb", "Arabic", "عربي", "Arab", "Afro-Asiatic", "ara"),
    _language("he", "heb", "Hebrew", "עִברִית", "Hebr", "Afro-Asiatic", "iw", "עברית"),
    _language("id", "ind", "Indonesian", "Indonesia", "Latn", "Austronesian"),
    _language("tl", "tgl", "Tagalog", "Tagalog", "Latn", "Austronesian", "fil", "Filipino"),
    _language("fi", "fin", "Finnish", "suomi", "Latn", "Uralic"),
    _language("hu", "hun", "Hungarian", "magyar", "Latn", "Uralic"),
    _language("sw", "swh", "Swahili", "kiswahili", "Latn", "Niger-Congo", "swa"),
    _language("en", "eng", "English", "English", "Latn", "Indo-European"),
    _language("de", "deu", "German", "Deutsch", "Latn", "Indo-European", "ger"),
    _language("fr", "fra", "French", "Français", "Latn", "Indo-European", "fre"),
    _language("it", "ita", "Italian", "Italiano", "Latn", "Indo-European"),
    _language("pt", "por", "Portuguese", "Português", "Latn", "Indo-European"),
    _language("es", "spa", "Spanish", "Español", "Latn", "Indo-European"),
)

CANDIDATES = ("en", "de", "fr", "it", "pt", "es")
"""The paper's candidate bridges."""

_BY_CODE = {code: language for language in PAPER_LANGUAGES for code in language.codes}


def find(text: str) -> Language:
    """Return the language that ``text`` names: any usual code, English name or endonym.

    A region is never a language (``jv-ID`` is Javanese) and counts only for the script it writes
    (``zh-TW``). A variant (``ca-valencia``, or FLORES+'s ``cat_Latn_vale1252``) is a language of
    its own.

    Args:
        text: ``he``, ``heb``, ``heb_Hebr``, ``Hebrew``, ``עברית``, …

    Raises:
        UnknownLanguageError: nothing answers to that name; the nearest known one is suggested.
    """
    wanted = text.strip().replace("-", "_").casefold()
    return _BY_CODE.get(wanted) or _beyond_the_paper(text.strip())


def without_script(language: Language) -> Language:
    """Return the language itself, in its usual script and of no variety: ``zh`` of ``zh_Hant``."""
    return find(language.code.partition("_")[0])


def is_variant(subtag: str) -> bool:
    """Whether a subtag names a variety: a Glottocode (``vale1252``) or a word that IANA registers.

    Registered numbers (``1996``) do not: in names they are years.
    """
    import langcodes  # loads large tables

    if GLOTTOCODE.fullmatch(subtag):
        return True
    return len(subtag) > 4 and subtag.isalpha() and langcodes.tag_is_valid(f"und-{subtag}")


@functools.lru_cache(maxsize=4096)
def _beyond_the_paper(text: str) -> Language:
    import langcodes  # loads large tables

    general, _, last = text.replace("@", "_").replace("-", "_").rpartition("_")
    if general and is_variant(last):
        return _variety(find(general), last.casefold())
    try:
        tag, plain = langcodes.get(text), langcodes.get(text, normalize=False)
    except ValueError:
        tag = plain = langcodes.get("und")
    if tag.territory != plain.territory:  # Dari (prs) made the Persian of Afghanistan (fa-AF)
        tag = plain
    if not tag.is_valid() or tag.language in (None, "und"):
        tag = _named(text)
    code = _macrolanguages().get(str(tag.language), str(tag.language))
    base = langcodes.get(code, normalize=False)
    usual = _usual_script(code)
    script = tag.script or (tag.maximize().script if tag.territory else usual)
    if script is None or not base.is_valid() or base.display_name().startswith("Unknown language"):
        raise UnknownLanguageError(_unknown(text))
    known = _BY_CODE.get(str(base))
    if known:
        if script == known.script:
            return known
        code, base = known.code, langcodes.get(known.code)
    iso3 = base.to_alpha3()
    members = [member for member, macro in _macrolanguages().items() if macro == code]
    if script in (usual, PART_OF.get(usual)):
        parts = [f"{subtag}_{PART_OF[usual]}" for subtag in (code, iso3) if usual in PART_OF]
        more = (*members, *parts, base.to_alpha3(variant="B"))
        return _language(code, iso3, base.display_name(), _autonym(code), usual, "", *more)
    name, endonym = langcodes.get(f"{base}-{script}").display_name(), _autonym(code, script)
    shorter = {text for text in known.codes if len(text) <= 3} if known else {iso3, *members}
    codes = [f"{subtag}_{script}" for subtag in sorted(shorter)]
    return _language(f"{code}_{script}", codes[0], name, endonym, script, "", *codes[1:])


def _named(text: str) -> Any:
    """The tag of the language of that name.

    CLDR calls some languages the regional form of another (Dari is ``fa-AF``); the name means the
    language itself.
    """
    import langcodes
    from langcodes.data_dicts import LANGUAGE_REPLACEMENTS

    try:
        tag = langcodes.find(text)
    # of what is no text: ValueError for half a character, SystemError or ValueError for NUL
    except (LookupError, ValueError, SystemError):
        raise UnknownLanguageError(_unknown(text)) from None
    replaced = (
        langcodes.get(code, normalize=False)
        for code, by in LANGUAGE_REPLACEMENTS.items()
        if by == str(tag) and tag.territory
    )
    name = text.casefold()
    return next((other for other in replaced if other.display_name().casefold() == name), tag)


def _variety(language: Language, variant: str) -> Language:
    """The variety of a language, which only its own codes find."""
    return replace(
        language,
        code=f"{language.code}_{variant}",
        name=f"{language.name} ({variant})",
        codes=frozenset(f"{text}_{variant}" for text in language.codes if text.isascii()),
    )


@functools.cache
def _macrolanguages() -> dict[str, str]:
    """The individual languages that CLDR takes for their macrolanguage.

    FLORES writes ``pes``, MUSE ``fa`` for the same Persian. Those that ISO 639-1 names by
    themselves (``tw``) stay.
    """
    from langcodes.data_dicts import NORMALIZED_MACROLANGUAGES

    return {
        member: macro for member, macro in NORMALIZED_MACROLANGUAGES.items() if len(member) == 3
    }


def _usual_script(code: str) -> str:
    """The script of a language or, where CLDR does not know the language, of its macrolanguage."""
    import langcodes
    from langcodes.data_dicts import LIKELY_SUBTAGS, MACROLANGUAGES

    known = code if code in LIKELY_SUBTAGS else MACROLANGUAGES.get(code, code)
    return str(langcodes.get(known).maximize().script)


def _autonym(code: str, script: str = "") -> str:
    """The name of a language in itself and in its script, spelled and cased as CLDR has it.

    No letter changes its case: ``isiZulu`` has its capital inside, and the capitals of Georgian
    are for headlines, in letters that tokenizers do not know.
    """
    import langcodes
    from language_data.names import code_to_names

    written = "-".join(filter(None, (code, script)))
    tag, plain = langcodes.get(written), langcodes.get(written, normalize=False)
    names = code_to_names(str(tag))  # of those that CLDR names as such: zh-Hant, fa-AF (Dari)
    name: str = names.get(str(tag)) or names.get(str(tag.language)) or plain.language_name(plain)
    return name


def near_miss(language: Language) -> str:
    """Return a question, or nothing: was the code of one of the paper's languages meant?

    ``idd`` is Ede Idaca, and ``id`` with a letter typed twice.
    """
    once = re.sub(r"(.)\1+", r"\1", language.code)
    meant = _BY_CODE.get(once)
    if meant is None or once == language.code or len(once) != 2:
        return ""
    return f" {language.code} is {language.name}; did you mean {once} ({meant.name})?"


def _unknown(text: str) -> str:
    known = [language.name for language in PAPER_LANGUAGES] + list(_BY_CODE)
    return (
        f"'{text}' is not a language known here.{nearest(text, known)} "
        "Give an ISO 639 code, a FLORES code or an English name."
    )


def pair_and_candidates(
    source: str, target: str, candidates: Sequence[str] | None = None
) -> tuple[tuple[Language, Language], tuple[Language, ...]]:
    """Look up a pair and its candidate bridges, and refuse what contradicts itself.

    Args:
        source: language to come from, by any usual code or name.
        target: language to go to.
        candidates: the bridges; by default the paper's, without source and target.

    Raises:
        UnknownLanguageError: a language nothing recognises.
        RequestError: source equal to target, a candidate equal to either or given twice, or fewer
            than two candidates.
    """
    pair = find(source), find(target)
    if pair[0] == pair[1]:
        raise RequestError(
            f"Source and target are both {pair[0].name}; a bridge needs two languages."
        )
    if candidates is None:
        return pair, tuple(bridge for code in CANDIDATES if (bridge := find(code)) not in pair)
    bridges = tuple(find(code) for code in candidates)
    for index, bridge in enumerate(bridges):
        if bridge in pair:
            raise RequestError(
                f"{bridge.name} is in the pair itself and cannot be its bridge; leave "
                f"'{candidates[index]}' out of --candidates."
            )
        if bridge in bridges[:index]:
            raise RequestError(f"{bridge.name} is a candidate twice; name each one once.")
    if len(bridges) < 2:
        raise RequestError("A ranking needs at least two candidates; add to --candidates.")
    return pair, bridges


def find_all(names: Sequence[str] | None = None) -> tuple[Language, ...]:
    """Look up languages to compare; by default the paper's fifteen.

    Raises:
        UnknownLanguageError: a language nothing recognises.
        RequestError: fewer than two languages, or one of them twice.
    """
    if names is None:
        return PAPER_LANGUAGES
    languages = tuple(find(name) for name in names)
    for index, language in enumerate(languages):
        if language in languages[:index]:
            raise RequestError(f"{language.name} is named twice; name each language once.")
    if len(languages) < 2:
        raise RequestError("A comparison needs at least two languages; name another one.")
    return languages


def renamed(
    pair: tuple[Language, Language], endonyms: Mapping[str, str]
) -> tuple[Language, Language]:
    """Return a pair under the endonyms asked for, each given under any usual code.

    Raises:
        UnknownLanguageError: a code nothing recognises.
        RequestError: an endonym for another language, a second one for the same, or one that
            cannot be a name.
    """
    asked: dict[Language, str] = {}
    for code, endonym in endonyms.items():
        language = find(code)
        if language not in pair:
            raise RequestError(
                f"An endonym is given for {language.name}, but the prompts name only "
                f"{pair[0].name} and {pair[1].name}; leave it out."
            )
        if language in asked:
            raise RequestError(f"{language.name} is given two endonyms; keep one of them.")
        asked[language] = endonym
    source, target = (
        language.with_endonym(asked[language]) if language in asked else language
        for language in pair
    )
    return source, target
