"""Bilingual dictionaries, however they were read or made."""

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bridgex.languages import Language
from bridgex.texts.provenance import Provenance
from bridgex.texts.words import POINTED, fold, unpointed


@dataclass(frozen=True)
class Lexicon:
    """A bilingual dictionary.

    Attributes:
        source: language of the words.
        target: language of their translations.
        entries: source word → accepted target words, at least one each. Order is that of the
            files: frequent words first where the publisher sorts so, likely targets first.
        provenance: where it came from.
        converted: whether its Chinese words were converted to the script of their language;
            answers are then converted, too, before they are compared with them.
    """

    source: Language
    target: Language
    entries: Mapping[str, tuple[str, ...]]
    provenance: Provenance
    converted: bool = False

    @classmethod
    def of(
        cls,
        pairs: Iterable[tuple[str, str]],
        source: Language,
        target: Language,
        provenance: Provenance,
    ) -> "Lexicon":
        """Return the dictionary of word pairs, words and targets in order of appearance.

        Spellings that differ in Hebrew points or Arabic harakat only are one word, written as the
        first of them.
        """
        if POINTED & {source.script, target.script}:
            pairs = _one_spelling(pairs, source, target)
        entries: dict[str, dict[str, None]] = {}
        for word, translation in pairs:
            entries.setdefault(word, {})[translation] = None
        whole = {word: tuple(targets) for word, targets in entries.items()}
        return cls(source, target, whole, provenance)

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: both language codes and the entries in their order."""
        content = [self.source.code, self.target.code, list(self.entries.items())]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield (source word, target word), a word's targets one after the other."""
        return ((word, target) for word, targets in self.entries.items() for target in targets)

    def reversed(self) -> "Lexicon":
        """Return the dictionary from target to source, target words in order of appearance."""
        pairs = ((target, source) for source, target in self.pairs())
        turned = Lexicon.of(pairs, self.target, self.source, self.provenance.then("reversed"))
        return replace(turned, converted=self.converted)

    def without_identical(self) -> tuple["Lexicon", int]:
        """Return the dictionary without pairs of identical words, and how many pairs that dropped.

        Names, cognates and untranslated words: a copy of the source word would count as its
        translation. Identical means equal after ``fold``; a word with no other target goes whole.
        """
        kept: dict[str, tuple[str, ...]] = {}
        dropped = 0
        for word, targets in self.entries.items():
            copied = fold(word, self.source)
            others = tuple(target for target in targets if fold(target, self.target) != copied)
            dropped += len(targets) - len(others)
            if others:
                kept[word] = others
        return replace(self, entries=kept), dropped


def _one_spelling(
    pairs: Iterable[tuple[str, str]], source: Language, target: Language
) -> Iterator[tuple[str, str]]:
    words: dict[str, str] = {}
    translations: dict[str, str] = {}
    for word, translation in pairs:
        yield (
            words.setdefault(unpointed(word, source), word),
            translations.setdefault(unpointed(translation, target), translation),
        )
