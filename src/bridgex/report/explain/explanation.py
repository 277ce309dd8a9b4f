"""What an explanation is, and the words that all of them share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridgex.report.names import joined

STABLE_TOKENS = 10_000
"""Tokens of text below which a language's neurons are not stable (design, section 5)."""


@dataclass(frozen=True)
class Explanation:
    """A result in plain sentences.

    Attributes:
        answer: what it says, first of all; at most three sentences.
        computed: what was computed, from what.
        why: what the answer rests on.
        change: what would change it or make it surer.
        caveats: what it does not say.
    """

    answer: str
    computed: tuple[str, ...]
    why: tuple[str, ...]
    change: tuple[str, ...]
    caveats: tuple[str, ...]

    @property
    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Heading and sentences of each part that has any, the answer left out."""
        parts = (
            ("What was computed", self.computed),
            ("Why", self.why),
            ("What would change it", self.change),
            ("What it does not say", self.caveats),
        )
        return tuple((heading, sentences) for heading, sentences in parts if sentences)


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun: ``1 pair``, ``1,200 pairs``."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def percent(level: float) -> str:
    """Return a confidence level as it is written: ``95 %``."""
    return f"{level * 100:g} %"


def span(numbers: Collection[int]) -> str:
    """Return the least and the greatest of some numbers: ``5,416 to 9,438``."""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def text_sentence(provenance: Mapping[str, Any]) -> str:
    """Say how much text was read; empty where the result does not say."""
    corpora = provenance.get("corpora") or {}
    tokens = {code: facts["tokens"] for code, facts in corpora.items() if "tokens" in facts}
    if not tokens:
        return ""
    names = list(dict.fromkeys(facts.get("name", "") for facts in corpora.values()))
    return (
        f"The model read {span(tokens.values())} tokens of each of "
        f"{counted(len(tokens), 'language')} ({joined([name for name in names if name])})."
    )


def more_text(provenance: Mapping[str, Any]) -> tuple[str, ...]:
    """Say that more text would help, where there is little."""
    corpora = provenance.get("corpora") or {}
    short = [code for code, facts in corpora.items() if facts.get("tokens", 0) < STABLE_TOKENS]
    if not short:
        return ()
    return (
        f"More text: {len(short)} of {counted(len(corpora), 'language')} have fewer than "
        f"{STABLE_TOKENS:,} tokens, and their neurons are not stable yet (--corpus).",
    )


def model_name(provenance: Mapping[str, Any], signature: str) -> str:
    """Return what the model is called."""
    model = provenance.get("model") or {}
    return str(model.get("name") or signature.partition(" · ")[0] or "the model")


def notes(sentences: Sequence[str]) -> tuple[str, ...]:
    """Return the notes of a result as sentences."""
    return tuple(dict.fromkeys(note if note.endswith(".") else f"{note}." for note in sentences))
