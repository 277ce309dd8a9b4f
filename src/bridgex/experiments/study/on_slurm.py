"""Workers as jobs of Slurm, which submitit hands in.

Partition, account and the like come from Slurm's own variables (``SBATCH_PARTITION``, …). The
study's folder and the store must be on a disk that all nodes see.
"""

import time
from dataclasses import dataclass
from typing import Any

from bridgex.errors import RequestError, StoreError, reason
from bridgex.experiments.study.executors import LOOK, WORKER, Executor, Run
from bridgex.experiments.study.work import ATTEMPTS
from bridgex.storage.files import writing


@dataclass(frozen=True)
class OnSlurm(Executor):
    """Workers as jobs of Slurm.

    Attributes:
        workers: how many jobs, a worker each.
        minutes: how long one may take; jobs that end before the study does are handed in again.
        cluster: submitit's name of where they go: ``slurm``, or ``local`` for a try here.
    """

    workers: int
    minutes: int = 24 * 60
    cluster: str = "slurm"

    def __call__(self, run: Run) -> None:
        """Run the study; see `Executor`.

        Raises:
            RequestError: submitit is not installed, or there is no Slurm.
            StoreError: the jobs keep failing.
        """
        submitit = _submitit()
        root = run.folder.root.absolute()
        file = root / "slurm" / f"{run.job.run}.json"
        with writing(file) as temporary:
            temporary.write_text(run.job.text(), encoding="utf-8")
        try:
            executor = submitit.AutoExecutor(root / "slurm", cluster=self.cluster)
        except RuntimeError as problem:
            raise RequestError(
                f"Slurm cannot be used here ({reason(problem)}); run this where sbatch is, or use "
                "--workers."
            ) from problem
        gpus = max(model.gpus for model in run.plan.study.models)
        executor.update_parameters(
            name="bridgex", timeout_min=self.minutes, gpus_per_node=int(gpus)
        )
        look = run.watched()
        try:
            for _attempt in range(ATTEMPTS):
                jobs = [
                    executor.submit(
                        submitit.helpers.CommandFunction([*WORKER, str(file), f"slurm-{at}"])
                    )
                    for at in range(self.workers)
                ]
                while not all(job.done() for job in jobs):
                    time.sleep(LOOK)
                    look()
                look()
                if all(run.folder.is_settled(cell.key) for cell in run.plan.cells):
                    return
            raise StoreError(f"The jobs keep failing: {_said(jobs)}")
        finally:
            file.unlink(missing_ok=True)


def _submitit() -> Any:
    try:
        import submitit
        import submitit.helpers
    except ImportError as problem:
        raise RequestError("submitit is not installed; pip install 'bridgex[slurm]'.") from problem
    return submitit


def _said(jobs: list[Any]) -> str:
    """Return the last line that a job wrote."""
    for job in jobs:
        lines = (job.stderr() or "").strip().splitlines()
        if lines:
            return str(lines[-1])
    return "they said nothing; look into the folder slurm of the study."
