"""The lexicon and the corpus embedded in this project, read like any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path

from bridgex.errors import TextError
from bridgex.languages import PAPER_LANGUAGES, Language, near_miss
from bridgex.texts.corpus import Corpus, read_corpus
from bridgex.texts.lexicon import Lexicon
from bridgex.texts.lexicon_files import read_lexicon

LICENCE = "Apache-2.0"


def sample_lexicon(source: Language, target: Language) -> Lexicon:
    """Return the embedded dictionary of everyday words for a pair of the paper's languages.

    Raises:
        TextError: one of the languages is not among the fifteen.
    """
    _require(source, "--lexicon PATH")
    _require(target, "--lexicon PATH")
    with _folder() as folder:
        lexicon = read_lexicon(folder / "lexicon.tsv", source, target)
    named = replace(lexicon.provenance, name="bridgex sample lexicon", licence=LICENCE)
    return replace(lexicon, provenance=named)


def sample_corpus(language: Language) -> Corpus:
    """Return the embedded sentences of a language; sentence ``i`` is the same in all of them.

    Raises:
        TextError: the language is not among the fifteen.
    """
    _require(language, "--corpus DIR")
    with _folder() as folder:
        corpus = read_corpus(folder / "corpus", language)
    named = replace(corpus.provenance, name="bridgex sample corpus", licence=LICENCE)
    return replace(corpus, provenance=named)


@contextmanager
def _folder() -> Iterator[Path]:
    with resources.as_file(resources.files("bridgex.texts") / "sample") as folder:
        yield folder


def _require(language: Language, option: str) -> None:
    if language not in PAPER_LANGUAGES:
        codes = " ".join(language.code for language in PAPER_LANGUAGES)
        raise TextError(
            f"The sample data has no {language.name}, only {codes}; give your own with {option}."
            f"{near_miss(language)}"
        )
