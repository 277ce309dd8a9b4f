"""A worker as a process of its own: ``python -m bridgex.experiments.study.worker JOB``.

JOB is a file that the driver wrote (`Job`). Any number of workers with the same job share its
study's folder. A worker whose model, data or version would give other cases refuses. With
``attached`` as the last argument it ends when whoever started it does.
"""

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bridgex.errors import BridgexError, RequestError
from bridgex.experiments.study.cells import ModelRuns
from bridgex.experiments.study.file import Study
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Plan, make_plan
from bridgex.experiments.study.work import Cases, work
from bridgex.storage.store import Store

REFUSED = 3
"""Exit code of a worker that cannot go on, and said why in its last line."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to know, as plain values.

    Attributes:
        study: the study's file, as plain values.
        paths: the folder its relative paths begin from.
        root: the study's folder.
        store: folder of what models computed.
        run: what the workers of one run have in common.
        facts: `Plan.facts` of the driver.
    """

    study: Mapping[str, Any]
    paths: str
    root: str
    store: str
    run: str
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, plan: Plan, root: Path, store: Store, run: str) -> "Job":
        """Return the job of a plan."""
        study = plan.study.model_dump(mode="json")
        paths = str(plan.study.folder)
        return cls(study, paths, str(root.absolute()), str(store.folder), run, plan.facts)

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Job":
        """Return the job that `text` wrote."""
        return cls(**json.loads(text))


def do(job: Job, worker: str, cases: Cases | None = None) -> None:
    """Work on a job until nothing is left of it.

    Args:
        job: what to do.
        worker: name of this worker.
        cases: where the cases go; by default the job's folder.

    Raises:
        RequestError: this machine would give other cases.
        StoreError: the folder cannot be written to.
    """
    store = Store(Path(job.store))
    plan = make_plan(Study(**job.study, folder=Path(job.paths)), store)
    require_same(job.facts, plan.facts)
    runs = ModelRuns(plan.choosers, store)
    work(plan, cases or StudyFolder(Path(job.root), job.run), runs, worker=worker)


def require_same(driver: Mapping[str, Any], here: Mapping[str, Any], within: str = "") -> None:
    """Refuse where a worker would give other cases than the driver.

    Raises:
        RequestError: something differs; it is named.
    """
    for name in dict.fromkeys((*driver, *here)):
        first, second = driver.get(name), here.get(name)
        place = f"{within}{name}"
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            require_same(first, second, f"{place}, ")
        elif first != second:
            raise RequestError(
                f"This worker differs from the one that began the study in {place} ({second} in "
                f"place of {first}); give it the same model, data and version of bridgex."
            )


def main() -> int:
    """Work on the job of a file."""
    path, worker, *attached = sys.argv[1:]
    if attached:
        threading.Thread(target=_end_with_driver, daemon=True).start()
    try:
        do(Job.read(Path(path).read_text(encoding="utf-8")), worker)
    except BridgexError as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return REFUSED
    return 0


def _end_with_driver() -> None:
    """Wait for the end of standard input, which the driver holds open as long as it lives."""
    while os.read(0, 1):  # below Python's own buffer, whose lock a daemon thread must not hold
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
