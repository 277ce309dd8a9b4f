"""A ranking in sentences."""

from collections.abc import Callable, Mapping

from bridgex.bridges import BridgeRanking
from bridgex.bridges.ranking import Null
from bridgex.dependence import p_text
from bridgex.report.explain.explanation import (
    Explanation,
    counted,
    model_name,
    more_text,
    notes,
    percent,
    text_sentence,
)
from bridgex.report.names import joined, language_name, language_names, pair_name


def explain_ranking(ranking: BridgeRanking) -> Explanation:
    """Return what a ranking says in sentences."""
    looked_inside = bool(ranking.layers or ranking.skipped)
    return Explanation(
        answer=answer(ranking),
        computed=tuple(filter(None, _computed(ranking))),
        why=tuple(filter(None, _why(ranking))),
        change=tuple(filter(None, _change(ranking))) if looked_inside else (),
        caveats=(
            "A score says how much a candidate's neurons depend on those that the pair shares; "
            "whether prompts do better through it is measured by bridgex evaluate or validate.",
            *notes(ranking.notes),
        ),
    )


def answer(ranking: BridgeRanking) -> str:
    """Return what a ranking says in at most three sentences, no surer than its verdict."""
    say = _ANSWERS.get(ranking.verdict.kind, _undetermined)
    return say(ranking)


def _clear(ranking: BridgeRanking) -> str:
    first, pair = language_name(next(iter(ranking.scores))), pair_name(ranking.pair)
    rivals = counted(len(ranking.scores) - 1, "other candidate")
    if ranking.verdict.beats_null is False:
        return (
            f"No bridge stands out from {pair}: {first} scores above its {rivals}, but not above "
            "random neurons."
        )
    untested = "" if ranking.verdict.beats_null else " It was not compared with random neurons."
    return f"From {pair}, {first} scores above its {rivals}.{untested}"


def _tie(ranking: BridgeRanking) -> str:
    members = language_names(ranking.verdict.members)
    pair, count = pair_name(ranking.pair), len(ranking.scores)
    if ranking.verdict.beats_null is False:
        return (
            f"No bridge stands out from {pair}: {members} cannot be told apart, and the first of "
            "them does not score above random neurons."
        )
    of = "" if len(ranking.verdict.members) == count else f" of {count} candidates"
    return (
        f"From {pair}, no single bridge wins: {members} score highest{of} and cannot be told apart."
    )


def _no_evidence(ranking: BridgeRanking) -> str:
    return (
        f"No evidence for any bridge from {pair_name(ranking.pair)}: go directly. "
        f"{_sentence(ranking)}"
    )


def _undetermined(ranking: BridgeRanking) -> str:
    return (
        f"No bridge can be named from {pair_name(ranking.pair)}: go directly. {_sentence(ranking)}"
    )


def _untested(ranking: BridgeRanking) -> str:
    first = joined([language_name(code) for code in ranking.first_places], "or")
    return (
        f"From {pair_name(ranking.pair)}, {first} comes first, by one number per candidate that "
        "nothing is tested on."
    )


_ANSWERS: Mapping[str, Callable[[BridgeRanking], str]] = {
    "clear": _clear,
    "tie": _tie,
    "no_evidence": _no_evidence,
    "untested": _untested,
}


def _sentence(ranking: BridgeRanking) -> str:
    """Return the reason of the verdict as a sentence, which may begin with a candidate's code."""
    first, space, rest = ranking.verdict.reason.partition(" ")
    if first in ranking.scores:
        return f"{language_name(first)}{space}{rest}"
    return f"{first[:1].upper()}{first[1:]}{space}{rest}"


def _computed(ranking: BridgeRanking) -> list[str]:
    model = model_name(ranking.provenance, ranking.signature)
    sentences = [
        f"{counted(len(ranking.scores), 'candidate bridge')} from {pair_name(ranking.pair)} were "
        f"ranked on {model}.",
        text_sentence(ranking.provenance),
    ]
    if ranking.words:
        asked, understood = ranking.words.asked, ranking.words.understood
        used = "those" if ranking.words.basis == "understood" else "all of them"
        sentences.append(
            f"Of {counted(asked, 'word')} of the pair, the model translated {understood:,} right "
            f"by itself; activations are of {used}."
        )
    if ranking.layers:
        shown = ", ".join(map(str, ranking.layers))
        band = len(ranking.layers) + len(ranking.skipped)
        sentences.append(
            f"Scores are means over {counted(len(ranking.layers), 'layer')} ({shown}) of the "
            f"{band} in the middle of the model."
        )
    if ranking.matched:
        sentences.append("Candidates were compared at equal numbers of neurons.")
    return sentences


def _why(ranking: BridgeRanking) -> list[str]:
    verdict = ranking.verdict
    known = [(code, score) for code, score in ranking.scores.items() if score.value is not None]
    sentences = [f"The verdict is {verdict.kind.replace('_', ' ')}. {_sentence(ranking)}"]
    if known:
        code, score = known[0]
        bounds = (
            f" ({percent(ranking.level)} {score.interval.low:.3g} to {score.interval.high:.3g})"
            if score.interval
            else ""
        )
        last, least = known[-1]
        below = (
            f"; {language_name(last)}, the last, scores {least.value:.3g}" if len(known) > 1 else ""
        )
        sentences.append(f"{language_name(code)} scores {score.value:.3g}{bounds}{below}.")
        if score.null:
            holds = {True: "is above", False: "is not above", None: "was compared with"}
            sentences.append(
                f"Random neurons of the same layers and number score {score.null.mean:.3g} on "
                f"average and below {score.null.high:.3g} in 95 % of draws; the first place "
                f"{holds[verdict.beats_null]} them (p {_p(score.null)}, corrected for "
                "the number of candidates)."
            )
    if ranking.skipped:
        left_out = "; ".join(f"{layer} ({reason})" for layer, reason in ranking.skipped.items())
        sentences.append(f"Layers that do not count: {left_out}.")
    return sentences


def _p(null: Null) -> str:
    shown = p_text(null.p_corrected, at_floor=null.at_floor)
    return shown if null.at_floor else f"= {shown}"


def _change(ranking: BridgeRanking) -> list[str]:
    words = ranking.words
    few = words is not None and words.basis == "all"
    wider = ranking.skipped or ranking.verdict.kind == "undetermined"
    close = ranking.verdict.kind == "tie"
    return [
        *more_text(ranking.provenance),
        "More words that the model understands: solved examples (--shots 4) or a stronger model."
        if few
        else "",
        "More words of the pair narrow the intervals (--lexicon, --set probe.words)."
        if close and not few
        else "",
        "More layers that count: a higher selection rate (--rate), or fewer candidates."
        if wider
        else "",
        "Other layers (--set bridges.band) or another measure (--preset paper) may order the "
        "candidates otherwise.",
    ]
