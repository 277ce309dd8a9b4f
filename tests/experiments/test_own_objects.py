"""Tasks and choosers of one's own, given as they are or registered under a name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

import bridgex
from bridgex import Evaluation, Item, PivotContext, Session, Store, Task, TaskSettings, Texts
from bridgex.choosers import CHOOSERS, Choice, ChooserInput
from bridgex.choosers.ranking import by_value
from bridgex.errors import RequestError
from bridgex.languages import Language, find
from bridgex.session import Cost
from bridgex.tasks import TASKS, TaskRequest, TaskTexts
from bridgex.tasks.mrc import Mrc

PAIR = find("id"), find("en")
WORDS = {"panas": "cold", "besar": "small", "tinggi": "low", "baru": "old"}


@dataclass(frozen=True, kw_only=True)
class Opposite(Task):
    """Name, in the target language, the opposite of a word in the source language."""

    name: ClassVar[str] = "opposite"

    @classmethod
    def read(
        cls, request: TaskRequest, source: Language, target: Language, texts: TaskTexts
    ) -> Self:
        items = tuple(Item(word, word, (other,)) for word, other in WORDS.items())
        return cls(source=source, target=target, items=items[: request.items])

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        return f"{self.source.endonym}: {self.context(item, pivot)}\nOpposite:"

    def score(self, item: Item, answer: str) -> float:
        return float(answer.casefold() in item.accepted)


@dataclass(frozen=True)
class LastFirst:
    """A chooser that puts the last candidate first."""

    name: str = "last_first"

    def rank(self, inputs: ChooserInput) -> Choice:
        values = {code: float(at) for at, code in enumerate(inputs.codes)}
        return Choice(by_value(self.name, inputs, values, why="is last"), self.name, Cost(7, 9))


def opposites(*words: str, **more: Any) -> Opposite:
    items = tuple(Item(word, word, (WORDS[word],)) for word in words)
    return Opposite(source=PAIR[0], target=PAIR[1], items=items, **more)


@pytest.fixture
def session(tiny_folder: Path, tmp_path: Path) -> Session:
    return Session(str(tiny_folder), device="cpu", dtype="float32", store=Store(tmp_path))


def test_a_task_with_items_of_ones_own(session: Session) -> None:
    task = opposites("panas", "besar", examples=(Item("baru", "baru", ("old",)),))
    found = session.evaluate(
        "id", "en", task=task, strategies=["direct", "bridge:de"], asking=TaskSettings(shots=1)
    )
    assert (found.task, found.items) == ("opposite", 2)
    direct, bridged = found.results
    shown = "Indonesia: baru\nOpposite: old\n\n"
    assert [each.prompt for each in direct.outcomes] == [
        f"{shown}Indonesia: {word}\nOpposite:" for word in ("panas", "besar")
    ]
    assert set(bridged.differences) == {"direct"}
    first = session.evaluate(
        "id", "en", task=task, strategies=["direct"], asking=TaskSettings(items=1)
    )
    assert [each.item for each in first.results[0].outcomes] == ["besar"]


def test_a_task_of_ones_own_goes_under_the_endonyms_of_the_run(session: Session) -> None:
    found = session.evaluate(
        "id",
        "en",
        task=opposites("panas"),
        strategies=["direct"],
        texts=Texts(endonyms={"id": "Bahasa Indonesia"}),
    )
    assert found.results[0].outcomes[0].prompt == "Bahasa Indonesia: panas\nOpposite:"


def test_a_class_of_tasks_reads_its_items(session: Session) -> None:
    found = session.evaluate(
        "id", "en", task=Opposite, strategies=["direct"], asking=TaskSettings(items=3)
    )
    assert [each.item for each in found.results[0].outcomes] == ["panas", "besar", "tinggi"]


def test_a_validation_of_ones_own(session: Session) -> None:
    items = tuple(Item(f"d{at}", word, (WORDS[word],)) for at, word in enumerate(WORDS))
    task = opposites("panas", "besar", development=items)
    found = session.validate(
        ["id-en"],
        tasks=[task],
        choosers=[LastFirst(), "development"],
        candidates=["de", "fr"],
    )
    (case,) = found.cases
    assert case.name == (("id", "en"), "opposite")
    assert (case.items, case.development) == (2, 4)
    assert list(case.chosen) == ["last_first", "development", "oracle"]
    assert case.chosen["last_first"].judgement.first == ("fr",)
    assert case.chosen["last_first"].cost == Cost(7, 9)
    assert case.chosen["development"].ranking.scores["fr"].items == 4


@pytest.mark.parametrize(
    ("task", "asking", "message"),
    [
        (opposites(), {}, "No item of opposite is left to evaluate"),
        (opposites("panas", "panas"), {}, "two items with the id 'panas'"),
        (
            opposites("panas", examples=(Item("panas", "baru", ("old",)),)),
            {},
            "two items with the id 'panas'",
        ),
        (opposites("panas"), {"shots": 1}, "opposite has no solved examples .*leave out --shots"),
        (opposites("panas"), {"answer": "likelihood"}, "opposite is answered freely"),
        (opposites("panas"), {"prompt": "paper"}, "opposite has no prompts in the style paper"),
        (replace(opposites("panas"), source=find("he")), {}, "items of Hebrew–English, not Indo"),
        ("opposite", {}, "There is no task 'opposite'"),
    ],
)
def test_what_is_wrong_with_a_task_is_said_before_the_model_is_found(
    task: Task | str, asking: dict[str, Any], message: str
) -> None:
    how = TaskSettings(**asking)
    with pytest.raises(RequestError, match=message):
        bridgex.evaluate("id", "en", task=task, model="no/such", asking=how)
    with pytest.raises(RequestError, match=message):
        bridgex.validate(["id-en"], tasks=[task], model="no/such", asking=how)


def test_two_tasks_of_one_name_are_refused(session: Session) -> None:
    with pytest.raises(RequestError, match="Two tasks are called opposite"):
        session.validate(["id-en"], tasks=[opposites("panas"), Opposite], choosers=["english"])


def test_a_task_of_ones_own_is_answered_as_asked(session: Session) -> None:
    items = (Item("1", "Kucing tidur.", ("a cat",), "Who sleeps?", ("a cat", "a dog")),)
    task = Mrc(source=PAIR[0], target=PAIR[1], items=items, answering="generate")

    def evaluated(**asking: Any) -> Evaluation:
        how = TaskSettings(**asking)
        return session.evaluate("id", "en", task=task, strategies=["direct"], asking=how)

    usual = evaluated().results[0].outcomes[0]
    assert usual.scored is None
    found = evaluated(answer="likelihood")
    outcome = found.results[0].outcomes[0]
    assert outcome.scored is not None
    assert outcome.written is None
    assert found.provenance["answering"] == "likelihood"
    paper = evaluated(prompt="paper", answer="generate")
    assert paper.results[0].outcomes[0].prompt.startswith("Kucing tidur.\nWho sleeps?\n")
    assert paper.provenance["style"] == "paper"


@pytest.fixture
def registered() -> Iterator[None]:
    bridgex.register_task(Opposite)
    bridgex.register_chooser(LastFirst())
    yield
    TASKS.unregister("opposite")
    CHOOSERS.unregister("last_first")


@pytest.mark.usefixtures("registered")
def test_what_is_registered_goes_by_its_name(session: Session) -> None:
    assert "opposite" in bridgex.list_tasks()
    assert "last_first" in bridgex.list_choosers()
    found = session.evaluate(
        "id",
        "en",
        task="opposite",
        strategies=["direct", "bridge:auto"],
        chooser="last_first",
        candidates=["de", "fr"],
        asking=TaskSettings(items=2),
    )
    assert found.provenance["chooser"] == "last_first"
    assert "last_first: untested. fr is last" in (found.recommendation or "")
    assert found.provenance["cost"] == {"passes": 7, "generated": 9}


def test_what_was_registered_is_gone_after_the_test_before() -> None:
    assert "opposite" not in bridgex.list_tasks()
    assert "last_first" not in bridgex.list_choosers()
