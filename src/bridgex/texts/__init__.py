"""Lexicons and corpora, each with where it came from."""

from bridgex.texts.corpus import Corpus, read_corpus, read_parallel
from bridgex.texts.lexicon import Lexicon, read_lexicon
from bridgex.texts.provenance import LICENCE_NOT_STATED, Provenance
from bridgex.texts.sample import sample_corpus, sample_lexicon
from bridgex.texts.words import fold

__all__ = [
    "LICENCE_NOT_STATED",
    "Corpus",
    "Lexicon",
    "Provenance",
    "fold",
    "read_corpus",
    "read_lexicon",
    "read_parallel",
    "sample_corpus",
    "sample_lexicon",
]
