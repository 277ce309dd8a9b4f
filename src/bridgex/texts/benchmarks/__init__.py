"""Benchmarks as typed items, in two languages at once where they are parallel."""

from bridgex.texts.benchmarks.belebele import Belebele
from bridgex.texts.benchmarks.flores import Flores
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
from bridgex.texts.benchmarks.mgsm import Mgsm
from bridgex.texts.benchmarks.reading import BENCHMARKS, read_benchmark, read_items
from bridgex.texts.benchmarks.sib200 import TOPICS, Sib200
from bridgex.texts.benchmarks.xcopa import Xcopa
from bridgex.texts.benchmarks.xnli import Xnli

__all__ = [
    "BENCHMARKS",
    "TOPICS",
    "AnyItem",
    "Belebele",
    "Benchmark",
    "CauseEffectItem",
    "Flores",
    "InferenceItem",
    "InferenceLabel",
    "MathItem",
    "Mgsm",
    "ReadingItem",
    "Relation",
    "Sib200",
    "TopicItem",
    "TranslationItem",
    "Xcopa",
    "Xnli",
    "read_benchmark",
    "read_items",
]
