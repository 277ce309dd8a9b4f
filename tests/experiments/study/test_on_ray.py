"""Workers that do not see the study's folder: the desk beside it, without Ray itself."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridgex.errors import StoreError, TextError
from bridgex.experiments.case import Case
from bridgex.experiments.study import on_ray
from bridgex.experiments.study.executors import Run
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Cell
from bridgex.experiments.study.work import work
from bridgex.storage.store import Store
from tests.experiments.study.made import done, made, plan_of

PAIRS = ("de-id", "en-fr", "zh-ja")


class Handle:
    """What Ray gives for an actor: ``handle.method.remote(…)``."""

    def __init__(self, actor: object) -> None:
        self._actor = actor

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=getattr(self._actor, name))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Handle:
    monkeypatch.setattr(on_ray, "_ray", lambda: SimpleNamespace(get=lambda answer: answer))
    return Handle(on_ray._Desk(str(tmp_path / "study"), "run"))


def test_cases_travel_to_the_folder(tmp_path: Path, desk: Handle) -> None:
    plan = plan_of(PAIRS)
    whole = done(tmp_path / "whole", plan)

    def run(cell: Cell) -> Case:
        if cell is plan.cells[1]:
            raise TextError("There is no dictionary; give one.")
        return made(cell)

    work(plan, on_ray._Away("ray-0", desk), run, worker="ray-0")
    folder = StudyFolder(tmp_path / "study")
    folder.put_plan(plan)
    assert list(folder.cases()) == [whole.case(plan.cells[at].key) for at in (0, 2)]
    assert folder.gaps() == {"one en-fr bli": "There is no dictionary; give one."}
    assert folder.leases.held() == {}


def test_a_worker_started_again_ends_the_claims_of_the_dead_one(
    tmp_path: Path, desk: Handle
) -> None:
    first, second = on_ray._Away("ray-0", desk), on_ray._Away("ray-1", desk)
    claim = first.claimed("key")
    assert claim.__enter__() is not None
    with second.claimed("key") as holder:
        assert holder is None
    on_ray._Away("ray-0", desk)
    with second.claimed("key") as holder:
        assert holder is not None


def test_workers_see_whether_they_share_the_folder(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path, "run")
    run = SimpleNamespace(folder=folder, job=SimpleNamespace(run="run"))
    with on_ray._marked(run):  # type: ignore[arg-type]
        assert on_ray._mark(tmp_path, "run").exists()
    assert not on_ray._mark(tmp_path, "run").exists()


class LostError(Exception):
    pass


@pytest.mark.parametrize("loss", [LostError("the head is gone"), ConnectionError("no head")])
@pytest.mark.parametrize("at", ["wait", "get"])
def test_a_lost_cluster_is_a_sentence_and_what_was_done_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: Exception, at: str
) -> None:
    """Ray played: the first worker does one case, then the cluster loses its head."""
    plan = plan_of(PAIRS, changed={"texts": {}, "rules": {}, "bridgex": "1"})

    def lost(*_words: object, **_more: object) -> Any:
        folder.put(plan.cells[0].key, made(plan.cells[0]))
        raise loss

    tasks = SimpleNamespace(remote=lambda *_words: "task")
    ray = SimpleNamespace(
        exceptions=SimpleNamespace(RayError=LostError),
        remote=lambda _code: SimpleNamespace(options=lambda **_options: tasks),
        wait=lambda left, **_more: (left, []),
        get=lambda _task: None,
        init=lambda **_options: None,
        shutdown=lambda: None,
    )
    setattr(ray, at, lost)
    monkeypatch.setattr(on_ray, "_ray", lambda: ray)
    monkeypatch.setattr(on_ray, "_here", lambda _ray: None)
    folder = StudyFolder(tmp_path / "study", "run")
    folder.put_plan(plan)
    with pytest.raises(StoreError, match=r"lost \(.*head.*\); what was done is kept"):
        on_ray.OnRay("auto", 2)(Run(plan, folder, Store(tmp_path / "store")))
    assert len(list(folder.cases())) == 1
    assert not list((tmp_path / "study").glob(".run-*"))
    work(plan, folder, made)
    assert len(list(folder.cases())) == 3
