"""An evaluation in sentences."""

from collections.abc import Mapping, Sequence

from bridgex.evaluation.results import Evaluation, StrategyResult
from bridgex.report.explain.explanation import (
    Explanation,
    counted,
    model_name,
    notes,
    percent,
)
from bridgex.report.names import joined, pair_name, strategy_name
from bridgex.report.points import signed, written
from bridgex.tasks.outcomes import Problem

DIRECT = "direct"


def compared(results: Sequence[StrategyResult], items: int, level: float) -> str:
    """Return how the strategies compare, no surer than their paired intervals."""
    metric = results[0].measures[0].metric
    ways = {result.strategy: result for result in results}
    direct = ways.get(DIRECT)
    others = [result for strategy, result in ways.items() if strategy != DIRECT]
    if direct is None or not others:
        best = max(ways.values(), key=lambda result: result.value)
        return (
            f"{_begun(strategy_name(best.strategy))}: {written(metric, best.value)} {metric} on "
            f"{counted(items, 'item')}; there is nothing to compare it with."
            if len(ways) == 1
            else f"Highest {strategy_name(best.strategy)}: {written(metric, best.value)} {metric} "
            f"on {counted(items, 'item')}; direct prompting was not measured."
        )
    best = max(others, key=lambda result: result.value)
    difference = best.differences[DIRECT][metric]
    low, high = (signed(metric, end) for end in (difference.interval.low, difference.interval.high))
    gap = f"{signed(metric, difference.value)} points over direct, {percent(level)} {low} to {high}"
    name = _begun(strategy_name(best.strategy))
    many = f", the best of {len(others)} ways," if len(others) > 1 else ""
    if difference.interval.low > 0:
        chosen = " It was picked among several, which favours it." if len(others) > 1 else ""
        return f"{name}{many} beats direct prompting: {gap}, on {counted(items, 'item')}.{chosen}"
    if difference.interval.high < 0:
        return f"Go direct: {strategy_name(best.strategy)}{many} loses, {gap}."
    return (
        f"Too close to call on {counted(items, 'item')}: {strategy_name(best.strategy)}{many} has "
        f"{gap}."
    )


def explain_evaluation(evaluation: Evaluation) -> Explanation:
    """Return what an evaluation says in sentences."""
    results = evaluation.results
    metric = results[0].measures[0].metric
    provenance = evaluation.provenance
    how = {"generate": "wrote its answers", "likelihood": "was scored on the options"}
    asked = how.get(str(provenance.get("answering")), "answered")
    shots = provenance.get("shots")
    return Explanation(
        answer=compared(results, evaluation.items, evaluation.level),
        computed=(
            f"{counted(evaluation.items, 'item')} of {evaluation.task}, "
            f"{pair_name(evaluation.pair)}, were put to "
            f"{model_name(provenance, evaluation.signature)} in "
            f"{counted(len(results), 'way')}; it {asked}"
            f"{f' after {shots} solved examples' if shots else ''}.",
            "Every way is compared on the same items, item by item.",
        ),
        why=tuple(
            [f"{_begun(evaluation.recommendation)}" for _ in [0] if evaluation.recommendation]
            + [_way(result, metric, evaluation.level) for result in _once(results)]
            + _baselines(evaluation)
            + _problems(results)
        ),
        change=(
            "More items narrow the intervals: four times as many halve them.",
            "Solved examples before each prompt (--shots), or another way to answer (--answer).",
        ),
        caveats=(
            *notes(evaluation.warnings),
            "The best of several ways on these items is not the best on others: choose on "
            "development items, and evaluate once.",
            *notes(evaluation.notes),
        ),
    )


def _baselines(evaluation: Evaluation) -> list[str]:
    known = evaluation.baselines
    if known is None:
        return []
    chance = "" if known.chance is None else f"blind choice gets {known.chance * 100:.1f} % right, "
    return [
        f"For comparison: {chance}one answer given every time gets {known.majority * 100:.1f} % "
        "right at most."
    ]


def _once(results: Sequence[StrategyResult]) -> list[StrategyResult]:
    """Return each strategy once, also where ``auto`` stood for one that was asked for."""
    return list({result.strategy: result for result in reversed(results)}.values())[::-1]


def _begun(text: str | None) -> str:
    return (text or "")[:1].upper() + (text or "")[1:]


def _way(result: StrategyResult, metric: str, level: float) -> str:
    bounds = result.intervals[metric]
    text = (
        f"{_begun(strategy_name(result.strategy))}: {written(metric, result.value)} "
        f"{metric} ({percent(level)} {written(metric, bounds.low)} to "
        f"{written(metric, bounds.high)})"
    )
    against = [
        f"{signed(metric, each[metric].value)} against {strategy_name(rival)}, right on "
        f"{each[metric].gained} items where that is wrong and wrong on {each[metric].lost} where "
        f"it is right (p = {each[metric].p_value:.2g})"
        for rival, each in result.differences.items()
        if metric in each and metric == "accuracy"
    ]
    return f"{text}; {joined(against)}." if against else f"{text}."


def _problems(results: Sequence[StrategyResult]) -> list[str]:
    return [
        f"{_begun(strategy_name(result.strategy))}: "
        + ", ".join(_problem(name, count) for name, count in result.problems.items())
        + "."
        for result in results
        if result.problems
    ]


_PROBLEMS: Mapping[Problem, str] = {
    "too_long": "missing since the prompt is too long",
    "no_pivot": "missing since nothing was written in the bridge language",
    "pivot_repeats": "after a translation into the bridge language that repeats itself",
    "empty": "empty",
    "repeats": "repeating themselves",
    "unfinished_thinking": "missing since thinking did not end",
    "unreadable": "that no answer can be read from",
    "echoes_source": "echoing the source",
    "wrong_script": "in another script than that of the language",
    "no_member_answer": "missing since no member gave one",
}
"""What is wrong with answers, after their number."""


def _problem(problem: Problem, count: int) -> str:
    return f"{counted(count, 'answer')} {_PROBLEMS[problem]}"
