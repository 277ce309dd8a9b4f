"""Reading answers off what a model wrote: strictly, and the same way for every script.

What is read here is compared after `bridgex.texts.fold`, on both sides alike. Where there is no
answer to read the result is None: nothing is guessed, and no earlier answer is taken instead.

A stop rule ends a continuation where nothing that could follow changes what is read: stopping early
and cutting a longer text afterwards give the same answer.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bridgex.generation import StopRule
from bridgex.languages import Language
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
    double = (_quotation(*marks, _HEBREW, streamed=streamed) for marks in _CLOSING.items())
    single = (_quotation(*marks, _APOSTROPHED, streamed=streamed) for marks in _SINGLE.items())
    return f"(?:{'|'.join(single)}|{before}(?:{'|'.join(double)}))"


LINE = StopRule(f"{_ANSWER}[^{_BREAK}]*[{_BREAK}]", ("\n",))
"""The whole first line that is not blank."""
QUOTATION = StopRule(f"{_ANSWER}(?:{_quotations(streamed=True)}|[^{_BREAK}]*[{_BREAK}])", ("\n",))
"""The first whole quotation of the first line, or that line."""
_BLANK_LINE = r"\n[^\S\n]*\n"
PARAGRAPH = StopRule(rf"{_ANSWER}(?s:.*?){_BLANK_LINE}", ("\n\n",))
"""All up to the first blank line."""
TURN = StopRule("(?!)")
"""The whole turn of a chat model, which ends it itself."""


def after_thinking(pattern: str) -> str:
    """Return the pattern of something in the answer itself, for a stop rule."""
    return _ANSWER + pattern


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
    return text if any(character.isalnum() for character in text) else None


def quotations(line: str) -> list[str]:
    """Return all that stands in quotes in a line, as `quoted` knows them."""
    found, rest = [], line
    while inside := _QUOTED.match(rest):
        found.append(trimmed(next(group for group in inside.groups() if group is not None)))
        rest = rest[inside.end() :]
    return [text for text in found if any(character.isalnum() for character in text)]


LETTERS = "ABCDEFGH"
_CAPITAL = re.compile(rf"(?<![{_LATIN}'’°])([A-H])(?=\s*$|[^\s{_LATIN}'’])")
_ALONE = re.compile(rf"(?<![{_LATIN}'’°])[A-H](?![{_LATIN}'’])")
_SMALL = re.compile(r"\(?([a-h])(?:[).:]\s*|$)")
_FEWEST_LETTERS = 4
"""Letters that are looked for even where there are fewer options: ``A or C`` names no option."""


def letter(written: str, options: int) -> str | None:
    """Return the letter of an option that the first line names, or None.

    The letter must stand alone: neither part of a word nor a word of a sentence, such as the
    English article or the Spanish preposition (``a la izquierda``). Followed by a word it counts
    only with punctuation between (``B. …``, ``(C) …``); a small letter only as the whole answer or
    at its start with a bracket, full stop or colon. Two different letters (``A or B``) are no
    answer, unless the line opens with one and the other is a word of it (``B. A dog``). Beyond the
    options a letter is a word (Italian ``e``).

    Args:
        written: what the model wrote.
        options: number of options, at most 8.
    """
    line = unicodedata.normalize("NFKC", first_line(written))
    line = re.sub(r"[*_`]+", "", line)
    letters = LETTERS[: max(options, _FEWEST_LETTERS)]
    named = {capital for capital in _CAPITAL.findall(line) if capital in letters}
    alone = {capital for capital in _ALONE.findall(line) if capital in letters}
    if not named:
        small = _SMALL.match(line)
        named = alone = {small[1].upper()} if small else set()
    opens = _CAPITAL.match(line.lstrip("("))
    if len(named) != 1 or (not (opens and opens[1] in named) and alone != named):
        return None
    name = named.pop()
    return name if name in LETTERS[:options] else None


def first_capital(written: str, options: int) -> str | None:
    """Return the first letter of an option anywhere in the answer: the paper's reading."""
    capital = re.search(f"[{LETTERS[:options]}]", written)
    return capital[0] if capital else None


_OR = {
    "": "or and vs",
    "de": "oder und bzw sowie",
    "fr": "ou et",
    "it": "o e oppure ed",
    "pt": "ou e",
    "es": "o u y e",
    "zh": "或 或者 或是 和 与 與 还是 還是 及",
    "ja": "か と や または もしくは あるいは それとも",
    "ar": "أو و أم",
    "he": "או ו",
    "id": "atau dan",
    "tl": "o at",
    "fi": "tai ja vai",
    "hu": "vagy és",
    "sw": "au na",
}
"""What stands between options that are listed, not chosen; under no language that of all."""


def option(written: str, options: Sequence[str], language: Language) -> str | None:
    """Return the option that the first line is or begins with, or None.

    Compared after folding; beyond the option only other words may follow, and of several options
    that fit, the longest counts. An option that another one follows, but for punctuation and
    conjunctions (``true / uncertain / false``, ``sports, travel``), was repeated, not chosen.
    """
    line = fold(first_line(written), language)
    folded = {fold(option, language): option for option in options}
    spaced = language.script not in UNSPACED
    named = _begun(line, folded, spaced=spaced)
    if named is None:
        return None
    rest = line
    while (following := _begun(rest, folded, spaced=spaced)) is not None:
        if folded[following] != folded[named]:
            return None
        rest = _after_conjunctions(rest.removeprefix(following), language)
    return folded[named]


def _begun(line: str, folded: Iterable[str], *, spaced: bool) -> str | None:
    """Return the longest of some options that a line begins with, up to the end of a word."""
    fitting = [
        option
        for option in folded
        if line.startswith(option)
        and not (spaced and line[len(option) : len(option) + 1].isalnum())
    ]
    return max(fitting, key=len, default=None)


def _after_conjunctions(rest: str, language: Language) -> str:
    """Return what follows the punctuation and the conjunction at the start of a text."""
    words = f"{_OR['']} {_OR.get(language.code.partition('_')[0], '')}".split()
    bare = language.code in {"ar", "he"}  # "and" is written together with the next word
    for word in sorted(words, key=len, reverse=True):
        text = _without_marks(rest)
        together = language.script in UNSPACED or (bare and len(word) == 1)
        if text.startswith(word) and (together or not text[len(word) : len(word) + 1].isalnum()):
            return _without_marks(text.removeprefix(word))
    return _without_marks(rest)


def _without_marks(text: str) -> str:
    return re.sub(r"^[\W_]+", "", text)
