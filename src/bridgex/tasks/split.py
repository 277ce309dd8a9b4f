"""Which words and items are evaluated, and which serve for examples, choosing and probing."""

import hashlib
from dataclasses import dataclass

from bridgex.texts.lexicon import Lexicon
from bridgex.texts.provenance import Provenance
from bridgex.texts.split import Split, split_lexicon

EXAMPLES = 8
"""The most solved examples; the first development items are kept for them."""

PROBE, DEVELOPMENT = 0.5, 0.1
"""Shares of a dictionary's words; the other four tenths are evaluated."""

_ONE_IN = 10


@dataclass(frozen=True)
class Words:
    """A dictionary in parts that share no word and no concept.

    Attributes:
        parts: probe words for rankings, development words for choosers and solved examples, test
            words to evaluate.
        identical: pairs left out since both sides are the same word.
        provenance: of the whole dictionary; every dictionary is divided, so that is no step of it.
    """

    parts: Split
    identical: int
    provenance: Provenance


def split_words(lexicon: Lexicon) -> Words:
    """Divide a dictionary, the same way however many words are then asked for.

    Raises:
        TextError: the dictionary has too few words.
    """
    kept, identical = lexicon.without_identical()
    return Words(
        split_lexicon(kept, probe=PROBE, development=DEVELOPMENT), identical, kept.provenance
    )


def is_development(context: str) -> bool:
    """Tell whether an item with this context is for development: one in ten.

    All questions on one passage are on the same side, whatever else is in the file.
    """
    text = " ".join(context.split()).casefold()
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % _ONE_IN == 0
