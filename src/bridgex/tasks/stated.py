r"""Reading the answer that a chat model states, wherever in its turn it does.

A chat model may introduce its answer, reason first, repeat the question or explain itself. What it
states counts, last statement first: what is boxed (``\\boxed{B}``), what follows the words for it
(``The answer is``, ``Antwort:``), else what the turn consists of. Where that leaves several answers
there is none.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache

from bridgex.languages import Language, find
from bridgex.tasks.forms import forms, statement
from bridgex.tasks.labels import labels
from bridgex.tasks.numbers import number
from bridgex.tasks.parsing import (
    LETTERS,
    UNSPACED,
    letter,
    option,
    quotations,
    without_thinking,
)
from bridgex.texts.files import trimmed
from bridgex.texts.words import fold

_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
_COMMAND = re.compile(r"\\(?:text|mathrm|textbf|mathbf)\{([^{}]*)\}")
_OPENING_LETTER = re.compile(r"[\W_]*([A-H])(?![A-Za-z0-9À-ɏ'’])(?!(?<=A)\s+[^\W\d_])")
"""A letter at the start; not the English article (``A man``)."""
_WORD = re.compile(r"\w+")
_SINGLE_QUOTES = re.compile(r"(?<!\w)['‘]([^'’‘\n]+)['’](?!\w)")
_LEADS_TO = re.compile(r"\s*(?:→|⟶|->|=>|=|[:：]|[–—-](?=\s))\s*(\S.*)")
_BRACKETS = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]][\s.。]*$")


def stated_letter(written: str, options: int, language: Language) -> str | None:
    """Return the letter of the option that a turn states, or None.

    Without a statement every line that names an option must name the same one, so that options
    which are only listed are no answer.

    Args:
        written: what the model wrote.
        options: number of options, at most 8.
        language: the language it was to answer in.
    """
    text = _plain(written)
    for stated in _statements(text, language):
        opened = _OPENING_LETTER.match(unicodedata.normalize("NFKC", stated))
        if opened and opened[1] in LETTERS[:options]:
            return opened[1]
    named = {letter(line, options) for line in text.splitlines() if line.strip()} - {None}
    return named.pop() if len(named) == 1 else None


def stated_option(written: str, options: Sequence[str], language: Language) -> str | None:
    """Return the option that a turn states in words, or None.

    Without a statement it is the one that the turn begins with, or the only one that a turn of one
    line has in it.
    """
    text = _plain(written)
    for stated in (*_statements(text, language), text):
        if chosen := option(stated, options, language):
            return chosen
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    line = _spaced(lines[0], language)
    named = [each for each in options if _spaced(each, language) in line]
    return named[0] if len(named) == 1 else None


def stated_number(written: str, language: Language) -> Fraction | None:
    """Return the number that a turn states, else its last one, or None."""
    text = without_thinking(written)
    boxed = [_bare(found) for found in _BOXED.findall(text)]
    if boxed and (value := number(boxed[-1], language)) is not None:
        return value
    value = strict_number(text, language)
    return number(text, language) if value is None else value


def strict_number(written: str, language: Language) -> Fraction | None:
    """Return the number in the last sentence of the form ``The answer is 18.``, or None."""
    found = re.findall(statement(language), without_thinking(written))
    return number(found[-1], language) if found else None


def stated_word(written: str, asked: str, pair: tuple[Language, Language]) -> str | None:
    """Return the translation of a word that a turn states, or None.

    Of several quotations it is the first that is not the word asked about, which chat models
    repeat: ``The French word for "gato" is "chat".`` Without one it is what follows the word or the
    language's name (``gato → chat``, ``French: chat``), else the line; what stands in brackets
    behind it explains it. The first line counts; one that ends in a colon introduces the next.

    Args:
        written: what the model wrote.
        asked: the word that was to be translated.
        pair: its language, and the language of the translation.
    """
    text = _plain(written)
    for line in (*_statements(text, pair[1]), *text.splitlines()):
        if not any(character.isalnum() for character in line) or line.rstrip().endswith(
            (":", "：")
        ):
            continue
        quoted = quotations(line) or [each.strip() for each in _SINGLE_QUOTES.findall(line)]
        other = [each for each in quoted if not _same(each, asked, pair)]
        if other:
            return other[0]
        return _behind(line, asked, pair) or (quoted or [trimmed(_without_brackets(line))])[0]
    return None


def stated_text(written: str) -> str:
    """Return a translated text as one line, without the line that introduces it."""
    lines = [line.strip() for line in without_thinking(written).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].endswith((":", "：")):
        lines = lines[1:]
    text = " ".join(lines)
    whole = quotations(text)
    return whole[0] if len(whole) == 1 and len(whole[0]) == len(text) - 2 else text


def _spaced(text: str, language: Language) -> str:
    return f" {' '.join(re.findall(_WORD, fold(text, language)))} "


def _plain(written: str) -> str:
    """Return the answer itself: without thinking and without emphasis."""
    return re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", without_thinking(written))


def _bare(boxed: str) -> str:
    return _COMMAND.sub(r"\1", boxed)


def _statements(text: str, language: Language) -> Iterator[str]:
    """Yield what a text states as its answer, the last first; what is boxed before all else."""
    yield from (_bare(found) for found in reversed(_BOXED.findall(text)))
    for found in reversed(list(_marker(language).finditer(text))):
        line = next((line for line in text[found.end() :].splitlines() if line.strip()), "")
        if line:
            yield line.strip()


@cache
def _marker(language: Language) -> re.Pattern[str]:
    """Return the pattern of the words after which an answer comes, the English ones too."""
    marks = []
    for each in (language, find("en")):
        sentence = re.escape(forms(each).statement.partition("{}")[0].strip())
        sentence = sentence.replace(r"\ ", r"(?:\s+\w+)?\s+").replace("—", "[—–-]")
        marks.append(sentence if each.script in UNSPACED else rf"{sentence}(?!\w)")
        marks.append(rf"{re.escape(labels(each).answer)}\s?(?=[:：])")
    return re.compile(rf"(?:{'|'.join(marks)})\s?[:：]?", re.IGNORECASE)


def _same(word: str, asked: str, pair: tuple[Language, Language]) -> bool:
    return fold(word, pair[0]) == fold(asked, pair[0]) or fold(word, pair[1]) == fold(
        asked, pair[1]
    )


def _behind(line: str, asked: str, pair: tuple[Language, Language]) -> str | None:
    """Return what the word asked about, or the name of the target language, leads to in a line."""
    target = pair[1]
    found = None
    for name in (asked, target.endonym, target.name):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)[\"”»]?", line, re.IGNORECASE):
            if led := _LEADS_TO.match(line, match.end()):
                found = trimmed(_without_brackets(led[1])).strip('"“”«» ')
    return found or None


def _without_brackets(line: str) -> str:
    return _BRACKETS.sub("", line) or line
