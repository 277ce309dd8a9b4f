"""Strategies that are asked together: the same answers, in fewer calls of the model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridgex.evaluation.run import ask_together, run
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import find
from bridgex.lm.local import LocalBackend
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.split import split_words
from bridgex.texts import sample_lexicon

WAYS = (DIRECT, Strategy(find("de")), Strategy(find("de"), keep_source=False), Strategy(find("en")))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many prompts each call of the model had."""
    sizes: list[int] = []
    generate: Callable[..., None] = LocalBackend.generate

    def counted(self: LocalBackend, prompts: Any, *more: Any, **others: Any) -> None:
        sizes.append(len(prompts))
        generate(self, prompts, *more, **others)

    monkeypatch.setattr(LocalBackend, "generate", counted)
    return sizes


@pytest.mark.slow
def test_two_calls_ask_everything_and_answers_are_the_same(
    tiny_folder: Path, tmp_path: Path, asked: list[int]
) -> None:
    task = Bli.of_words(split_words(sample_lexicon(find("id"), find("fr"))), items=3)
    one, other = (
        ModelSession(str(tiny_folder), dtype="float32", store=Store(tmp_path / name))
        for name in ("one", "other")
    )
    ask_together(one, task, WAYS)
    assert len(asked) == 2
    together = [run(one, task, way) for way in WAYS]
    assert len(asked) == 2
    assert together == [run(other, task, way) for way in WAYS]
    assert len(asked) > 4
