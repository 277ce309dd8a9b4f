"""What a study costs beside its model: the real scheduler with stages that only wait.

Run: python -m benchmarks.study_scale [CASES] [WORKERS] [SECONDS]

Prints the time to plan, the driver's memory, the overhead of a case, and the share of the workers'
time in which they neither ran a case nor kept one.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from contextlib import suppress
from itertools import chain, islice, permutations, product
from pathlib import Path
from random import Random
from string import ascii_lowercase

from tests.experiments.study.made import cell_of, made

from bridgex.errors import UnknownLanguageError
from bridgex.experiments.case import Case
from bridgex.experiments.study.file import Study, StudyModel, StudyTask
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Cell, Plan
from bridgex.experiments.study.tables import tables
from bridgex.experiments.study.work import work
from bridgex.languages import find

TASKS = ("bli", "mrc", "nli", "commonsense", "mathematics", "topic", "translation", "bli")
MODELS, PAIRS, LANGUAGES = 4, 500, 200
"""16,000 cases are all of them once; more are the same again in another state."""


def spoken() -> list[str]:
    """Return the codes of so many languages."""
    found: dict[str, None] = {}
    for letters in chain(product(ascii_lowercase, repeat=2), product(ascii_lowercase, repeat=3)):
        with suppress(UnknownLanguageError):
            found.setdefault(find("".join(letters)).code)
        if len(found) == LANGUAGES:
            break
    return list(found)


def plan_of(cases: int) -> Plan:
    """Return a plan of so many cells, made as `make_plan` makes them but for files and models."""
    every = [f"{a}-{b}" for a, b in permutations(spoken(), 2)]
    pairs = Random(0).sample(every, PAIRS)  # noqa: S311
    study = Study(
        pairs=pairs,
        models=[StudyModel(name=f"model-{at}") for at in range(MODELS)],
        tasks=[StudyTask(name=name) for name in TASKS],
        choosers=["english"],
    )
    wanted = (
        cell_of(model, pair, task, study, {"round": number, "at": at})
        for number in range(cases)
        for model in study.models
        for pair in pairs
        for at, task in enumerate(study.tasks)
    )
    return Plan(study, tuple(islice(wanted, cases)), study.each_chooser())


def worker(plan: Plan, root: Path, name: str, seconds: float, results: object) -> None:
    """Do cases that take so long each, and report the time that passed and that of cases."""
    busy, kept = 0.0, 0

    def run(_cell: Cell) -> Case:
        nonlocal busy, kept
        begun = time.monotonic()
        time.sleep(seconds)
        busy += time.monotonic() - begun
        kept += 1
        return case

    case = made(plan.cells[0])
    begun, computed = time.monotonic(), time.process_time()
    work(plan, StudyFolder(root, "run"), run, worker=name)
    wall, cpu = time.monotonic() - begun, time.process_time() - computed
    results.put((wall, busy, cpu, kept))  # type: ignore[attr-defined]


def memory() -> float:
    """Return this process's largest memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure one size."""
    given = sys.argv[1:]
    cases, workers = int(given[0] if given else 1600), int(given[1] if given[1:] else 64)
    seconds = float(given[2]) if given[2:] else 1.0
    fork = multiprocessing.get_context("fork")
    before, begun = memory(), time.monotonic()
    plan = plan_of(cases)
    keys = [cell.key for cell in plan.cells]
    print(
        f"plan of {len(set(keys))} cases: {time.monotonic() - begun:.1f} s, "
        f"{memory() - before:.0f} MiB"
    )
    with tempfile.TemporaryDirectory() as folder:
        root, results = Path(folder), fork.Queue()
        StudyFolder(root).put_plan(plan)
        begun = time.monotonic()
        started = [
            fork.Process(target=worker, args=(plan, root, str(at), seconds, results))
            for at in range(workers)
        ]
        for each in started:
            each.start()
        found = [results.get() for _ in started]
        for each in started:
            each.join()
        wall = time.monotonic() - begun
        busy, cpu = sum(each[1] for each in found), sum(each[2] for each in found)
        total = sum(each[0] for each in found)
        print(f"{workers} workers, {seconds} s a case: {wall:.1f} s")
        print(f"processor time a case: {cpu / cases * 1000:.2f} ms")
        print(f"share of the workers' time outside of cases: {1 - busy / total:.1%}")
        print(f"cases run: {sum(each[3] for each in found)}")
        begun = time.monotonic()
        rows = len(tables(StudyFolder(root).cases()).results)
        print(f"tables of {rows} rows: {time.monotonic() - begun:.1f} s; memory {memory():.0f} MiB")


if __name__ == "__main__":
    main()
