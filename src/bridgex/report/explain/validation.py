"""Validations and cases in sentences."""

from bridgex.choosers import ORACLE
from bridgex.experiments.case import Case
from bridgex.experiments.validation import Summary, Validation
from bridgex.report.explain.evaluation import compared
from bridgex.report.explain.explanation import Explanation, counted, model_name, notes, percent
from bridgex.report.names import joined, language_names, pair_name, strategy_name
from bridgex.report.points import points, signed, written

FEW_PAIRS = 10
"""Below which choosers are seldom told apart."""


def explain_validation(validation: Validation) -> Explanation:
    """Return what a validation says in sentences."""
    tasks = list(dict.fromkeys(case.task for case in validation.cases))
    pairs = {case.pair for case in validation.cases}
    settings = validation.settings
    gaps = [
        f"{each.chooser} could not serve {pair} ({each.task}): {why}"
        for each in validation.summaries
        for pair, why in each.gaps.items()
    ]
    return Explanation(
        answer=" ".join(_best(validation, task) for task in tasks),
        computed=(
            f"{counted(len(validation.choosers) - (ORACLE in validation.choosers), 'chooser')} "
            f"named a bridge for {counted(len(pairs), 'pair')} on {joined(tasks)}, and every "
            f"candidate was measured on {model_name(settings, validation.signature)}, direct "
            "prompting too.",
            "Regret is what the named bridge falls short of the best candidate; what choosers look "
            "at and what is measured are different items.",
        ),
        why=tuple(_standing(each) for each in validation.summaries if each.chooser != ORACLE),
        change=(
            *(
                (
                    f"More pairs: {counted(len(pairs), 'pair')} tell choosers apart only where "
                    "they differ a great deal.",
                )
                if len(pairs) < FEW_PAIRS
                else ()
            ),
            "More items for each pair (--items), so that the best candidate is the best by more "
            "than luck.",
        ),
        caveats=(
            "A pair on which a chooser names nothing does not count for its regret: see how often "
            "each one named a bridge.",
            *notes((*gaps, *validation.notes)),
        ),
    )


def _best(validation: Validation, task: str) -> str:
    """Say which chooser loses least on a task, and whether that is told apart from others."""
    means = {
        each.chooser: each.regret
        for each in validation.summaries
        if each.task == task and each.chooser != ORACLE and each.regret.value is not None
    }
    if not means:
        return f"{task}: no chooser named a bridge."
    metric = next(case.metric for case in validation.cases if case.task == task)
    least = min(mean.value for mean in means.values() if mean.value is not None)
    first = [name for name, mean in means.items() if mean.value == least]
    pairs = len({case.pair for case in validation.cases if case.task == task})
    served = max(means[name].pairs for name in first)
    over = (
        counted(pairs, "pair")
        if served == pairs
        else f"the {served} of {counted(pairs, 'pair')} on which a bridge was named"
    )
    named = joined(first) if len(first) <= 3 else f"{len(first)} of {len(means)} choosers"
    lose = (
        f"{task}: {named} {'loses' if len(first) == 1 else 'lose'} least against the best bridge, "
        f"{points(metric, least):.1f} points on average over {over}"
    )
    bounds = means[first[0]].interval
    above = [
        name
        for name, mean in means.items()
        if name not in first
        and bounds is not None
        and mean.interval is not None
        and mean.interval.low > bounds.high
    ]
    if len(first) == len(means):
        return f"{lose}; all are alike."
    if len(above) == len(means) - len(first):
        return f"{lose}, and the intervals of all others lie above."
    return f"{lose}; by their intervals, that could be chance."


def _standing(summary: Summary) -> str:
    served = summary.pairs + len(summary.gaps)
    text = (
        f"{summary.chooser} ({summary.task}): a bridge named for {summary.chose} of {served} pairs"
    )
    if summary.regret.value is None:
        return f"{text}."
    regret = f"regret {points(summary.metric, summary.regret.value):.1f} points"
    if summary.regret.interval:
        low, high = (
            points(summary.metric, end)
            for end in (summary.regret.interval.low, summary.regret.interval.high)
        )
        regret += f" ({percent(0.95)} {low:.1f} to {high:.1f})"
    over = (
        f", {signed(summary.metric, summary.over_direct.value)} over direct"
        if summary.over_direct.value is not None
        else ""
    )
    tau = f", τ {summary.tau.value:+.2f}" if summary.tau.value is not None else ""
    return f"{text}; {regret}{over}{tau}."


def explain_case(case: Case) -> Explanation:
    """Return what a case says in sentences."""
    return Explanation(
        answer=compared(case.results, case.items, case.level),
        computed=(
            f"{counted(case.items, 'item')} of {case.task}, {pair_name(case.pair)}, were put to "
            f"{case.model} directly and through every candidate; "
            f"{counted(len(case.chosen), 'chooser')} named a bridge beforehand.",
        ),
        why=(
            *(
                f"{strategy_name(name)}: {written(case.metric, value)}."
                for name, value in case.accuracy.items()
            ),
            *_choices(case),
        ),
        change=("More items narrow the intervals: four times as many halve them.",),
        caveats=(
            "One pair says little of another: see the study or validation that the case is of.",
            *notes(
                [f"{chooser} could not serve the pair: {why}" for chooser, why in case.gaps.items()]
            ),
        ),
    )


def _choices(case: Case) -> list[str]:
    said: dict[str, list[str]] = {}
    for name, chosen in case.chosen.items():
        first = chosen.judgement.first
        said.setdefault(language_names(first) if first else "", []).append(name)
    return [
        f"{joined(names)} {'names' if len(names) == 1 else 'name'} {first or 'no bridge'}."
        for first, names in said.items()
    ]
