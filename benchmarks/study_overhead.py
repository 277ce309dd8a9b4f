"""What a study adds to the same calls by hand, and what several workers save.

Run: python -m benchmarks.study_overhead [MODEL] [PAIRS] [ITEMS] [ROUNDS]

By hand: one session, `validate` on the same pairs, candidates, choosers and tasks. Everything
begins with an empty store; the ways take turns, and the median of each is shown.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.study.executors import Executor, Processes, Serial
from bridgex.experiments.study.on_ray import OnRay
from bridgex.experiments.study.run import run_study
from bridgex.experiments.validate import validate
from bridgex.session import ModelSession
from bridgex.storage.store import Store

PAIRS = ("de-id", "en-fr", "zh-ja", "es-tl", "id-he", "fr-sw")
CANDIDATES = ("en", "de", "fr", "es")
CHOOSERS = ("english", "random", "development", "chain_likelihood")
SHOTS = (0, 2, 4)
DEVELOPMENT = 20


def file_text(model: str, pairs: int, items: int) -> str:
    """Return the study file."""
    tasks = "".join(f'[[tasks]]\nname = "bli"\nshots = {shots}\n' for shots in SHOTS)
    return f"""
pairs = {list(PAIRS[:pairs])}
candidates = {list(CANDIDATES)}
choosers = {list(CHOOSERS)}
items = {items}
development = {DEVELOPMENT}
{tasks}
[[models]]
name = "{model}"
dtype = "float32"
"""


def by_hand(model: str, pairs: int, items: int, store: Store) -> None:
    """Do what the study does, one call of `validate` for each way of asking."""
    session = ModelSession(model, dtype="float32", store=store)
    for shots in SHOTS:
        validate(
            session,
            PAIRS[:pairs],
            candidates=CANDIDATES,
            choosers=CHOOSERS,
            development=DEVELOPMENT,
            asking=TaskSettings(items=items, shots=shots),
        )


def main() -> None:
    """Measure all ways in turns."""
    defaults = ("demo", "2", "30", "1")
    given = [*sys.argv[1:], *defaults[len(sys.argv) - 1 :]]
    model, (pairs, items, rounds) = given[0], map(int, given[1:])

    def study(executor: Executor) -> Callable[[Path], None]:
        def run(folder: Path) -> None:
            path = folder / "study.toml"
            path.write_text(file_text(model, pairs, items), encoding="utf-8")
            run_study(path, executor=executor, store=Store(folder / "store"))

        return run

    ways: dict[str, Callable[[Path], None]] = {
        "by hand": lambda folder: by_hand(model, pairs, items, Store(folder / "store")),
        "study, serial": study(Serial()),
        "study, 2 processes": study(Processes(2)),
        "study, 2 workers on Ray": study(OnRay("local", 2)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                way(Path(folder))
                seconds[name].append(time.perf_counter() - began)
    first = median(seconds["by hand"])
    print(f"{pairs} pairs × {len(SHOTS)} tasks, {items} items, {rounds} rounds, {model}")
    for name, each in seconds.items():
        print(f"| {name} | {median(each):.0f} s | {median(each) / first:.2f} |")


if __name__ == "__main__":
    main()
