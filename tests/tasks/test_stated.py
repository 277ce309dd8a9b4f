"""What a chat model states as its answer, as chat models write."""

import pytest

from bridgex.languages import find
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.forms import FORMS, forms
from bridgex.tasks.items import Item
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.mrc import Mrc
from bridgex.tasks.script import in_script
from bridgex.tasks.stated import (
    stated_letter,
    stated_number,
    stated_option,
    stated_text,
    stated_word,
    strict_number,
)
from bridgex.tasks.topic import Topic
from bridgex.tasks.translation import Translation

WORDS = [
    ("chat", "chat"),
    ('"chat"', "chat"),
    ('The French word for "gato" is "chat".', "chat"),
    ("The French word for 'gato' is 'chat'.", "chat"),
    ('El gato: "gato" se dice «chat» en francés.', "chat"),
    ('"gato" → "chat"', "chat"),
    ("gato → chat", "chat"),
    ("gato - chat", "chat"),
    ("gato: chat (masculin)", "chat"),
    ('Français:"chat"', "chat"),
    ("French: chat", "chat"),
    ("**chat** (nom masculin)", "chat"),
    ("La traduction est :\n\nchat", "chat"),
    ('Here is the translation:\n"gato" → "chat"', "chat"),
    ("Hm, it is an animal.\n\nRéponse : chat", "chat"),
    (r"\boxed{\text{chat}}", "chat"),
    ("<think>A pet.</think>\nchat", "chat"),
    ('"gato"', "gato"),
    ("Gato", "Gato"),
    ("<think>A pet", None),
    ("…", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "word"), WORDS)
def test_a_word_is_the_other_quotation_or_what_is_stated(written: str, word: str | None) -> None:
    assert stated_word(written, "gato", (find("es"), find("fr"))) == word


LETTERS = [
    ("B", "en", "B"),
    ("**B**", "en", "B"),
    ("(D)", "en", "D"),
    ("Option B", "en", "B"),
    ("B. The dog", "en", "B"),
    ("The correct answer is B.", "en", "B"),
    ("The answer is B because A is wrong.", "en", "B"),
    ("The dog barks.\nA is wrong.\n\nAnswer: D", "en", "D"),
    ("The answer is A? No.\nThe answer is C.", "en", "C"),
    (r"So it is \boxed{C}.", "en", "C"),
    ("Die richtige Antwort lautet C", "de", "C"),
    ("Antwort: B", "de", "B"),
    ("答案是B。", "zh", "B"),
    ("正确答案是 C", "zh", "C"),
    ("答えはDです。", "ja", "D"),
    ("A. a man\nB. a dog\nC. a cat\nD. an ox", "en", None),
    ("A man is tall.", "en", None),
    ("The answer is A man", "en", None),
    ("A or B", "en", None),
    ("E", "en", None),
    ("", "en", None),
]


@pytest.mark.parametrize(("written", "code", "named"), LETTERS)
def test_a_letter_is_read_where_it_is_stated(written: str, code: str, named: str | None) -> None:
    assert stated_letter(written, 4, find(code)) == named


TOPICS = ("science and technology", "travel", "politics")
OPTIONS = [
    ("Travel", "travel"),
    ("The topic is travel.", "travel"),
    ("The topic is **Science and Technology**.", "science and technology"),
    ("It is about a minister.\nAnswer: politics", "politics"),
    ("travel / politics", None),
    ("It is about politics and travel", None),
    ("It is about travelling", None),
    ("One\nof travel", None),
]


@pytest.mark.parametrize(("written", "chosen"), OPTIONS)
def test_an_option_is_read_where_it_is_stated(written: str, chosen: str | None) -> None:
    assert stated_option(written, TOPICS, find("en")) == chosen


NUMBERS = [
    ("2 + 3 = 5. The answer is 5.", "en", 5, 5),
    ("The answer is: **$1,234**. Then 5 more.", "en", 1234, 1234),
    (r"\boxed{18} and 3", "en", 18, None),
    ("Die Antwort lautet 1.250 Euro, also 2.", "de", 1250, 1250),
    ("答案是 18。3", "zh", 18, 18),
    ("উত্তর হল ১৮।", "bn", 18, 18),
    ("She has 3 + 4 = 7 eggs", "en", 7, None),
    ("none", "en", None, None),
]


@pytest.mark.parametrize(("written", "code", "last", "strict"), NUMBERS)
def test_a_number_is_read_where_it_is_stated(
    written: str, code: str, last: int | None, strict: int | None
) -> None:
    assert stated_number(written, find(code)) == last
    assert strict_number(written, find(code)) == strict


def test_a_text_is_read_without_its_introduction() -> None:
    assert stated_text('Here is the translation:\n\n"Bonjour."') == "Bonjour."
    assert stated_text("Un.\n\nDeux.") == "Un. Deux."
    assert stated_text('Il dit "oui".') == 'Il dit "oui".'
    assert stated_text("Il dit :") == "Il dit :"
    assert stated_text("<think>Hm") == ""


SCRIPTS = [
    ("chat", "fr", True),
    ("кот", "fr", False),
    ("猫", "ja", True),
    ("ねこ", "ja", True),
    ("コーヒー", "ja", True),
    ("cat", "ja", False),
    ("고양이", "ko", True),
    ("猫", "zh", True),
    ("বিড়াল", "bn", True),
    ("חתול", "he", True),
    ("hatul", "he", False),
    ("12", "he", None),
    ("DNA של", "he", False),
]


@pytest.mark.parametrize(("text", "code", "own"), SCRIPTS)
def test_a_script_is_told_from_another(text: str, code: str, own: bool | None) -> None:
    assert in_script(text, find(code)) is own


def of(kind: type[Task], target: str = "fr", **more: object) -> Task:
    pair = {"source": find("es"), "target": find(target)}
    return kind(**pair, items=(), answering="generate", **more)  # type: ignore[arg-type]


def test_an_echo_and_another_script_are_told() -> None:
    cat = Item("gato", "gato", ("chat",))
    assert of(Bli).fault(cat, "", "Gato") == "echoes_source"
    assert of(Bli).fault(cat, "", "кот") == "wrong_script"
    assert of(Bli).fault(cat, "", "chien") is None
    assert of(Bli).fault(cat, "", "chat") is None
    same = Item("radio", "radio", ("radio",))
    assert of(Bli).fault(same, "", "radio") is None
    assert of(Translation, "he").fault(cat, "", "hatul") == "wrong_script"
    assert of(Mathematics, "th").fault(cat, "The answer is 5.", "5") == "wrong_script"
    assert of(Mathematics, "th").fault(cat, "5", "5") is None


def test_a_chat_is_told_the_form_in_the_language_of_instructions() -> None:
    for code, words in FORMS.items():
        target, told = find(code), {"chat": True, "instruction_language": "target"}
        assert of(Bli, code, **told).form == words.word
        assert of(Mrc, code, **told).form == words.letter
        assert of(Topic, code, **told).form == words.option
        assert of(Translation, code, **told).form == words.text
        assert of(Mathematics, code, **told).form == of(Mathematics, code, chat=True).form
        assert words.statement.format("N") in of(Mathematics, code, chat=True).form
        assert of(Bli, code, chat=True).form == FORMS["en"].word
        assert of(Mrc, code, chat=True).form == FORMS["en"].letter
        each = (words.word, words.text, words.letter, words.option, words.solving)
        assert all(in_script(text, target) for text in each)
        assert len(set(each)) == len(each)
    assert of(Mrc, style="paper", chat=True).form == ""
    scored = Mrc(source=find("es"), target=find("fr"), items=(), answering="likelihood", chat=True)
    assert scored.form == ""
    assert forms(find("xh")) == FORMS["en"]


def test_solved_examples_are_turns_in_a_chat() -> None:
    cat, dog = Item("gato", "gato", ("chat",)), Item("perro", "perro", ("chien",))
    plain, chat = of(Bli), of(Bli, chat=True)
    shown = [(task.prompt(cat), task.solution(cat)) for task in (plain, chat)]
    assert plain.joined(plain.form, shown[:1], plain.prompt(dog)) == (
        'Español:"gato"→Français:"chat"\nEspañol:"perro"→Français:'
    )
    asked = chat.joined(chat.form, shown[1:], chat.prompt(dog))
    assert not isinstance(asked, str)
    assert asked.messages() == [
        {"role": "system", "content": FORMS["en"].word},
        {"role": "user", "content": 'Español:"gato"→Français:'},
        {"role": "assistant", "content": "chat"},
        {"role": "user", "content": 'Español:"perro"→Français:'},
    ]
    merged = asked.messages(system_turn=False)
    assert merged[0]["content"] == f'{FORMS["en"].word}\n\nEspañol:"gato"→Français:'
    assert [turn["role"] for turn in merged] == ["user", "assistant", "user"]
    assert str(asked).endswith('chat\n\nEspañol:"perro"→Français:')


@pytest.mark.parametrize(("kind", "tokens"), [(Bli, 128), (Mrc, 128), (Mathematics, 512)])
def test_a_chat_is_given_its_turn(kind: type[Task], tokens: int) -> None:
    task = of(kind, chat=True)
    spec = task.spec(task.generation)
    assert spec.max_tokens == tokens
    assert spec.cut('To see:\n\n1. "gato"\nAnswer: B\n') == 'To see:\n\n1. "gato"\nAnswer: B\n'
