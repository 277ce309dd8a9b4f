"""Running a study, and merging what two machines did of one."""

import uuid
from pathlib import Path

from bridgex.errors import RequestError
from bridgex.experiments.study.executors import Executor, Run, Serial, Told
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import make_plan
from bridgex.experiments.study.reading import read_study
from bridgex.progress import Progress, silent
from bridgex.storage.store import Store


def folder_of(path: Path) -> Path:
    """Return where the cases of a study file go: a folder beside it, named like it."""
    if path.is_dir():
        return path
    if not path.suffix:
        raise RequestError(
            f"{path} has no ending and is no folder; name a study file, or a folder."
        )
    return path.with_suffix("")


def run_study(
    path: str | Path,
    root: str | Path | None = None,
    *,
    executor: Executor | None = None,
    store: Store | None = None,
    progress: Progress = silent,
    told: Told = lambda _done, _all: None,
) -> StudyFolder:
    """Do what is missing of a study; killed at any moment, the next run goes on.

    Any number of runs of the same study on one folder share the work.

    Args:
        path: the study file.
        root: where its cases go; by default `folder_of` the file.
        executor: where its workers run; by default in this process.
        store: where what models computed is kept.
        progress: shows what this process does.
        told: hears how many cases are settled, and of how many.

    Returns:
        The folder with its cases.

    Raises:
        RequestError: the file is wrong.
        TextError: a folder or file that it names is not there.
        StoreError: the folder cannot be written to.
    """
    path, store = Path(path), store or Store()
    plan = make_plan(read_study(path), store, progress)
    folder = StudyFolder(Path(root) if root else folder_of(path), uuid.uuid4().hex)
    folder.put_plan(plan)
    missing = [cell.key for cell in plan.cells if not folder.has(cell.key)]
    folder.forget_gaps(missing)
    if missing:
        (executor or Serial())(Run(plan, folder, store, progress, told))
    return folder
