"""Reading answers off what a model wrote: strictly, and the same way for every script.

What is read here is compared after `bridgex.texts.fold`, on both sides alike. Where there is no
answer to read the result is None: nothing is guessed, and no earlier answer is taken instead.

A stop rule ends a continuation where nothing that could follow changes what is read: stopping early
and cutting a longer text afterwards give the same answer.
"""

import re
import unicodedata
from collections.abc import Sequence

from bridgex.languages import Language
from bridgex.lm.spec import StopRule
from bridgex.texts.files import trimmed
from bridgex.texts.words import fold

_CLOSING = {
    '"': '"',
    "“": "”",
    "”": "”",
    "„": "“”„",
    "‟": "”",
    "״": "״",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "〝": "〞〟",
    "＂": "＂",
}
_SINGLE = {"'": "'", "‘": "’", "‚": "‘’", "`": "`'"}
"""Also apostrophes, so they quote only where they open the line."""

_HEBREW = "\u0591-\u05ea"
_LATIN = "A-Za-z0-9À-ɏ"
_APOSTROPHED = f"{_LATIN}{_HEBREW}Ͱ-ӿ"
"""Letters between which an apostrophe is part of a word (``aujourd'hui``, ``п'ять``)."""
_GERSHAYIM = rf'(?<=[{_HEBREW}])["״](?=[{_HEBREW}])'
"""Marks an abbreviation (``דו"ח``), mostly before its last letter; no quotation ends there."""
_BREAK = "\n\v\f\r\x1c-\x1e\x85\u2028\u2029"
"""What `str.splitlines` ends a line at."""

_THINKING = (
    *((f"<{tag}>", f"</{tag}>") for tag in ("think", "thinking", "thought", "reasoning")),
    ("<seed:think>", "</seed:think>"),
    (r"\[THINK\]", r"\[/THINK\]"),
    (r"<\|channel\|>(?:analysis|commentary)", r"<\|channel\|>final<\|message\|>"),
)
"""Patterns of what begins and ends a model's thinking; the last is the format of gpt-oss."""
_OPENED = f"(?i:{'|'.join(start for start, _ in _THINKING)})"
_CLOSED = f"(?i:{'|'.join(end for _, end in _THINKING)})"
_THOUGHT = f"(?is:{'|'.join(f'{start}.*?{end}' for start, end in _THINKING)})"
_ANSWER = rf"\A(?>\s*(?:{_THOUGHT}\s*)*)(?!{_OPENED})"
"""Where the answer begins: after all thinking, nowhere while that is unfinished."""


def _quotation(start: str, stops: str, letters: str, *, streamed: bool) -> str:
    """Return the pattern of a quotation; between two of the letters no stop ends it.

    Streamed, a stop after a letter counts only when it is known what follows.
    """
    other = _BREAK + ("" if letters == _HEBREW else "".join(_CLOSING))
    inside = f"(?:[^{stops}{other}]|(?<=[{letters}])[{stops}](?=[{letters}]))+"
    after = f"(?=[^{letters}])" if streamed else f"(?![{letters}])"
    return f"{start}({inside})(?:(?<![{letters}])[{stops}]|[{stops}]{after})"


def _quotations(*, streamed: bool) -> str:
    """Return the pattern of a line up to the end of its first quotation.

    The first mark that can open a quotation opens it, whether it is ever closed or not.
    """
    mark = f'(?!(?<=[{_HEBREW}])["״][{_HEBREW}](?![{_HEBREW}]))'
    opening = "|".join(f"{start}(?![{stops}])" for start, stops in _CLOSING.items())
    before = f"(?:(?!{mark}(?:{opening}))[^{_BREAK}])*+"
    double = (_quotation(*each, _HEBREW, streamed=streamed) for each in _CLOSING.items())
    single = (_quotation(*each, _APOSTROPHED, streamed=streamed) for each in _SINGLE.items())
    return f"(?:{'|'.join(single)}|{before}(?:{'|'.join(double)}))"


LINE = StopRule(f"{_ANSWER}[^{_BREAK}]*[{_BREAK}]", ("\n",))
"""The whole first line that is not blank."""
QUOTATION = StopRule(f"{_ANSWER}(?:{_quotations(streamed=True)}|[^{_BREAK}]*[{_BREAK}])", ("\n",))
"""The first whole quotation of the first line, or that line."""
_BLANK_LINE = r"\n[^\S\n]*\n"
PARAGRAPH = StopRule(rf"{_ANSWER}(?s:.*?){_BLANK_LINE}", ("\n\n",))
"""All up to the first blank line."""

_QUOTED = re.compile(_quotations(streamed=False))
_OPENING = re.compile(f"^[{''.join(_CLOSING | _SINGLE)}]+")
_CUT = re.compile(f'(?!{_GERSHAYIM})"')

UNSPACED = frozenset({"Hans", "Hant", "Jpan", "Khmr", "Laoo", "Mymr", "Thai"})
"""Scripts without spaces between words."""


def without_thinking(written: str) -> str:
    """Return what a model wrote without its thinking (``<think>…</think>`` and the like).

    Where thinking was opened in the prompt and only its end is written, the answer follows that
    end. Of unfinished thinking nothing is left.
    """
    text = re.sub(_THOUGHT, "\n", written)
    if re.search(_OPENED, text):
        return ""
    return re.split(_CLOSED, text)[-1]


def unfinished_thinking(written: str) -> bool:
    """Tell whether a model was still thinking where its text ends."""
    return re.search(_OPENED, re.sub(_THOUGHT, "", written)) is not None


def first_line(written: str) -> str:
    """Return the first line that is not blank, without white space around it."""
    return trimmed(next(iter(written.strip().splitlines()), ""))


def first_paragraph(written: str) -> str:
    """Return what stands before the first blank line after the text has begun."""
    return re.split(_BLANK_LINE, written.strip(), maxsplit=1)[0]


def quoted(written: str) -> str | None:
    """Return what stands in the first quotes of the first line, or that line; None if nothing does.

    Quotes of every script count; an apostrophe within a word and the mark of a Hebrew abbreviation
    are part of it. A quotation that opens the line and never closes ends with it.
    """
    line = first_line(written)
    inside = _QUOTED.match(line)
    if inside:
        text = next(group for group in inside.groups() if group is not None)
    else:
        text = _CUT.split(_OPENING.sub("", line), maxsplit=1)[0]
    text = trimmed(text)
    return text if any(each.isalnum() for each in text) else None


_CAPITAL = re.compile(rf"(?<![{_LATIN}'’])([A-D])(?=$|\s*$|[^\s{_LATIN}'’])")
_ALONE = re.compile(rf"(?<![{_LATIN}'’])[A-D](?![{_LATIN}'’])")
_SMALL = re.compile(r"\(?([a-d])(?:[).:]\s*|$)")


def letter(written: str) -> str | None:
    """Return the letter A to D that the first line names, or None.

    The letter must stand alone: neither part of a word nor a word of a sentence, such as the
    English article or the Spanish preposition (``a la izquierda``). Followed by a word it counts
    only with punctuation between (``B. …``, ``(C) …``); a small letter only as the whole answer or
    at its start with a bracket, full stop or colon. Two different letters (``A or B``) are no
    answer, unless the line opens with one and the other is a word of it (``B. A dog``).
    """
    line = unicodedata.normalize("NFKC", first_line(written))
    line = re.sub(r"[*_`]+", "", line)
    found: set[str] = set(_CAPITAL.findall(line))
    if not found:
        small = _SMALL.match(line)
        return small[1].upper() if small else None
    opens = _CAPITAL.match(line.lstrip("("))
    if len(found) > 1 or (not opens and set(_ALONE.findall(line)) != found):
        return None
    return found.pop()


def first_capital(written: str) -> str | None:
    """Return the first letter A to D anywhere in the answer, in capitals: the paper's reading."""
    found = re.search("[A-D]", written)
    return found[0] if found else None


def option(written: str, options: Sequence[str], language: Language) -> str | None:
    """Return the option that the first line is or begins with, or None.

    Compared after folding; beyond the option only other words may follow, and of several options
    that fit, the longest counts.
    """
    line = fold(first_line(written), language)
    spaced = language.script not in UNSPACED

    def fits(each: str) -> bool:
        rest = line.removeprefix(each)
        return line.startswith(each) and not (spaced and rest[:1].isalnum())

    fitting = [each for each in options if fits(fold(each, language))]
    return max(fitting, key=len, default=None)
