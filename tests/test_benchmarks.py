"""Benchmarks that hold bridgex against others run, and compare what they say they do."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks import gpu, peers
from benchmarks.peer_work import counts, counts_bridgex, lape_bridgex
from benchmarks.peer_work.measured import Handed


def test_numbers_that_agree_and_numbers_that_do_not() -> None:
    ours = {"en": np.array([[3, 1], [0, 2]])}
    assert peers.equal_counts(ours, ours) == "all 4 counts equal"
    theirs = {"en": np.array([[3, 4], [0, 1]])}
    assert peers.equal_counts(theirs, ours) == "2 of 4 counts differ, by 3 at most"
    first, second = {"en": np.array([1, 2, 9])}, {"en": np.array([2, 9])}
    assert peers.equal_neurons(first, second) == "2 of 3 neurons the same"
    values = {"pairs": np.array([0.5, 0.25])}
    apart = {"pairs": np.array([0.5, 0.251])}
    assert peers.equal_values(apart, values) == "2 values within 1e-03"


@pytest.mark.slow
def test_formulas_written_out_beside_bridgex_give_its_numbers(
    tiny_folder: Path, tmp_path: Path
) -> None:
    amounts = peers.hand(tmp_path / "handed", str(tiny_folder), "cpu", sentences=6)
    handed = Handed.read(tmp_path / "handed")
    by_hooks, by_bridgex = (work.prepare(handed)() for work in (counts, counts_bridgex))
    assert peers.equal_counts(by_hooks, by_bridgex).startswith("all ")
    taken = peers.cost(sys.executable, "lape", tmp_path / "handed", tmp_path / "out" / "lape")
    shared, of, every, *_ = peers.equal_neurons(taken.found, lape_bridgex.prepare(handed)()).split()
    assert (shared, of) == (every, "of")
    assert int(every) > 0
    assert taken.seconds > 0
    assert taken.peak_mib > 0
    assert set(amounts) == {peer.unit for peer in peers.PEERS}


@pytest.mark.slow
def test_what_a_gpu_is_measured_by_runs_on_any_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gpu.json"
    monkeypatch.setattr("sys.argv", ["gpu", "--tiny", "--json", str(out)])
    gpu.main()
    rows: list[dict[str, Any]] = json.loads(out.read_text())
    done = {(row["model"], row["what"]) for row in rows if row["rate"]}
    for model in ("tiny", "8B shape"):
        assert {(model, "bare forward"), (model, "counting, all neurons")} <= done
    assert ("tiny", "greedy answers, prompts/s") in done
    assert capsys.readouterr().out.count("\n") == len(rows) + 2
    monkeypatch.setattr("sys.argv", ["gpu", "--tiny", "--json", str(out), "--minutes", "0"])
    gpu.main()
    assert {row["note"] for row in json.loads(out.read_text())} == {"left out: no time"}
