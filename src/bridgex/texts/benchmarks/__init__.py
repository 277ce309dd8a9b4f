"""Benchmarks as typed items, in two languages at once where they are parallel."""

from bridgex.texts.benchmarks.items import (
    AnyItem,
    Benchmark,
    CauseEffectItem,
    InferenceItem,
    InferenceLabel,
    MathItem,
    ReadingItem,
    Relation,
    TopicItem,
    TranslationItem,
)

__all__ = [
    "AnyItem",
    "Benchmark",
    "CauseEffectItem",
    "InferenceItem",
    "InferenceLabel",
    "MathItem",
    "ReadingItem",
    "Relation",
    "TopicItem",
    "TranslationItem",
]
