"""The seven tasks done for real: direct and through bridges, with raw answers to read.

    python benchmarks/task_runs.py DATA [MODEL …] [--items 40] [--answers 10]

DATA is a folder with flores200, belebele, xnli, xcopa, mgsm, sib200 and omw-wikt in their
publishers' formats. Prints the table of docs/results.md, then raw answers of each task.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import bridgex
from bridgex.evaluation.results import Evaluation, StrategyResult
from bridgex.report.progress import stderr_progress


@dataclass(frozen=True)
class Case:
    """A task in a pair; ``data`` is a folder of the benchmark, or of dictionaries for bli."""

    task: str
    pair: str
    bridges: str
    data: str
    shots: int = 0
    split: str | None = None


CASES = (
    Case("bli", "es fr", "en it", "omw-wikt", shots=4),
    Case("bli", "id zh", "en", "omw-wikt", shots=4),
    Case("mrc", "de en", "fr", "belebele"),
    Case("nli", "sw de", "en", "xnli"),
    Case("commonsense", "id it", "en", "xcopa"),
    Case("mathematics", "ja de", "en", "mgsm", shots=2),
    Case("topic", "he ar", "en", "sib200", split="dev"),
    Case("translation", "es de", "en", "flores200/devtest", shots=2),
    Case("translation", "id ja", "en", "flores200/devtest", shots=2),
)


def evaluated(session: bridgex.Session, case: Case, data: Path, items: int) -> Evaluation:
    source, target = case.pair.split()
    folder = data / case.data
    return session.evaluate(
        source,
        target,
        task=case.task,
        strategies=["direct", *(f"bridge:{each}" for each in case.bridges.split())],
        texts=bridgex.Texts(
            data=None if case.task == "bli" else folder,
            lexicon=(folder,) if case.task == "bli" else (),
            split=case.split,
        ),
        asking=bridgex.TaskSettings(items=items, shots=case.shots),
    )


def row(found: Evaluation, each: StrategyResult) -> str:
    measure = each.measures[0]
    bounds = each.intervals[measure.metric]
    scale = 100 if measure.metric == "accuracy" else 1
    against = each.differences.get("direct", {}).get(measure.metric)
    difference = f"{against.value * scale:+.1f} ({against.p_value:.2g})" if against else "—"
    problems = (
        ", ".join(
            f"{count} {problem.replace('_', ' ')}" for problem, count in each.problems.items()
        )
        or "—"
    )
    return (
        f"| {found.task} {'→'.join(found.pair)} | {found.items} | {each.name} "
        f"| {measure.value * scale:.1f} ({bounds.low * scale:.1f}–{bounds.high * scale:.1f}) "
        f"| {difference} | {problems} |"
    )


def answers(found: Evaluation, most: int) -> None:
    """Print raw answers of the first and the last strategy, for the eye."""
    for each in (found.results[0], found.results[-1]):
        print(f"\n{found.task} {'→'.join(found.pair)} {each.name}")
        for one in each.outcomes[:most]:
            pivot = f" via {one.pivot!r}" if one.pivot is not None else ""
            said = one.written if one.written is not None else one.scored
            print(f"  {one.prompt[-70:]!r}{pivot}\n    → {said!r} read as {one.answer!r}", end="")
            print(f", accepted {one.accepted!r}, {one.score:.3g}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="*", default=["demo"])
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--answers", type=int, default=10)
    asked = parser.parse_args()
    for model in asked.models:
        session = bridgex.Session(model, progress=stderr_progress())
        print(f"\n### {Path(model).name}\n")
        print("| task | items | strategy | score (95 %) | − direct (p) | problems |")
        print("|---|---|---|---|---|---|")
        done = []
        for case in CASES:
            found = evaluated(session, case, asked.data, asked.items)
            done.append(found)
            for each in found.results:
                print(row(found, each), flush=True)
        print(f"\n{done[0].signature}")
        for found in done:
            answers(found, asked.answers)


if __name__ == "__main__":
    main()
