"""Chinese in simplified and in traditional characters: told apart, and converted when asked.

Many sources do not say which they have: MUSE writes ``zh`` and means traditional characters, FLORES
``zho_Hans``. They are told apart by the characters that only one of two national character sets
has, GB 2312 (simplified) or Big5 (traditional); most characters are in both and say nothing.

Converting is OpenCC's work (extra ``chinese``), phrase by phrase: 後 and 后 are one character in
simplified writing, so the way back needs context.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import metadata

from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.texts.corpus import Corpus
from bridgex.texts.lexicon import Lexicon

SCRIPTS = {"Hans": "simplified", "Hant": "traditional"}
TOLERATED = 0.05
"""Share of telling characters in the other script that quotations and names may make up."""

_CONFIGURATIONS = {"Hans": "t2s", "Hant": "s2t"}


@dataclass(frozen=True, slots=True)
class Characters:
    """How many characters of a text exist in one of the two scripts only.

    Attributes:
        simplified: characters of GB 2312 that Big5 lacks.
        traditional: characters of Big5 that GB 2312 lacks.
    """

    simplified: int
    traditional: int

    def fit(self, script: str) -> bool:
        """Whether the text can be in a script (``Hans``, ``Hant``), a few quotations aside."""
        other = self.traditional if script == "Hans" else self.simplified
        return other <= TOLERATED * (self.simplified + self.traditional)


def is_chinese(language: Language) -> bool:
    """Whether a language is written in Chinese characters alone."""
    return language.script in SCRIPTS


def characters(texts: Iterable[str]) -> Characters:
    """Count the characters of Chinese texts that tell the two scripts apart."""
    counts = Counter(map(_only_in, "".join(texts)))
    return Characters(counts["Hans"], counts["Hant"])


def other_script(what: str, texts: Iterable[str], language: Language) -> str | None:
    """Return a sentence that says so where Chinese texts are in the other script, or nothing."""
    if not is_chinese(language):
        return None
    counts = characters(texts)
    if counts.fit(language.script):
        return None
    return (
        f"The Chinese of the {what} has {counts.traditional:,} characters that only traditional "
        f"writing has and {counts.simplified:,} that only simplified has, where "
        f"{SCRIPTS[language.script]} is expected; --convert-chinese converts it."
    )


def converted_lexicon(lexicon: Lexicon) -> Lexicon:
    """Return a dictionary whose Chinese words are in the script of their language.

    Raises:
        TextError: OpenCC is not installed.
    """
    scripts = [
        language.script for language in (lexicon.source, lexicon.target) if is_chinese(language)
    ]
    if not scripts:
        return lexicon
    source, target = (
        _converter(language.script) if is_chinese(language) else str
        for language in (lexicon.source, lexicon.target)
    )
    pairs = ((source(word), target(translation)) for word, translation in lexicon.pairs())
    provenance = lexicon.provenance.then(" and ".join(map(step, scripts)))
    made = Lexicon.of(pairs, lexicon.source, lexicon.target, provenance)
    return replace(made, converted=True)


def converted_corpus(corpus: Corpus) -> Corpus:
    """Return a corpus in the script of its language, if that is Chinese.

    Raises:
        TextError: OpenCC is not installed.
    """
    if not is_chinese(corpus.language):
        return corpus
    sentences = tuple(map(_converter(corpus.language.script), corpus.sentences))
    provenance = corpus.provenance.then(step(corpus.language.script))
    return replace(corpus, sentences=sentences, provenance=provenance)


def converted(text: str, language: Language) -> str:
    """Return a text in the script of its language, if that is Chinese.

    Raises:
        TextError: OpenCC is not installed.
    """
    return _converter(language.script)(text) if is_chinese(language) else text


@functools.cache
def _only_in(character: str) -> str | None:
    """The script that a character belongs to alone, or nothing."""
    if not "\u4e00" <= character <= "\u9fff":
        return None
    simplified, traditional = (_has(codec, character) for codec in ("gb2312", "big5"))
    if simplified == traditional:
        return None
    return "Hans" if simplified else "Hant"


def _has(codec: str, character: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@functools.cache
def _converter(script: str) -> Callable[[str], str]:
    try:
        from opencc import OpenCC
    except ImportError:
        raise TextError(
            "Converting Chinese needs OpenCC; install it with pip install 'bridgex[chinese]'."
        ) from None
    convert: Callable[[str], str] = OpenCC(_CONFIGURATIONS[script]).convert
    return convert


def step(script: str) -> str:
    """Return the step of a provenance that says what was done, and by what."""
    return f"converted to {SCRIPTS[script]} Chinese with OpenCC {metadata.version('opencc')}"
