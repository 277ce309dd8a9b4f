"""Benchmarks that say something of bridgex beside others run, and compare what they say they do."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks import gpu, peers


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
    rows = {
        peer.name: peers.compare(tmp_path, peer, amounts)
        for peer in peers.PEERS
        if not peer.requirements
    }
    assert rows["transformers"]["numbers"].startswith("all ")
    shared, of, every, *_ = rows["LAPE"]["numbers"].split()
    assert (shared, of) == (every, "of")
    assert all(row["theirs"] > 0 and row["their_peak_mib"] > 0 for row in rows.values())
    assert all(peers.line(row).count("|") == 8 for row in rows.values())


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
