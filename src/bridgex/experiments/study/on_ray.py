"""Workers on Ray: on this machine, or on a cluster that runs already.

A worker is one task of Ray with the GPUs that the study names. Workers that see the study's folder
share it like any others; for those that do not, an actor on the driver's machine claims and keeps
cases in their name, and cases travel through Ray's object store.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridgex.errors import BridgexError, RequestError, StoreError, reason
from bridgex.experiments.case import Case
from bridgex.experiments.study.executors import LOOK, Executor, Run
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.work import ATTEMPTS
from bridgex.experiments.study.worker import Job, do
from bridgex.storage.leases import Holder

LOCAL = "local"


@dataclass(frozen=True)
class OnRay(Executor):
    """Workers as tasks of Ray.

    Attributes:
        address: ``local`` to start Ray here, or the address of a cluster (``auto``, ``ray://…``).
        workers: how many.
    """

    address: str
    workers: int

    def __call__(self, run: Run) -> None:
        """Run the study; see `Executor`.

        Raises:
            RequestError: Ray is not installed, or cannot be reached.
            StoreError: a worker could not go on, or the cluster is lost.
        """
        ray = _ray()
        with _cluster(ray, self.address, self.workers), _marked(run):
            desk = (
                ray.remote(_Desk)
                .options(num_cpus=0, scheduling_strategy=_here(ray))
                .remote(str(run.folder.root.absolute()), run.job.run)
            )
            gpus = max(model.gpus for model in run.plan.study.models)
            task = ray.remote(_worker).options(num_cpus=1, num_gpus=gpus, max_retries=ATTEMPTS)
            job = run.job.text()
            left = [task.remote(job, f"ray-{at}", desk) for at in range(self.workers)]
            look = run.watched()
            with _losses(ray):
                while left:
                    done, left = ray.wait(left, timeout=LOOK)
                    look()
                    for each in done:
                        problem: str | None = ray.get(each)
                        if problem:
                            raise StoreError(problem)


def _ray() -> Any:
    try:
        import ray
    except ImportError as problem:
        raise RequestError("Ray is not installed; pip install 'bridgex[ray]'.") from problem
    return ray


@contextmanager
def _cluster(ray: Any, address: str, workers: int) -> Iterator[None]:
    """Connect to Ray within the block, starting it where it is asked to be local."""
    options: dict[str, Any] = {"address": address}
    if address == LOCAL:
        options |= {"num_cpus": workers, "include_dashboard": False}
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
    except (ConnectionError, RuntimeError, ValueError) as problem:
        raise RequestError(
            f"Ray at {address} cannot be reached ({reason(problem)}); start it with 'ray start "
            "--head', or use --ray local."
        ) from problem
    try:
        yield
    finally:
        ray.shutdown()


def _here(ray: Any) -> Any:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)


@contextmanager
def _losses(ray: Any) -> Iterator[None]:
    """Say what goes on where a worker is lost for good, or the cluster with its head."""
    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as problem:
        said = str(problem).strip().splitlines()[-1:]  # of an error in a worker: what it was
        why = said[0] if said else reason(problem)
        raise StoreError(
            f"A worker on Ray was lost ({why}); what was done is kept, so the same command goes on."
        ) from problem


@contextmanager
def _marked(run: Run) -> Iterator[None]:
    """Put a file into the study's folder, by which workers see whether they share it."""
    mark = _mark(run.folder.root, run.job.run)
    mark.touch()
    try:
        yield
    finally:
        with suppress(OSError):
            mark.unlink()


def _mark(root: Path, run: str) -> Path:
    return root / f".run-{run}"


def _worker(text: str, name: str, desk: Any) -> str | None:
    """Work on a job; returns why it cannot go on, or None."""
    job = Job.read(text)
    shared = _mark(Path(job.root), job.run).exists()
    try:
        do(job, name, None if shared else _Away(name, desk))
    except BridgexError as problem:
        return str(problem)
    return None


class _Desk:
    """An actor beside the study's folder, for workers that do not see it."""

    def __init__(self, root: str, run: str) -> None:
        self._folder = StudyFolder(Path(root), run)
        self._held: dict[str, ExitStack] = {}

    def is_settled(self, key: str) -> bool:
        return self._folder.is_settled(key)

    def release(self, worker: str) -> None:
        """End what a worker claims, which may be a dead one of the same name."""
        self._held.pop(worker, ExitStack()).close()

    def claim(self, worker: str, key: str) -> Holder | None:
        self.release(worker)
        with ExitStack() as stack:
            holder = stack.enter_context(self._folder.claimed(key))
            if holder is not None:
                self._held[worker] = stack.pop_all()
            return holder

    def put(self, key: str, case: Mapping[str, Any]) -> None:
        self._folder.put(key, Case.from_dict(case))

    def put_gap(self, key: str, why: str) -> None:
        self._folder.put_gap(key, why)


class _Away:
    """The cases of a study whose folder is on another machine, through its desk."""

    def __init__(self, worker: str, desk: Any) -> None:
        self._ray = _ray()
        self._worker = worker
        self._desk = desk
        self._get(desk.release.remote(worker))

    def is_settled(self, key: str) -> bool:
        return bool(self._get(self._desk.is_settled.remote(key)))

    @contextmanager
    def claimed(self, key: str) -> Iterator[Holder | None]:
        holder: Holder | None = self._get(self._desk.claim.remote(self._worker, key))
        try:
            yield holder
        finally:
            if holder is not None:
                self._get(self._desk.release.remote(self._worker))

    def put(self, key: str, case: Case) -> None:
        self._get(self._desk.put.remote(key, case.to_dict()))

    def put_gap(self, key: str, why: str) -> None:
        self._get(self._desk.put_gap.remote(key, why))

    def _get(self, answer: Any) -> Any:
        return self._ray.get(answer)
