"""From sentences to the token sequences that language statistics are counted on."""

from collections.abc import Sequence
from typing import Literal

from bridgex.lm.batches import Encoded
from bridgex.lm.model import LanguageModel

Sequences = Literal["sentences", "windows"]
WINDOW = 2048
"""Tokens of a window (Xu et al. 2025)."""


def sentences_within(model: LanguageModel, sentences: Sequence[str], tokens: int) -> int:
    """Return how many sentences, from the first on, reach a number of tokens together.

    Special tokens do not count. Where all sentences have fewer tokens, that is all of them.
    """
    total = 0
    for count, sentence in enumerate(sentences):
        if total >= tokens:
            return count
        total += model.encode([sentence], whole=True)[0].special.count(False)
    return len(sentences)


def sequences(model: LanguageModel, sentences: Sequence[str], how: Sequences) -> list[Encoded]:
    """Tokenise a corpus.

    ``sentences``: one sentence a sequence. ``windows``: all sentences joined by line breaks, cut
    every 2,048 tokens or at the model's context if that is shorter.

    Raises:
        ModelError: a sentence is longer than the model's context.
    """
    if how == "sentences":
        return model.encode(sentences)
    whole = model.encode(["\n".join(sentences)], whole=True)[0]
    size = min(WINDOW, model.context)
    return [
        Encoded(whole.ids[start : start + size], whole.special[start : start + size])
        for start in range(0, len(whole), size)
    ]
