"""The items of benchmarks, one type for each kind of question, and the benchmark that holds them.

Where a benchmark is parallel, an item may speak two languages: what is read is in the *source*
language, what is asked or chosen in the *target* language. Source and target may be the same.

Every item has an ``id`` that is unique within its benchmark and the same in every language.
"""

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Generic, Literal, TypeVar

from bridgex.languages import Language
from bridgex.texts.provenance import Provenance

InferenceLabel = Literal["entailment", "neutral", "contradiction"]
Relation = Literal["cause", "effect"]


@dataclass(frozen=True, slots=True)
class ReadingItem:
    """A question on a passage, with options to choose from (Belebele).

    Attributes:
        id: page and number of the question: ``https://… 2``.
        passage: in the source language.
        question: in the target language.
        options: in the target language.
        answer: index of the right option, from 0.
    """

    id: str
    passage: str
    question: str
    options: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class InferenceItem:
    """Whether a hypothesis follows from a premise (XNLI).

    Attributes:
        id: line of the file, from 1.
        premise: in the source language.
        hypothesis: in the target language.
        label: what the premise says of the hypothesis.
    """

    id: str
    premise: str
    hypothesis: str
    label: InferenceLabel


@dataclass(frozen=True, slots=True)
class CauseEffectItem:
    """The likelier cause or effect of a premise (XCOPA).

    Attributes:
        id: the benchmark's own number (``idx``).
        premise: in the source language.
        asks_for: what the options offer.
        options: in the target language.
        answer: index of the likelier option, 0 or 1.
    """

    id: str
    premise: str
    asks_for: Relation
    options: tuple[str, str]
    answer: int


@dataclass(frozen=True, slots=True)
class MathItem:
    """A word problem whose answer is a number (MGSM).

    Attributes:
        id: line of the file, from 1.
        question: in the source language.
        answer: the number in digits, without separators of thousands: ``5600``.
    """

    id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class TopicItem:
    """A sentence and what it is about (SIB-200).

    Attributes:
        id: the benchmark's own number (``index_id``).
        text: in the source language.
        topic: as the benchmark writes it, in English: ``science/technology``.
    """

    id: str
    text: str
    topic: str


@dataclass(frozen=True, slots=True)
class TranslationItem:
    """A sentence and its translation (FLORES).

    Attributes:
        id: line of the file, from 1.
        source: the sentence in the source language.
        reference: its translation in the target language.
    """

    id: str
    source: str
    reference: str


AnyItem = ReadingItem | InferenceItem | CauseEffectItem | MathItem | TopicItem | TranslationItem
Item_co = TypeVar("Item_co", bound=AnyItem, covariant=True)


@dataclass(frozen=True)
class Benchmark(Generic[Item_co]):
    """The items of one benchmark for one pair of languages.

    Attributes:
        name: ``belebele``, ``xnli``, ``xcopa``, ``mgsm``, ``sib200`` or ``flores``.
        source: language of what is read.
        target: language of what is asked, chosen or written; may be the source language.
        items: in the order of the source language's file.
        left_out: ids of items that are not among ``items``, since the two languages' files give
            them different answers, or ask them differently; empty where one file was read.
        provenance: where they came from.
    """

    name: str
    source: Language
    target: Language
    items: tuple[Item_co, ...]
    left_out: tuple[str, ...]
    provenance: Provenance

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the content: name, both language codes and the items."""
        items = [asdict(item) for item in self.items]
        content = [self.name, self.source.code, self.target.code, items]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
