"""Small dictionaries for tests."""

from collections.abc import Mapping

from bridgex.languages import find
from bridgex.texts import Lexicon, Provenance


def lexicon(pair: str, entries: Mapping[str, str]) -> Lexicon:
    """Return a dictionary such as ``id-en`` from words with their translations between spaces."""
    source, target = pair.split("-")
    whole = {word: tuple(targets.split()) for word, targets in entries.items()}
    digest = "".join(sorted(pair))
    return Lexicon(find(source), find(target), whole, Provenance(pair, "CC0", (pair,), digest))
