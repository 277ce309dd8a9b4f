"""A task is one class: what it asks and what is right; everything else is there already."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import bridgex
from bridgex.languages import find
from bridgex.tasks import Item, PivotContext, Task


@dataclass(frozen=True, kw_only=True)
class Opposite(Task):
    """Name, in the target language, the opposite of a word in the source language."""

    name: ClassVar[str] = "opposite"

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        return f"Word: {self.context(item, pivot)}\nOpposite:"

    def score(self, item: Item, answer: str) -> float:
        return float(answer.casefold() in item.accepted)


def test_a_class_with_two_methods_is_a_task(tiny_folder: Path, tmp_path: Path) -> None:
    items = [Item(word, word, (other,)) for word, other in [("panas", "cold"), ("besar", "small")]]
    example = Item("baru", "baru", ("old",))
    task = Opposite(source=find("id"), target=find("en"), items=tuple(items), examples=(example,))
    session = bridgex.Session(str(tiny_folder), dtype="float32", store=bridgex.Store(tmp_path))
    evaluation = session.evaluate(
        "id",
        "en",
        task=task,
        strategies=["direct", "bridge:de"],
        asking=bridgex.TaskSettings(shots=1),
    )
    direct, bridged = evaluation.results
    assert direct.outcomes[0].prompt == ("Word: baru\nOpposite: old\n\nWord: panas\nOpposite:")
    assert bridged.outcomes[0].pivot is None or "\nDeutsch: " in bridged.outcomes[0].prompt
    assert [each.item for each in bridged.outcomes] == ["panas", "besar"]
    assert direct.measures[0].metric == "accuracy"
    assert "direct" in bridged.differences
    assert task.score(items[0], "Cold") == 1
