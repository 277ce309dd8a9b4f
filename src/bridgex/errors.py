"""Every error a user can cause or meet: one sentence that names the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_REASON = 300
"""Characters of a library's message that are quoted."""


class BridgexError(Exception):
    """Base of all errors that the command line prints as one sentence, without a traceback.

    A sentence is one line, though what it quotes (a name, a path) has line ends.
    """

    def __str__(self) -> str:
        return " ".join(super().__str__().splitlines())


class UnknownLanguageError(BridgexError):
    """A language name or code that nothing recognises."""


class RequestError(BridgexError):
    """What was asked for contradicts itself (source equal to target, too few candidates, …)."""


class TextError(BridgexError):
    """A lexicon or corpus that is missing, empty, damaged or of an unknown format."""


class ModelError(BridgexError):
    """A model that cannot be found, read, or captured from."""


class ServerError(BridgexError):
    """A server with a model that cannot be reached, or whose answers cannot be used."""


class DownloadError(BridgexError):
    """A file that could not be fetched, or that is refused as fetched."""


class StoreError(BridgexError):
    """A cache directory that cannot be written."""


class ResultError(BridgexError):
    """A stored result that cannot be read, or results that do not belong together."""

    def of(self, path: object) -> "ResultError":
        """Return the same error, naming the file it is about."""
        text = str(self)
        return self if text.startswith(str(path)) else ResultError(f"{path}: {text}")


class DependenceUndefinedError(BridgexError):
    """A dependence measure that has no value on these activations (constant, too few, …)."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the closest of ``known``, or an empty string."""
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(name.casefold(), name)
    close = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f" Did you mean '{by_folded[close[0]]}'?" if close else ""


def reason(problem: BaseException) -> str:
    """Return what a library's exception says, as part of one sentence: its first line, bounded.

    The whole text stays with the exception, which is to be the cause of the error that quotes it.
    """
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror.lower()
    lines = (line.strip() for line in str(problem).splitlines())
    first = next((line for line in lines if line), type(problem).__name__)
    first = "".join(char if char.isprintable() else repr(char)[1:-1] for char in first)
    return first if len(first) <= LONGEST_REASON else f"{first[:LONGEST_REASON]}…"
