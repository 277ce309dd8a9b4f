"""A study's numbers pooled over tasks and pairs, with intervals that respect both."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from scipy.stats import ttest_1samp

from bridgex.experiments.measures import Mean, over_pairs
from bridgex.experiments.study.tables import ASKED, Row, Tables, holm

Key = TypeVar("Key")

OF_CHOOSERS = ("regret", "over_direct", "over_english", "tau", "hit")
OF_STRATEGIES = ("value", "over_direct", "over_english")
DIFFERENCES = ("over_direct", "over_english")
"""Measures that are compared with 0."""


@dataclass(frozen=True)
class Pooled:
    """One measure of one chooser or strategy, over all pairs.

    Attributes:
        model: whose.
        metric: what tasks were measured with; tasks of different metrics are not pooled.
        who: the chooser or strategy.
        measure: what is pooled: ``regret``, ``over_direct``, …
        mean: over pairs, each pair the mean over its tasks; interval by Student's t.
        tasks: how many tasks it covers.
        p_value: of Student's t test against 0, for differences of at least two pairs.
        p_holm: the same corrected for all of its measure and model (Holm 1979).
    """

    model: str
    metric: str
    who: str
    measure: str
    mean: Mean
    tasks: int
    p_value: float | None = None
    p_holm: float | None = None


def pooled_choosers(tables: Tables) -> list[Pooled]:
    """Return how good every chooser was over the whole study.

    Pairs are the units that are drawn from a population, and tasks of one pair share its languages
    and often its texts: so a pair counts as the mean over its tasks, and the interval is Student's
    t over pairs. Pairs that share a language are taken as independent of each other.
    """
    rows = [row for row in tables.choosers if row["gap"] is None]
    return _pooled(rows, lambda row: str(row["chooser"]), OF_CHOOSERS)


def pooled_strategies(tables: Tables) -> list[Pooled]:
    """Return how good every strategy was over the whole study; see `pooled_choosers`."""
    return _pooled(tables.results, lambda row: str(row["strategy"]), OF_STRATEGIES)


def _pooled(
    rows: Sequence[Row], who: Callable[[Row], str], measures: Iterable[str]
) -> list[Pooled]:
    pooled: list[Pooled] = []
    for (model, metric), some in _grouped(rows, lambda row: (row["model"], row["metric"])).items():
        for measure in measures:
            found = [
                _over(model, metric, name, measure, own)
                for name, own in _grouped(some, who).items()
            ]
            tested = [each.p_value for each in found if each.p_value is not None]
            corrected = iter(holm(tested))
            pooled += [
                each if each.p_value is None else replace(each, p_holm=next(corrected))
                for each in found
            ]
    return pooled


def _over(model: str, metric: str, who: str, measure: str, rows: Sequence[Row]) -> Pooled:
    by_pair = {
        pair: _mean([row[measure] for row in some if row[measure] is not None])
        for pair, some in _grouped(rows, lambda row: (row["source"], row["target"])).items()
    }
    values = [value for value in by_pair.values() if value is not None]
    p_value = None
    if measure in DIFFERENCES and len(set(values)) > 1:
        p_value = float(ttest_1samp(values, 0.0).pvalue)
    tasks = len({tuple(row[name] for name in ASKED) for row in rows})
    return Pooled(model, metric, who, measure, over_pairs(by_pair), tasks, p_value)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> Mapping[Key, list[Row]]:
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
