"""What languages and strategies are called for people."""

from collections.abc import Sequence

from bridgex.errors import UnknownLanguageError
from bridgex.languages import Language, find
from bridgex.report.text import visible


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


def strategy_name(strategy: str) -> str:
    """Return a strategy in words: ``through French``, ``French instead``, ``direct``."""
    kind, _, code = strategy.partition(":")
    if code and kind == "bridge":
        return f"through {language_name(code)}"
    if code and kind == "replace":
        return f"{language_name(code)} instead"
    return visible(strategy, keep="")
