"""What a task's number depends on: style of the prompt and rule of scoring, over languages.

    python -m benchmarks.task_tables DATA [MODEL …] [--items 100] [--tasks topic,nli,…]

DATA is a folder with sib200, xnli, xcopa, belebele and mgsm in their publishers' formats. Prints
the tables of docs/results.md: accuracy in percent of one task a row, going directly, and in
brackets the share of the commonest answer. One run of the model serves every rule of scoring.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bridgex
from bridgex.errors import RequestError
from bridgex.evaluation.results import Evaluation
from bridgex.report.progress import stderr_progress
from bridgex.tasks.request import Style
from bridgex.tasks.scoring import RULES


@dataclass(frozen=True)
class Rows:
    """A task over languages.

    Attributes:
        task: its name.
        data: the folder of its benchmark.
        pairs: source and target.
        styles: of prompts.
        split: where a language has several files.
        shots: solved examples.
    """

    task: str
    data: str
    pairs: tuple[str, ...]
    styles: tuple[Style, ...] = ("default", "lm-eval")
    split: str | None = None
    shots: int = 0


TABLES = (
    Rows("topic", "sib200", ("de en", "he ar", "id fr", "ja zh", "sw sw"), split="train"),
    Rows("nli", "xnli", ("de en", "sw zh", "fr de", "zh fr", "en sw")),
    Rows("commonsense", "xcopa", ("id it", "zh sw", "it zh", "sw id", "zh zh")),
    Rows("mrc", "belebele", ("de en", "en de", "en en", "de de")),
    Rows("mathematics", "mgsm", ("en en", "de en", "es fr", "zh ja", "sw sw"), shots=8),
)


def evaluated(
    session: bridgex.Session, rows: Rows, pair: str, style: Style, data: Path, items: int
) -> Evaluation:
    return session.evaluate(
        *pair.split(),
        task=rows.task,
        strategies=["direct"],
        texts=bridgex.Texts(data=data / rows.data, split=rows.split),
        asking=bridgex.TaskSettings(items=items, shots=rows.shots, prompt=style),
    )


def cells(found: Evaluation) -> Iterator[str]:
    """Yield what each rule comes to, the task's own in bold; once where answers are written."""
    for rule in RULES if found.scoring else ():
        try:
            result = found.rescored(rule).results[0]
        except RequestError:
            yield "—"
            continue
        share = result.commonest.share if result.commonest else 0.0
        value = f"{100 * result.value:.0f} ({100 * share:.0f})"
        yield f"**{value}**" if rule == found.scoring else value
    if not found.scoring:
        result = found.results[0]
        problems = ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in result.problems.items()
        )
        values = (f"{100 * measure.value:.0f}" for measure in result.measures)
        yield " / ".join(values) + (f"; {problems}" if problems else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="*", default=["demo"])
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--tasks", default=",".join(rows.task for rows in TABLES))
    asked = parser.parse_args()
    for model in asked.models:
        session = bridgex.Session(model, progress=stderr_progress())
        for rows in (rows for rows in TABLES if rows.task in asked.tasks.split(",")):
            heads = ["accuracy / strict"] if rows.task == "mathematics" else list(RULES)
            print(f"\n{Path(model).name}, {rows.task}\n")
            print(f"| pair | prompts | items | chance, majority | {' | '.join(heads)} |")
            print(f"|{'---|' * (4 + len(heads))}")
            for pair in rows.pairs:
                for style in rows.styles:
                    found = evaluated(session, rows, pair, style, asked.data, asked.items)
                    against = found.baselines
                    known = (
                        f"{100 * against.chance:.0f}, {100 * against.majority:.0f}"
                        if against and against.chance is not None
                        else "—"
                    )
                    print(
                        f"| {pair.replace(' ', '→')} | {style} | {found.items} | {known} | "
                        f"{' | '.join(cells(found))} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
