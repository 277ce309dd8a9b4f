"""What languages and strategies are called for people."""

import re
from collections.abc import Callable, Mapping, Sequence

from bridgex.errors import UnknownLanguageError
from bridgex.languages import Language, find
from bridgex.report.text import visible

POOLED: Mapping[str, str] = {
    "vote": "vote",
    "average": "average",
    "average_log": "log average",
    "max": "maximum",
    "rescore": "rescoring",
}
"""How several answers become one, in words."""
_COMBINED = re.compile(rf"({'|'.join(POOLED)})(?:/(\w+))?:([^+]+(?:\+[^+]+)+)")


def language_of(code: str) -> Language | None:
    """Return the language of a code; None where a result names one not known here."""
    try:
        return find(code)
    except UnknownLanguageError:
        return None


def language_name(code: str) -> str:
    """Return the English name of a language, or the code where it is not known here."""
    language = language_of(code)
    return visible(language.name if language else code, keep="")


def language_names(codes: Sequence[str]) -> str:
    """Return the English names of languages as one list of a sentence."""
    return joined([language_name(code) for code in codes])


def pair_name(pair: Sequence[str]) -> str:
    """Return a pair in words: ``Indonesian to Chinese``."""
    return " to ".join(language_name(code) for code in pair)


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as one list of a sentence: ``a, b and c``."""
    *others, final = words or ("none",)
    return f"{', '.join(others)} {last} {final}" if others else final


def strategy_name(strategy: str, called: Callable[[str], str] = language_name) -> str:
    """Return a strategy in words: ``through French``, ``French instead``, ``direct``.

    Args:
        strategy: its name; that of several together is ``vote of direct (60 %) and French (40 %)``.
        called: code → what a language is called.
    """
    if combined := _COMBINED.fullmatch(strategy):
        pooling, scoring, members = combined.groups()
        by = f" ({scoring.replace('_', ' ')})" if scoring else ""
        named = joined([_member_name(member, called) for member in members.split("+")])
        return f"{POOLED[pooling]}{by} of {named}"
    kind, _, code = strategy.partition(":")
    if code and kind == "bridge":
        return f"through {called(code)}"
    if code and kind == "replace":
        return f"{called(code)} instead"
    return visible(strategy, keep="")


def _member_name(member: str, called: Callable[[str], str]) -> str:
    way, _, weight = member.partition("@")
    single = way == "direct" or ":" in way
    name = strategy_name(way, called) if single else called(way)
    return f"{name} ({visible(weight, keep='')}\u00a0%)" if weight else name
