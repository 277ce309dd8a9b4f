"""Memory that runs out halves the batch, on every processor, and the result says so."""

from pathlib import Path
from typing import Any

import pytest
import torch

import bridgex
from bridgex.analysis.settings import preset
from bridgex.bridges import BridgeRanking
from bridgex.errors import ModelError
from bridgex.lm import capture
from bridgex.lm.decoding import Decoding
from bridgex.lm.memory import compute_rows, require_memory_problem
from bridgex.storage.store import Store


def out_of_cpu_memory() -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**58, dtype=torch.uint8)
    return caught.value


def test_what_a_cpu_says_without_memory_halves_a_batch() -> None:
    problem = out_of_cpu_memory()
    assert not isinstance(problem, torch.OutOfMemoryError)

    def compute(rows: list[int]) -> list[tuple[int, int]]:
        if len(rows) > 2:
            raise problem
        return [(row, len(rows)) for row in rows]

    assert list(compute_rows([[0], [1, 2, 3]], compute)) == [  # the longest texts come first
        (1, 1, True),
        (2, 2, True),
        (3, 2, True),
        (0, 1, False),
    ]
    require_memory_problem(problem, 2)
    with pytest.raises(ModelError, match="Memory runs out on a single text"):
        require_memory_problem(problem, 1)
    require_memory_problem(RuntimeError("MPS backend out of memory (MPS allocated: …)"), 2)


def test_another_problem_is_passed_on() -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        require_memory_problem(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), 8)


def rank(model: Path, store: Store) -> BridgeRanking:
    settings = preset("default").changed(
        {
            "selection.rate": 0.3,
            "probe.words": 12,
            "bridges.null_draws": 0,
            "bridges.matching_draws": 1,
        }
    )
    return bridgex.rank(
        "id",
        "he",
        model=str(model),
        candidates=["en", "de"],
        texts=bridgex.Texts(budget=bridgex.Budget(sentences=4)),
        settings=settings,
        device="cpu",
        dtype="float32",
        store=store,
    )


def notes_on_memory(ranking: BridgeRanking) -> list[str]:
    return [note for note in ranking.notes if note.startswith("Memory ran out")]


def test_a_ranking_says_where_batches_were_halved(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plenty = rank(tiny_folder, Store(tmp_path / "plenty"))
    assert notes_on_memory(plenty) == []
    real = Decoding.admit

    def scarce_decoding(decoding: Decoding, prompts: Any) -> dict[int, int]:
        if len(prompts) > 6:
            raise torch.OutOfMemoryError
        return real(decoding, prompts)

    def scarce(reduce: Any, most: int) -> Any:
        def reduced(self: Any, layer: int, activation: Any, batch: Any) -> torch.Tensor:
            if len(batch.rows) > most:
                raise torch.OutOfMemoryError
            kept: torch.Tensor = reduce(self, layer, activation, batch)
            return kept

        return reduced

    monkeypatch.setattr(Decoding, "admit", scarce_decoding)
    for kind, most in ((capture.CountPositive, 2), (capture.PoolNeurons, 6)):
        monkeypatch.setattr(kind, "reduce", scarce(kind.reduce, most))
    store = Store(tmp_path / "scarce")
    oom_splits = rank(tiny_folder, store)
    said = notes_on_memory(oom_splits)
    assert len(said) == 3
    for what in (
        "while counting activations",
        "while asking for translations",
        "once while reading the probe's activations",
    ):
        assert any(what in note for note in said)
    assert {code: each.value for code, each in oom_splits.scores.items()} == pytest.approx(
        {code: each.value for code, each in plenty.scores.items()}, rel=1e-3
    )
    assert notes_on_memory(rank(tiny_folder, Store(store.folder))) == said
