"""Whole studies of a tiny random model, from Python and from the command line."""

import os
import sys
import time
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from bridgex.cli import app
from bridgex.cli.study import PARTIAL
from bridgex.errors import RequestError, StoreError
from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.study import cells, executors, on_ray, on_slurm
from bridgex.experiments.study.executors import Processes
from bridgex.experiments.study.plan import Plan
from bridgex.experiments.study.run import run_study
from bridgex.experiments.study.worker import require_same
from bridgex.experiments.validate import validate
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from tests.experiments.study.made import plan_of
from tests.experiments.study.test_work import files

RUNNER = CliRunner()


def write(folder: Path, model: Path, more: str = "", pairs: str = '"de-id", "en-fr"') -> Path:
    path = folder / "tiny.toml"
    path.write_text(
        f"""
pairs = [{pairs}]
candidates = ["en", "es", "it"]
items = 4
development = 8
choosers = ["english", "random", "chain_likelihood"]
{more}
[[models]]
name = "{model}"
dtype = "float32"
"""
    )
    return path


@pytest.fixture(scope="module")
def finished(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was run, in a folder with its store."""
    folder = tmp_path_factory.mktemp("finished")
    path = write(folder, tiny_folder)
    run_study(path, store=Store(folder / "store"))
    return path


def test_a_study_is_what_validate_says(finished: Path, tiny_folder: Path) -> None:
    store = Store(finished.parent / "store")
    session = ModelSession(str(tiny_folder), dtype="float32", store=store)
    found = validate(
        session,
        ["de-id", "en-fr"],
        choosers=["english", "random", "chain_likelihood"],
        candidates=["en", "es", "it"],
        development=8,
        asking=TaskSettings(items=4),
    )
    assert session.loads == 0
    for case, validated in zip(run_study(finished, store=store).cases(), found.cases, strict=True):
        assert case.results == validated.results
        assert case.chosen == validated.chosen
        assert case.gaps == validated.gaps
        assert case.settings["task"] == "bli"


def test_a_finished_study_asks_no_model(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cells.ModelRuns, "__call__")
    before = files(finished.with_suffix(""))
    run_study(str(finished), store=Store(finished.parent / "store"))
    assert files(finished.with_suffix("")) == before


@pytest.mark.slow
def test_processes_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run_study(
        finished,
        tmp_path / "study",
        executor=Processes(2),
        store=Store(tmp_path / "store"),
        told=lambda *both: told.append(both),
    )
    assert files(tmp_path / "study") == files(finished.with_suffix(""))
    assert told[-1] == (2, 2)


@pytest.mark.slow
def test_a_worker_without_a_store_ends_the_run(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "store").touch()
    with pytest.raises(StoreError, match="store"):
        run_study(
            finished,
            tmp_path / "study",
            executor=Processes(1),
            store=Store(tmp_path / "store"),
        )


def stub(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(executors, "WORKER", (sys.executable, "-c", code))


def test_a_worker_that_refuses_ends_the_run(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(monkeypatch, "print('This worker differs.'); raise SystemExit(3)")
    with pytest.raises(StoreError, match=r"This worker differs\."):
        run_study(finished, tmp_path / "study", executor=Processes(2))


def test_a_dead_worker_is_started_again(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "died"
    stub(
        monkeypatch,
        f"import os, pathlib; mark = pathlib.Path({str(mark)!r})\n"
        "if not mark.exists(): mark.touch(); os._exit(9)",
    )
    run_study(finished, tmp_path / "study", executor=Processes(1))
    assert mark.exists()
    stub(monkeypatch, "import os; print('Killed.', flush=True); os._exit(9)")
    with pytest.raises(StoreError, match=r"keep dying: Killed\."):
        run_study(finished, tmp_path / "other", executor=Processes(1))


def test_workers_end_with_their_driver(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(monkeypatch, "import time; time.sleep(600)")
    monkeypatch.setattr(executors, "LOOK", 0.01)

    def interrupted(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_study(finished, tmp_path / "study", executor=Processes(2), told=interrupted)
    assert time.monotonic() - started < 60


def test_a_worker_of_another_kind_is_refused() -> None:
    here = {"models": {"demo": {"digest": "a"}}, "rules": {"pooling": 1}, "bridgex": "1"}
    require_same(here, here)
    other = {**here, "models": {"demo": {"digest": "b"}}}
    with pytest.raises(RequestError, match=r"models, demo, digest \(b in place of a\)"):
        require_same(here, other)


def test_a_worker_without_a_model_or_data_is_refused() -> None:
    common = {"texts": {}, "rules": {}, "bridgex": "1"}
    plan = plan_of(["de-id"], ("bli", "nli"), changed=common)
    here = plan.facts
    gone = "There is no model folder at /models/one; check the path."
    for missing, says in (
        (Plan(plan.study, (), plan.choosers, {"one": gone}), f"models, one ({gone}"),
        (
            Plan(plan.study, plan.cells[:1], plan.choosers, {"nli": "Get xnli."}),
            "models, nli (Get xnli",
        ),
        (Plan(plan.study, plan.cells[:1], plan.choosers), "tasks, nli (None in place of"),
    ):
        with pytest.raises(RequestError, match="give it the same model, data and") as raised:
            require_same(here, missing.facts)
        assert says in str(raised.value)


def test_the_command_line_goes_all_the_way(finished: Path, tmp_path: Path) -> None:
    shown = RUNNER.invoke(app, ["study", "check", str(finished)])
    assert shown.exit_code == 0, shown.output
    assert "GiB" in shown.output
    shown = RUNNER.invoke(app, ["study", "status", str(finished)])
    assert "2 of 2 cases" in shown.output
    shown = RUNNER.invoke(app, ["study", "report", str(finished.with_suffix(""))])
    assert "bridge:es" in shown.output
    assert "chain_likelihood" in shown.output
    out = tmp_path / "tables"
    assert RUNNER.invoke(app, ["study", "export", str(finished), str(out)]).exit_code == 0
    assert (out / "results.parquet").is_file()
    merged = tmp_path / "merged"
    shown = RUNNER.invoke(app, ["study", "merge", str(finished), "--in", str(merged)])
    assert "2 cases" in shown.output
    shown = RUNNER.invoke(app, ["study", "compare", str(finished), str(merged)])
    assert "7 strategies of cases are the same in both" in shown.output


def test_init_writes_a_file_once(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    assert RUNNER.invoke(app, ["study", "init", str(path), "--preset", "paper"]).exit_code == 0
    again = RUNNER.invoke(app, ["study", "init", str(path)])
    assert again.exit_code == 1
    assert "is there already" in again.output


def test_what_cannot_be_done_is_partial(tmp_path: Path, tiny_folder: Path) -> None:
    more = '[[tasks]]\nname = "mrc"\n[[tasks]]\nname = "nli"\ndata = "xnli"\n'
    path = write(tmp_path, tiny_folder, more + '[[models]]\nname = "./absent"\n', '"de-id"')
    shown = RUNNER.invoke(app, ["study", "check", str(path)])
    assert shown.exit_code == PARTIAL
    assert "bridgex data get xnli" in shown.output
    shown = RUNNER.invoke(app, ["study", "run", str(path)])
    assert shown.exit_code == PARTIAL, shown.output
    assert "Left out: ./absent: There is no model folder" in shown.output
    assert "needs the folder of belebele" in shown.output


@pytest.mark.slow
def test_a_pair_without_a_dictionary_is_named_and_others_go_on(
    tmp_path: Path, tiny_folder: Path
) -> None:
    path = write(tmp_path, tiny_folder, pairs='"de-zu", "de-id"')
    for command in ("check", "run"):
        shown = RUNNER.invoke(app, ["study", command, str(path)])
        assert shown.exit_code == PARTIAL, shown.output
        assert "de-zu bli: The sample data has no Zulu" in shown.output
    assert f"{tiny_folder}: 1 of 2 cases" in shown.output


def test_a_model_that_does_not_fit_is_named_and_others_go_on(
    tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(cells, "run_case", full)
    folder = run_study(write(tmp_path, tiny_folder, pairs='"de-id"'), store=Store(tmp_path / "s"))
    (why,) = folder.gaps().values()
    assert f"Memory runs out with {tiny_folder}" in why


def test_executors_that_are_not_here_say_so(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = RUNNER.invoke(app, ["study", "run", str(finished), "--ray", "local", "--slurm", "1"])
    assert "give one of --ray and --slurm" in both.output
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    monkeypatch.setitem(__import__("sys").modules, "submitit", None)
    for executor, extra in ((on_ray.OnRay("local", 1), "ray"), (on_slurm.OnSlurm(1), "slurm")):
        with pytest.raises(RequestError, match=rf"bridgex\[{extra}\]"):
            run_study(finished, tmp_path / extra, executor=executor)


@pytest.mark.slow
def test_ray_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    run_study(
        finished,
        tmp_path / "study",
        executor=on_ray.OnRay("local", 2),
        store=Store(tmp_path / "store"),
    )
    assert files(tmp_path / "study") == files(finished.with_suffix(""))


@pytest.mark.slow
def test_jobs_of_submitit_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    run_study(
        finished,
        tmp_path / "study",
        executor=on_slurm.OnSlurm(2, minutes=5, cluster="local"),
        store=Store(tmp_path / "store"),
    )
    assert files(tmp_path / "study") == files(finished.with_suffix(""))


def test_threads_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert executors.threads_of(4) == "2"
    assert executors.threads_of(16) == "1"
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert executors.threads_of(4) == "3"


def test_gpus_are_shared_out() -> None:
    four = ["0", "1", "2", "3"]
    given = [executors.gpus_of(worker, 2, four) for worker in range(3)]
    assert [each["CUDA_VISIBLE_DEVICES"] for each in given] == ["0,1", "2,3", "0,1"]
    assert executors.gpus_of(0, 0, four) == {}
    assert executors.gpus_of(1, 1, ["0"]) == {}
