"""Our own prompts as they read, whose words stand in them, and what is said where none are."""

from dataclasses import replace

import pytest

from bridgex.languages import find
from bridgex.tasks import TASKS, Item, PivotContext
from bridgex.tasks.base import InstructionLanguage, Task
from bridgex.tasks.commonsense import Commonsense
from bridgex.tasks.labels import INFERENCE, TOPICS
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.mrc import Mrc
from bridgex.tasks.nli import Nli
from bridgex.tasks.templated import Templated
from bridgex.tasks.topic import Topic
from bridgex.tasks.translation import Translation

ENGLISH = find("en")


def task(kind: type[Task], source: str, target: str, **more: object) -> Task:
    return kind(source=find(source), target=find(target), items=(), **more)  # type: ignore[arg-type]


PREMISE = Item("1", "Es regnet.", ("neutral",), "Il pleut fort.", INFERENCE)
QUESTION = Item("1", "天黑了。", ("לילה",), "מה השעה?", ("לילה", "בוקר"))
CAUSE = Item("1", "El cristal se rompió.", ("كان ضعيفا.",), "cause", ("كان ضعيفا.", "كان قويا."))


@pytest.mark.parametrize(
    ("asked", "item", "prompt", "choices"),
    [
        (
            task(Nli, "de", "fr"),
            PREMISE,
            "Texte: Es regnet.\nAffirmation: Il pleut fort.\nRéponse (vrai / incertain / faux):",
            (" vrai", " incertain", " faux"),
        ),
        (
            task(Mrc, "zh", "he"),
            QUESTION,
            "טקסט: 天黑了。\nשאלה: מה השעה?\nA. לילה\nB. בוקר\nתשובה:",
            (" A", " B"),
        ),
        (
            task(Commonsense, "es", "ar"),
            CAUSE,
            "El cristal se rompió، لأن",
            (" كان ضعيفا.", " كان قويا."),
        ),
        (
            task(Commonsense, "es", "ar", answering="generate"),
            CAUSE,
            "El cristal se rompió.\nالسؤال: السبب?\nA. كان ضعيفا.\nB. كان قويا.\nالإجابة:",
            (" A", " B"),
        ),
        (
            task(Commonsense, "en", "zh"),
            Item("1", "It rained!", ("地湿了。",), "effect", ("地湿了。", "Tom来了。")),
            "It rained，所以",
            ("地湿了。", "tom来了。"),
        ),
        (
            task(Topic, "id", "ja"),
            Item("1", "Tim itu menang.", ("sports",), options=TOPICS),
            "文章: Tim itu menang.\n話題:",
            (" 科学技術", " 旅行", " 政治", " スポーツ", " 健康", " 娯楽", " 地理"),
        ),
        (
            task(Topic, "id", "ja", answering="generate"),
            Item("1", "Tim itu menang.", ("sports",), options=TOPICS),
            "文章: Tim itu menang.\n話題 (科学技術 / 旅行 / 政治 / スポーツ / 健康 / 娯楽 / 地理):",
            (" 科学技術", " 旅行", " 政治", " スポーツ", " 健康", " 娯楽", " 地理"),
        ),
        (
            task(Mathematics, "en", "sw"),
            Item("1", "1 + 1?", ("2",)),
            "Swali: 1 + 1?\nJibu hatua kwa hatua:",
            (),
        ),
        (task(Translation, "he", "ja"), Item("1", "שלום", ("やあ",)), "עִברִית: שלום\n日本語:", ()),
    ],
)
def test_our_own_prompts(asked: Task, item: Item, prompt: str, choices: tuple[str, ...]) -> None:
    assert asked.prompt(item) == prompt
    assert asked.choices(item) == choices
    if choices:
        assert asked.solution(item) == choices[item.options.index(item.accepted[0])]
    beside = asked.prompt(item, PivotContext(ENGLISH, "IN ENGLISH"))
    shown = f"{item.context.rstrip('.!')}"
    assert beside.startswith(prompt[: prompt.index(shown)] + f"{item.context}\nEnglish: IN ENGLISH")
    alone = asked.prompt(item, PivotContext(ENGLISH, "IN ENGLISH", keep_source=False))
    assert shown not in alone
    assert alone.startswith(
        "English: IN ENGLISH"
        if isinstance(asked, Translation)
        else prompt[: prompt.index(shown)] + "IN ENGLISH"
    )


@pytest.mark.parametrize(
    ("language", "bridge", "words"),
    [
        ("target", None, "Texte Affirmation vrai"),
        ("target", "en", "Texte Affirmation vrai"),
        ("source", "en", "Text Aussage wahr"),
        ("english", None, "Passage Statement true"),
        ("bridge", "id", "Teks Pernyataan benar"),
        ("bridge", None, "Texte Affirmation vrai"),
    ],
)
def test_words_are_of_the_language_of_instructions(
    language: InstructionLanguage, bridge: str | None, words: str
) -> None:
    asked = task(Nli, "de", "fr", instruction_language=language)
    asked = asked.through(bridge and find(bridge))  # type: ignore[arg-type]
    pivot = PivotContext(find(bridge), "…", keep_source=False) if bridge else None
    passage, statement, true = words.split()
    prompt = asked.prompt(PREMISE, pivot)
    assert prompt.startswith(f"{passage}: {'…' if pivot else PREMISE.context}\n{statement}: ")
    assert f"({true} / " in prompt
    assert asked.choices(PREMISE)[0] == f" {true}"
    generated = replace(asked, answering="generate")
    assert generated.answer(PREMISE, f"{true}.") == "entailment"
    assert asked.digest == replace(asked, bridge=None).digest


def test_the_word_that_leads_to_an_option_is_punctuated_as_its_language_is() -> None:
    asked = task(Commonsense, "es", "ar", instruction_language="source")
    assert asked.prompt(CAUSE) == "El cristal se rompió, porque"
    assert asked.choices(CAUSE)[0] == " كان ضعيفا."


def test_a_language_without_words_is_named_and_has_the_english_ones() -> None:
    zulu = "There are no label words in Zulu: the prompts of {} have English ones{}."
    answers = ", and the answers to choose from are English"
    for kind, too in ((Mrc, ""), (Nli, answers), (Topic, answers), (Mathematics, "")):
        assert task(kind, "de", "zu").wording() == (zulu.format(kind.name, too),)
        assert task(kind, "zu", "de").wording() == ()
        elsewhere = task(kind, "de", "fr", instruction_language="bridge")
        assert elsewhere.wording() == ()
        assert elsewhere.through(find("zu")).wording() == (zulu.format(kind.name, too),)
    assert task(Mrc, "de", "zu").prompt(QUESTION).startswith("Passage: 天黑了。\nQuestion: ")
    for silent in (task(Translation, "de", "zu"), task(Mrc, "de", "zu", style="paper")):
        assert silent.wording() == ()


def test_texts_are_never_read_as_templates() -> None:
    hostile = "{words.answer} {0} {} {{query}} \\n"
    item = Item("1", hostile, (hostile,), hostile, (hostile, "b"))
    pivot = PivotContext(ENGLISH, hostile)
    for name in TASKS:
        kind = TASKS[name]
        for style in kind.styles:
            asked = task(kind, "de", "fr", style=style)
            assert asked.prompt(item, pivot).count(hostile[:-1]) >= 1
            if isinstance(asked, Templated):
                assert hostile in asked.prompt(item, pivot) + "".join(asked.choices(item))


def test_styles_are_those_that_have_a_template() -> None:
    styles = {name: TASKS[name].styles for name in TASKS}
    assert styles == {
        "bli": ("default", "paper"),
        "mrc": ("default", "lm-eval", "paper"),
        **dict.fromkeys(
            ("nli", "commonsense", "mathematics", "topic", "translation"), ("default", "lm-eval")
        ),
    }
