"""A recommendation in sentences."""

from bridgex.experiments.advice import Advice, Tried
from bridgex.report.explain.explanation import (
    Explanation,
    counted,
    model_name,
    notes,
    percent,
)
from bridgex.report.names import joined, pair_name, strategy_name
from bridgex.report.points import signed, written
from bridgex.report.text import visible


def explain_recommendation(advice: Advice) -> Explanation:
    """Return what a recommendation says in sentences."""
    tried = counted(len(advice.tried), "way")
    return Explanation(
        answer=_answer(advice),
        computed=(
            f"{tried} of prompting {model_name(advice.provenance, advice.signature)} for "
            f"{visible(advice.task, keep='')}, {pair_name(advice.pair)}, "
            f"{'was' if len(advice.tried) == 1 else 'were'} tried on "
            f"{counted(advice.items, 'development item')}.",
            "Another way than the direct prompt is recommended only where it is better beyond "
            "chance, corrected for the number of ways compared.",
        ),
        why=(visible(advice.reason, keep=""), *(_way(each, advice) for each in advice.tried)),
        change=(visible(advice.again, keep=""),),
        caveats=(
            "Gains are expected on items like these; measure on items of your own with bridgex "
            "evaluate.",
            *notes(advice.notes),
        ),
    )


def _answer(advice: Advice) -> str:
    if advice.strategy == "direct":
        reason = visible(advice.reason, keep="")
        return f"Prompt directly: no other way is known to be better. {reason}"
    name = _named(advice.strategy)
    if advice.gain is None:
        return f"Prompt {name}. {visible(advice.reason, keep='')}"
    gain = advice.gain
    low, high = signed(advice.metric, gain.low), signed(advice.metric, gain.high)
    times = "" if advice.times is None else f", at {advice.times:.1f} times the cost of an item"
    return (
        f"Prompt {name}: {signed(advice.metric, gain.value)} points over direct are expected "
        f"({percent(advice.level)}, corrected: {low} to {high}){times}."
    )


def _named(strategy: str) -> str:
    kind, _, members = strategy.partition(":")
    if "+" not in members:
        return strategy_name(strategy)
    ways = [member.partition("@") for member in members.split("+")]
    shares = [
        strategy_name(way if way == "direct" or ":" in way else f"bridge:{way}")
        + (f" ({weight} %)" if weight else "")
        for way, _, weight in ways
    ]
    return f"in {len(ways)} ways together, by {kind.partition('[')[0]}: {joined(shares)}"


def _way(each: Tried, advice: Advice) -> str:
    value = f"{each.name}: {written(advice.metric, each.value)} {advice.metric}"
    if each.gain is None:
        return f"{value}."
    return (
        f"{value}, right on {each.gain.gained} items where direct is worse and on "
        f"{each.gain.lost} the other way round."
    )
