"""The paper's word prompt, and the one reader of its answers: for the probe and for `bli` alike."""

from collections.abc import Iterable

from bridgex.generation import GenerationSpec
from bridgex.languages import Language
from bridgex.tasks.parsing import QUOTATION, quoted, without_thinking
from bridgex.texts import chinese
from bridgex.texts.words import SCHEME as FOLDING
from bridgex.texts.words import fold

TEMPLATE = '{source}:"{word}"→{target}:'
"""The prompt of the paper: endonyms, the word in quotes, an arrow."""

GENERATION = GenerationSpec(30, QUOTATION)
"""How a word is generated."""

SCHEME = f"first quotation or line, without thinking; {FOLDING}"
"""What results with words read are stored under; worded anew when the reading changes."""


def prompt(word: str, source: Language, target: Language) -> str:
    """Return the paper's prompt for one word, such as ``中文:"火"→日本語:``."""
    return TEMPLATE.format(source=source.endonym, word=word, target=target.endonym)


def read_word(written: str) -> str | None:
    """Read the word that a model answered with: in quotes, or the first line; None if none."""
    return quoted(without_thinking(written))


def is_accepted(
    answer: str, accepted: Iterable[str], language: Language, *, convert_chinese: bool = False
) -> bool:
    """Tell whether an answer is, after folding, one of the accepted words of a language.

    Args:
        answer: the word that was read.
        accepted: the right words.
        language: that they are in.
        convert_chinese: whether a Chinese answer is converted to the script of its language first,
            as the accepted words were.
    """
    word = chinese.converted(answer, language) if convert_chinese else answer
    return fold(word, language) in {fold(target, language) for target in accepted}
