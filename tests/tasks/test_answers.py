"""Every task reads what a model wrote after its thinking, and no echo of its options."""

import pytest

from bridgex.languages import find
from bridgex.tasks.base import Task
from bridgex.tasks.commonsense import Commonsense
from bridgex.tasks.items import Item
from bridgex.tasks.labels import INFERENCE, LABELS, labels
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.mrc import Mrc
from bridgex.tasks.nli import Nli
from bridgex.tasks.topic import Topic
from bridgex.tasks.translation import Translation

PAIR = {"source": find("de"), "target": find("en")}
OPTIONS = ("red", "green", "blue", "black")
ITEM = Item("1", "x", ("green",), "which", OPTIONS)


def task(kind: type[Task], **more: object) -> Task:
    return kind(**PAIR, items=(), answering="generate", **more)  # type: ignore[arg-type]


THINKERS = [
    (task(Mrc), ITEM, "B", "green"),
    (task(Mrc, style="paper"), ITEM, "B", "green"),
    (task(Commonsense), Item("1", "x", ("rain",), "cause", ("sun", "rain")), "B", "rain"),
    (task(Nli), Item("1", "x", ("entailment",), "y", INFERENCE), "true", "entailment"),
    (task(Topic), Item("1", "x", ("travel",), "", ("sports", "travel")), "Travel.", "travel"),
    (task(Mathematics), Item("1", "x", ("18",)), "It is 18.", "18"),
    (task(Translation), Item("1", "x", ("A house.",)), "A house.", "A house."),
]


@pytest.mark.parametrize(("task", "item", "written", "answer"), THINKERS)
def test_thinking_is_no_answer(task: Task, item: Item, written: str, answer: str) -> None:
    assert task.answer(item, written) == answer
    assert task.answer(item, f"<think>\nA? 7? sports? false\n\n</think>\n\n{written}") == answer
    assert task.answer(item, f"A? 7?</think>{written}") == answer
    assert task.answer(item, f"<think>{written}") is None
    assert (
        task.pivot_translation(item, find("en"), "<think>Hm.\n</think>\nein Haus\n") == "ein Haus"
    )
    assert task.pivot_translation(item, find("en"), "<think>ein Haus") == ""


@pytest.mark.parametrize("code", LABELS)
@pytest.mark.parametrize("between", [" / ", ", ", "; ", " | ", "\u3001", " "])
def test_the_options_of_a_prompt_are_no_answer(code: str, between: str) -> None:
    target = find(code)
    for kind, words in ((Nli, labels(target).inference), (Topic, labels(target).topics)):
        asked = kind(source=find("es"), target=target, items=(), answering="generate")
        options = tuple(words.values())
        item = Item("1", "x", (next(iter(words)),), "", tuple(words))
        assert asked.answer(item, between.join(options)) is None
        assert asked.answer(item, f"({between.join(options)}):") is None
        for name, each in words.items():
            assert asked.answer(item, each) == name
            assert asked.answer(item, f"**{each}**.") == name


def test_all_letters_that_are_listed_are_read() -> None:
    options = tuple(f"colour {at}" for at in range(8))
    item = Item("1", "x", (options[7],), "which", options)
    reading = task(Mrc)
    assert reading.answer(item, reading.solution(item)) == options[7]
    assert [reading.answer(item, f"({name})") for name in "ABCDEFGH"] == list(options)
    assert reading.answer(item, "I") is None


def test_a_number_is_read_in_the_language_of_the_answer() -> None:
    item = Item("1", "x", ("1125",))
    german = Mathematics(source=find("en"), target=find("de"), items=())
    english = Mathematics(source=find("de"), target=find("en"), items=())
    assert german.answer(item, "Also 1.125 Euro.") == "1125"
    assert english.answer(item, "So 1.125 euros.") == "9/8"
    assert german.score(item, "1125") == 1
    assert german.score(Item("1", "x", ("1,125",)), "1125") == 1
    assert german.score(Item("1", "x", ("0.75",)), german.answer(item, "3/4") or "") == 1
    assert german.answer(item, "Zuerst:\n \n10") == "10"
    assert german.answer(item, "Das sind 9.\n\nFrage: Wie viele sind 10?") == "9"
