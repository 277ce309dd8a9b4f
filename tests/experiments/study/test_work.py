"""Workers share a study: each case once, whoever dies; by the real scheduler, without a model."""

import errno
import itertools
import multiprocessing
import os
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from bridgex.errors import StoreError, TextError
from bridgex.experiments.case import Case
from bridgex.experiments.study import work as working
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Cell, Plan
from bridgex.experiments.study.work import work
from tests.experiments.study.made import done, made, plan_of

PAIRS = ("de-id", "en-fr", "zh-ja", "es-tl")
FORK = multiprocessing.get_context("fork")


def files(root: Path) -> dict[str, bytes]:
    """Return the cases that are kept, without what killed workers left unfinished."""
    return {path.name: path.read_bytes() for path in sorted((root / "cases").glob("*/*.json"))}


def worker(plan: Plan, root: Path, run_name: str, name: str, pause: float) -> None:
    def run(cell: Cell) -> Case:
        time.sleep(pause)
        return made(cell)

    work(plan, StudyFolder(root, run_name), run, worker=name)


def start(
    plan: Plan, root: Path, workers: int, pause: float, run: str = "run"
) -> list[multiprocessing.process.BaseProcess]:
    processes = [
        FORK.Process(target=worker, args=(plan, root, run, str(at), pause)) for at in range(workers)
    ]
    for each in processes:
        each.start()
    return list(processes)


def test_every_case_is_done_once_and_a_second_run_does_none(tmp_path: Path) -> None:
    plan = plan_of(PAIRS, ("bli", "mrc"))
    ran: Counter[str] = Counter()
    told: list[tuple[int, int]] = []

    def run(cell: Cell) -> Case:
        ran[cell.key] += 1
        return made(cell)

    for _ in range(2):
        work(plan, StudyFolder(tmp_path, "a"), run, told=lambda *both: told.append(both))
    assert ran == {cell.key: 1 for cell in plan.cells}
    assert told == [(at, 8) for at in range(1, 9)] * 2
    folder = done(tmp_path, plan)
    assert list(folder.cases()) == [made(cell) for cell in plan.cells]


def test_a_larger_study_does_only_what_is_new(tmp_path: Path) -> None:
    done(tmp_path, plan_of(PAIRS[:2]))
    ran: list[str] = []

    def run(cell: Cell) -> Case:
        ran.append(str(cell))
        return made(cell)

    work(plan_of(PAIRS[:3], ("bli", "mrc")), StudyFolder(tmp_path, "a"), run)
    assert ran == ["one de-id mrc", "one en-fr mrc", "one zh-ja bli", "one zh-ja mrc"]


def test_a_case_that_cannot_be_done_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    plan = plan_of(PAIRS)
    folder = StudyFolder(tmp_path, "a")
    folder.put_plan(plan)
    tried: list[str] = []

    def run(cell: Cell) -> Case:
        tried.append(str(cell))
        if cell is plan.cells[1]:
            raise TextError("There is no dictionary; give one.")
        return made(cell)

    work(plan, folder, run)
    assert folder.gaps() == {"one en-fr bli": "There is no dictionary; give one."}
    assert len(list(folder.cases())) == 3
    work(plan, folder, run)
    assert len(tried) == 4
    folder.forget_gaps([cell.key for cell in plan.cells])
    work(plan, folder, made)
    assert folder.gaps() == {}


def test_a_store_that_fails_ends_the_run(tmp_path: Path) -> None:
    def run(_cell: Cell) -> Case:
        raise StoreError("The disk is full; make room.")

    folder = StudyFolder(tmp_path, "a")
    with pytest.raises(StoreError, match="full"):
        work(plan_of(PAIRS), folder, run)
    assert folder.leases.held() == {}


def test_a_case_on_which_workers_die_is_given_up(tmp_path: Path) -> None:
    plan = plan_of(PAIRS[:1])
    (cell,) = plan.cells

    def die(_cell: Cell) -> Case:
        os._exit(9)

    for _ in range(working.ATTEMPTS):
        process = FORK.Process(target=work, args=(plan, StudyFolder(tmp_path, "run"), die))
        process.start()
        process.join()
        assert process.exitcode == 9
    folder = StudyFolder(tmp_path, "run")
    work(plan, folder, made)
    assert "3 workers died on it" in str(folder.gap(cell.key))
    folder = StudyFolder(tmp_path, "the next run")
    folder.forget_gaps([cell.key])
    work(plan, folder, made)
    assert folder.has(cell.key)


def test_models_are_finished_one_after_the_other(tmp_path: Path) -> None:
    plan = plan_of(PAIRS, models=("one", "two"))
    ran: list[str] = []

    def run(cell: Cell) -> Case:
        ran.append(cell.model.name)
        return made(cell)

    work(plan, StudyFolder(tmp_path, "a"), run, worker="any")
    assert len(ran) == 8
    assert sum(first != second for first, second in itertools.pairwise(ran)) == 1


def test_workers_begin_at_different_places() -> None:
    plan = plan_of(PAIRS, ("bli", "mrc"))
    firsts = {working._from_own_place(plan, str(at))[0].key for at in range(40)}
    begins = {cell.key for cell in plan.cells if cell.task.name == "bli"}
    assert firsts == begins
    assert working._from_own_place(plan, "")[0] is plan.cells[0]


def killed(root: Path, plan: Plan, workers: int, kills: int, seed: int) -> None:
    """Kill all workers at random moments, each time going on, then let them finish."""
    draw = Random(seed)  # noqa: S311
    for kill in range(kills):  # each start is a run of its own, as on the command line
        processes = start(plan, root, workers, pause=0.002, run=f"run {kill}")
        time.sleep(draw.random() * 0.02)
        for each in processes:
            if each.is_alive() and each.pid:
                os.kill(each.pid, signal.SIGKILL)
        for each in processes:
            each.join()
    for each in start(plan, root, workers, pause=0.0):
        each.join(60)
        assert each.exitcode == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_workers_leave_the_cases_of_an_undisturbed_run(tmp_path: Path, workers: int) -> None:
    plan = plan_of(PAIRS, ("bli", "mrc", "nli"))
    work(plan, StudyFolder(tmp_path / "calm", "run"), made)
    killed(tmp_path / "killed", plan, workers, kills=3, seed=workers)
    assert files(tmp_path / "killed") == files(tmp_path / "calm")
    assert StudyFolder(tmp_path / "killed").leases.held() == {}


@pytest.mark.parametrize("second", ["run", "another run"])
def test_two_workers_and_two_runs_share_the_work(tmp_path: Path, second: str) -> None:
    plan = plan_of(PAIRS, ("bli", "mrc"))
    done_by = multiprocessing.get_context("fork").Queue()

    def shared(run_name: str) -> None:
        def run(cell: Cell) -> Case:
            time.sleep(0.02)
            done_by.put(cell.key)
            return made(cell)

        work(plan, StudyFolder(tmp_path, run_name), run, worker=run_name)

    processes = [FORK.Process(target=shared, args=(name,)) for name in ("run", second)]
    for each in processes:
        each.start()
    ran = sorted(done_by.get(timeout=60) for _ in plan.cells)
    for each in processes:
        each.join(60)
        assert each.exitcode == 0
    assert ran == sorted(cell.key for cell in plan.cells)
    assert done_by.empty()
    assert len(files(tmp_path)) == 8


def test_a_full_disk_in_the_middle_keeps_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(PAIRS)
    study = StudyFolder(tmp_path, "a")
    study.put_plan(plan)
    put = StudyFolder.put

    def no_room(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:

        def full(self: StudyFolder, key: str, case: Case) -> None:
            if key == plan.cells[2].key:
                patch.setattr(os, "fsync", no_room)
            put(self, key, case)

        patch.setattr(StudyFolder, "put", full)
        with pytest.raises(StoreError, match="no space left"):
            work(plan, study, made)
    assert len(list(study.cases())) == 2
    assert study.gaps() == {}
    assert study.leases.held() == {}
    assert len(files(tmp_path)) == 2
    work(plan, study, made)
    assert len(list(study.cases())) == 4


def test_a_smaller_study_shows_what_it_has_and_keeps_the_rest(tmp_path: Path) -> None:
    larger, smaller = plan_of(PAIRS, ("bli", "mrc")), plan_of(PAIRS[1:], ("bli",))
    done(tmp_path, larger)
    folder = StudyFolder(tmp_path)
    folder.put_plan(smaller)
    assert list(folder.cases()) == [made(cell) for cell in smaller.cells]
    assert len(files(tmp_path)) == 8
    folder.put_plan(plan_of(PAIRS, changed={"development": 6}))
    assert list(folder.cases()) == []  # asked another way: other cases
    folder.put_plan(larger)
    assert len(list(folder.cases())) == 8
