"""Where the workers of a study run: here, in processes on this machine, or on a cluster.

An executor only starts workers and watches them: each claims cases from the study's folder itself,
so that the cases are the same whoever does them.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from bridgex.errors import StoreError
from bridgex.experiments.study.cells import ModelRuns
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Plan
from bridgex.experiments.study.work import ATTEMPTS, work
from bridgex.experiments.study.worker import REFUSED, Job
from bridgex.progress import Progress, silent
from bridgex.storage.store import Store

LOOK = 0.2
"""Seconds between two looks at the workers."""

WORKER = (sys.executable, "-m", "bridgex.experiments.study.worker")
"""What a worker is as a program; a job's file and the worker's name follow."""

VISIBLE = "CUDA_VISIBLE_DEVICES"

Told = Callable[[int, int], None]
"""Called with the numbers of settled cases and of all."""


@dataclass(frozen=True)
class Run:
    """One run of a study.

    Attributes:
        plan: what is to be done.
        folder: where the cases go.
        store: where what models computed goes.
        progress: shows what a worker in this process does.
        told: hears how many cases are settled.
    """

    plan: Plan
    folder: StudyFolder
    store: Store
    progress: Progress = silent
    told: Told = lambda _done, _all: None

    @property
    def job(self) -> Job:
        """What its workers need to know."""
        return Job.of(self.plan, self.folder.root, self.store, self.folder.leases.run)

    def watched(self) -> Callable[[], None]:
        """Return what tells how many cases are settled, whenever it is called."""
        open_keys = [cell.key for cell in self.plan.cells]
        total = len(open_keys)

        def look() -> None:
            open_keys[:] = [key for key in open_keys if not self.folder.is_settled(key)]
            self.told(total - len(open_keys), total)

        return look


class Executor(Protocol):
    """Runs what is missing of a study."""

    def __call__(self, run: Run) -> None:
        """Return when every case is settled: kept, or named as one that cannot be done.

        Raises:
            BridgexError: the workers cannot go on.
        """


class Serial(Executor):
    """One worker: this process."""

    def __call__(self, run: Run) -> None:
        """Run the study; see `Executor`."""
        runs = ModelRuns(run.plan.choosers, run.store, run.progress)
        work(run.plan, run.folder, runs, told=run.told)


@dataclass(frozen=True)
class Processes(Executor):
    """Several workers on this machine, a process and a model each.

    Attributes:
        workers: how many.
    """

    workers: int

    def __call__(self, run: Run) -> None:
        """Run the study; see `Executor`.

        Raises:
            StoreError: a worker could not go on, or they keep dying.
        """
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            job = scratch / "job.json"
            job.write_text(run.job.text(), encoding="utf-8")
            logs = [
                stack.enter_context((scratch / f"{at}.log").open("w+b"))
                for at in range(self.workers)
            ]

            wanted = max(model.gpus for model in run.plan.study.models)
            visible = visible_gpus() if wanted >= 1 else []

            def started(at: int) -> subprocess.Popen[bytes]:
                gpus = gpus_of(at, int(wanted), visible)
                return stack.enter_context(self._worker(job, at, logs[at], gpus))

            alive = {at: started(at) for at in range(self.workers)}
            look, deaths = run.watched(), 0
            while alive:
                time.sleep(LOOK)
                look()
                for at, process in list(alive.items()):
                    code = process.poll()
                    if code is None:
                        continue
                    del alive[at]
                    if code == REFUSED:
                        raise StoreError(_said(logs[at]))
                    if code:
                        deaths += 1
                        if deaths > ATTEMPTS * len(run.plan.cells):
                            raise StoreError(f"The workers keep dying: {_said(logs[at])}")
                        alive[at] = started(at)
            look()

    @contextmanager
    def _worker(
        self, job: Path, at: int, log: IO[bytes], gpus: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a worker, which ends with the block."""
        process = subprocess.Popen(  # noqa: S603
            [*WORKER, str(job), str(at), "attached"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "OMP_NUM_THREADS": threads_of(self.workers), **gpus},
        )
        with process:
            try:
                yield process
            finally:
                process.kill()


def threads_of(workers: int) -> str:
    """Return how many threads one of several workers on this machine may use."""
    cores = max(1, (os.cpu_count() or 1) // workers)
    return os.environ.get("OMP_NUM_THREADS", str(cores))


def visible_gpus() -> list[str]:
    """Return the GPUs of this machine as `VISIBLE` names them."""
    import torch

    named = os.environ.get(VISIBLE)
    return named.split(",") if named else [str(at) for at in range(torch.cuda.device_count())]


def gpus_of(worker: int, wanted: int, visible: Sequence[str]) -> dict[str, str]:
    """Return the variables by which a worker on this machine has GPUs of its own.

    Args:
        worker: number of the worker.
        wanted: how many it is to have.
        visible: those there are; workers share them where they are too few.
    """
    if not 0 < wanted < len(visible):
        return {}
    own = [visible[(worker * wanted + at) % len(visible)] for at in range(wanted)]
    return {VISIBLE: ",".join(own)}


def _said(log: IO[bytes]) -> str:
    """Return the last line that a worker wrote."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "they said nothing."
