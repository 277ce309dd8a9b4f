"""What a bridge does to word translation, in clear text: for a first look."""

from rich.console import Console
from rich.text import Text

from bridgex.evaluation.results import Evaluation
from bridgex.report.explain import explain
from bridgex.report.names import language_name, strategy_name
from bridgex.report.points import written
from bridgex.report.text import visible
from bridgex.tasks.outcomes import Outcome


def print_bridged(evaluation: Evaluation, console: Console) -> None:
    """Print how words fared directly and through one bridge, and one of them word by word.

    Args:
        evaluation: of word translation, its results directly and through the bridge.
        console: where to print.
    """
    direct, bridged = evaluation.results
    metric = direct.measures[0].metric
    values = ", ".join(
        f"{strategy_name(result.strategy)} {written(metric, result.value)}"
        for result in (direct, bridged)
    )
    console.print(Text(f"\nIs the bridge worth it? On {evaluation.items} words: {values}.", "bold"))
    console.print(Text(explain(evaluation).answer), soft_wrap=True)
    pairs = list(zip(direct.outcomes, bridged.outcomes, strict=True))
    shown, through = max(pairs, key=lambda pair: (pair[1].score, -pair[0].score))
    bridge = bridged.strategy.partition(":")[2]
    spoken = [language_name(code) for code in (evaluation.pair[0], bridge, evaluation.pair[1])]
    words = (through.item, through.pivot, through.answer)
    chain = " → ".join(
        f'{name} "{visible(word or "", keep="")}"' for name, word in zip(spoken, words, strict=True)
    )
    console.print(
        Text(f"One of them: {chain}, {_mark(through)}. Directly: {_answer(shown)}."), soft_wrap=True
    )


def _answer(outcome: Outcome) -> str:
    return f'"{visible(outcome.answer or "", keep="")}", {_mark(outcome)}'


def _mark(outcome: Outcome) -> str:
    return "right" if outcome.score else "wrong"
