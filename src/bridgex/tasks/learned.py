"""Learned metrics of translation: models trained to score a translation as people do.

A metric is a name, a signature, and a function from sources, hypotheses and references to a score
for each of them. Packages add theirs under the entry point group ``bridgex.metrics``: something
that, called with the text after the equals sign of ``--metric name=text``, returns a metric, and
refuses early what it lacks.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bridgex.errors import RequestError
from bridgex.registry import Registry
from bridgex.tasks.comet import Comet


class LearnedMetric(Protocol):
    """Scores translations; it can be hashed, so that the same texts are scored once."""

    @property
    def name(self) -> str:
        """What its values stand under: ``COMET``."""

    def __hash__(self) -> int:
        """Return the same for metrics that are equal."""

    @property
    def signature(self) -> str:
        """What determines its values: its model and version."""

    def score(
        self, sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str]
    ) -> Sequence[float]:
        """Return a score of each hypothesis; an empty one is a missing answer.

        Raises:
            BridgexError: it cannot be computed, with the remedy.
        """


Maker = Callable[[str], LearnedMetric]


def _built_in() -> Mapping[str, Maker]:
    return {"comet": Comet}


def _checked(maker: object) -> Maker:
    if not callable(maker):
        raise RequestError(f"{maker!r} makes no metric; register what takes a text and makes one.")
    return maker


METRICS: Registry[Maker] = Registry("metric", "bridgex.metrics", _built_in, _checked)
"""Name → what makes a metric of the text after the equals sign, which may be empty."""


def metric_named(text: str) -> LearnedMetric:
    """Return the metric of ``NAME`` or ``NAME=TEXT``: ``comet``, ``comet=Unbabel/wmt22-comet-da``.

    Raises:
        RequestError: there is none of that name, or what it needs is missing.
    """
    name, _, rest = text.partition("=")
    return METRICS[name.strip()](rest.strip())


@functools.lru_cache(maxsize=256)
def scores(
    metric: LearnedMetric,
    sources: tuple[str, ...],
    hypotheses: tuple[str, ...],
    references: tuple[str, ...],
) -> tuple[float, ...]:
    """Return a score per item.

    Raises:
        RequestError: the metric gave another number of scores.
    """
    found = tuple(float(score) for score in metric.score(sources, hypotheses, references))
    if len(found) != len(sources):
        raise RequestError(
            f"{metric.name} gave {len(found)} scores for {len(sources)} sentences; give another "
            "--metric."
        )
    return found
