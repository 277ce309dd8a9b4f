"""How long a study's report takes, and how large it is: 15 languages, 56 cases, 100 items each.

The first page of a process starts the engine that draws; the second is what each one after takes.
Run: PYTHONPATH=. python benchmarks/report_speed.py
"""

import random
import time
from dataclasses import replace
from itertools import combinations

from tests.report.made import case, ranking, spectrum, task_results, validation

from bridgex.bridges import Score, Verdict
from bridgex.experiments.case import Case, Chosen
from bridgex.experiments.measures import judge
from bridgex.languages import CANDIDATES, PAPER_LANGUAGES
from bridgex.report.html import report_page
from bridgex.session import Cost

ITEMS, CHOOSERS = 100, 14
PASSAGE = "نص طويل 一段较长的文字 a passage of several sentences " * 20


def large(pair: tuple[str, str], task: str, draw: random.Random) -> Case:
    ways = ("direct", *(f"bridge:{code}" for code in CANDIDATES))
    right = {way: [draw.random() < 0.4 for _ in range(ITEMS)] for way in ways}
    accuracy = {way.partition(":")[2]: sum(hits) / ITEMS for way, hits in right.items()}
    del accuracy[""]

    def chosen() -> Chosen:
        scores = dict(
            sorted(
                ((code, Score(draw.random())) for code in CANDIDATES), key=lambda _: draw.random()
            )
        )
        first = next(iter(scores))
        said = ranking(
            scores=scores, layers=(), skipped={}, verdict=Verdict("clear", (first,), "Said.")
        )
        judgement = judge(
            said, accuracy, direct=0.4, differs_significantly=False, direct_advised=False
        )
        return Chosen(said, f"bridge:{first}", judgement, Cost(draw.randint(0, 5000), 100))

    return replace(
        case(),
        pair=pair,
        task=task,
        items=ITEMS,
        results=task_results(right, [f"{PASSAGE}{at}" for at in range(ITEMS)]),
        chosen={f"chooser {at}": chosen() for at in range(CHOOSERS)},
        gaps={},
    )


def main() -> None:
    codes = [language.code for language in PAPER_LANGUAGES]
    draw = random.Random(0)  # noqa: S311
    pairs = list(combinations(codes[:8], 2))
    cases = tuple(large(pair, task, draw) for pair in pairs for task in ("bli", "mrc"))
    study = replace(validation(*cases), choosers=tuple(cases[0].chosen))
    results = [study, spectrum(codes)]
    print("| page | seconds | processor seconds | MB |\n|---|---|---|---|")
    for name in ("first", "second"):
        started, used = time.perf_counter(), time.process_time()
        page = report_page(results)
        took = time.perf_counter() - started, time.process_time() - used
        print(f"| {name} | {took[0]:.1f} | {took[1]:.1f} | {len(page.encode()) / 1e6:.1f} |")


if __name__ == "__main__":
    main()
