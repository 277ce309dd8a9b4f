"""Lexicons and corpora, each with where it came from."""

from bridgex.texts.compose import Composed, Composition, compose
from bridgex.texts.corpus import Corpus, read_corpus, read_parallel
from bridgex.texts.lexicon import Lexicon
from bridgex.texts.lexicon_files import read_lexicon, write_lexicon
from bridgex.texts.provenance import LICENCE_NOT_STATED, Provenance
from bridgex.texts.sample import sample_corpus, sample_lexicon
from bridgex.texts.split import Split, split_lexicon
from bridgex.texts.words import fold

__all__ = [
    "LICENCE_NOT_STATED",
    "Composed",
    "Composition",
    "Corpus",
    "Lexicon",
    "Provenance",
    "Split",
    "compose",
    "fold",
    "read_corpus",
    "read_lexicon",
    "read_parallel",
    "sample_corpus",
    "sample_lexicon",
    "split_lexicon",
    "write_lexicon",
]
