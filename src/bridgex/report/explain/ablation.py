"""An ablation in sentences."""

from bridgex.evaluation.ablation import ANCHOR, RANDOM, SAME_SCRIPT
from bridgex.experiments.ablated import Ablation, Change
from bridgex.lm.ablation import How
from bridgex.report.explain.explanation import (
    Explanation,
    counted,
    model_name,
    notes,
    percent,
    text_sentence,
)
from bridgex.report.names import language_name, language_names, pair_name, strategy_name

HELD = {
    "zero": "at 0",
    "mean": "at its mean over the texts",
    "resample": "at its values on tokens drawn from the texts",
}


def explain_ablation(ablation: Ablation) -> Explanation:
    """Return what an ablation says in sentences."""
    provenance = ablation.provenance
    held = " or ".join(HELD[how] for how in ablation.hows)
    return Explanation(
        answer=_answer(ablation, ablation.hows[0]),
        computed=(
            f"{model_name(provenance, ablation.signature)} answered "
            f"{counted(ablation.items, 'word')}, {pair_name(ablation.pair)}, directly and through "
            f"{language_names(ablation.bridges)}; then again with each silenced neuron {held}.",
            *([text] if (text := text_sentence(provenance)) else []),
            "Each set is compared with sets of as many neurons in the same layers and of about the "
            "same activation rate, on the same words. What is compared is the log-probability of "
            "the accepted answers, which shows changes long before accuracy does.",
        ),
        why=tuple(
            sentence
            for how in ablation.hows
            for sentence in (
                *_anchor(ablation, how),
                *(
                    _chain(code, change, how, ablation.level)
                    for code, change in ablation.own_chains(how).items()
                ),
                *_agreement(ablation, how),
            )
        ),
        change=(
            "More words (--items) narrow the intervals; more draws (--draws) make smaller p-values "
            "possible.",
            "Another way to silence (--how zero,mean,resample), and a higher rate (--rate) where "
            "sets are small.",
        ),
        caveats=(
            "Harm says that the model needs these neurons, not that they stand for the language: "
            "a set may matter for its script or for being active often, which the controls take "
            "away only as far as they match.",
            "Prompts keep the renderings of the whole model, so the log-probabilities show what is "
            "lost in reading the bridge and answering; the change of accuracy has renderings "
            "written anew.",
            *notes(ablation.notes),
        ),
    )


def _answer(ablation: Ablation, how: How) -> str:
    chains = ablation.own_chains(how)
    compared = [code for code, change in chains.items() if RANDOM in change.controls]
    if not compared:
        return (
            f"From {pair_name(ablation.pair)}, no bridge's neurons could be compared with random "
            "ones."
        )
    harmful = ablation.harmful(how)
    pair = pair_name(ablation.pair)
    if not harmful:
        said = (
            f"From {pair}, silencing a bridge's neurons costs the chain through it no more than "
            f"silencing random ones does, for any of {counted(len(compared), 'bridge')}."
        )
    elif len(harmful) == len(compared):
        said = (
            f"From {pair}, every chain needs the neurons of its bridge more than random ones "
            f"({language_names(harmful)})."
        )
    else:
        said = (
            f"From {pair}, {len(harmful)} of {counted(len(compared), 'chain')} need the neurons of "
            f"their bridge more than random ones: {language_names(harmful)}."
        )
    agreement = ablation.agreement(how)
    if agreement is None:
        return said
    return (
        f"{said} Kendall's τ between that harm and the accuracy of the bridges is {agreement:+.2f} "
        f"over {counted(len(compared), 'bridge')}, which are too few to say more."
    )


def _anchor(ablation: Ablation, how: How) -> list[str]:
    for each in ablation.sets:
        change = each.change("direct")
        if each.name == ANCHOR and each.how == how and change is not None:
            return [
                f"Anchor ({counted(each.neurons, 'neuron')}), {how}, answering directly: "
                f"{_compared(change, ablation.level)}"
            ]
    return []


def _chain(code: str, change: Change, how: How, level: float) -> str:
    return (
        f"{language_name(code)}, {how}, {strategy_name(change.strategy)}: "
        f"{_compared(change, level)}"
    )


def _compared(change: Change, level: float) -> str:
    said = f"{change.value:+.2f} nats"
    random = change.controls.get(RANDOM)
    if random is not None:
        bounds = (
            f" ({percent(level)} {random.interval.low:+.2f} to {random.interval.high:+.2f})"
            if random.interval
            else ""
        )
        said += (
            f", random neurons {random.value:+.2f}: a difference of {random.difference:+.2f}"
            f"{bounds}, p = {random.p_corrected:.2g}"
        )
    script = change.controls.get(SAME_SCRIPT)
    if script is not None:
        said += (
            f"; from neurons of other bridges in the same script it differs by "
            f"{script.difference:+.2f} (p = {script.p_corrected:.2g})"
        )
    return f"{said}."


def _agreement(ablation: Ablation, how: How) -> list[str]:
    agreement = ablation.agreement(how)
    if agreement is None:
        return []
    return [
        f"Kendall's τ over the bridges between harm beyond random neurons ({how}) and accuracy: "
        f"{agreement:+.2f}."
    ]
