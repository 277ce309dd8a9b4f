"""One reader of translated words, for the probe and for word translation, and no torch for it."""

import subprocess
import sys

import pytest

from bridgex import probe
from bridgex.languages import find
from bridgex.tasks.bli import Bli
from bridgex.tasks.split import split_words
from bridgex.tasks.word_chain import GENERATION, is_accepted, prompt, read_word
from bridgex.texts import sample_lexicon

ANSWERS = [
    ('"דו"ח"', "he", 'דו"ח'),
    ("「火」です", "ja", "火"),
    ("“feu”, le feu", "fr", "feu"),
    ("«feu» (nom)", "fr", "feu"),
    ("“火”（ひ）", "ja", "火"),
    ('"fire"→日本語:"火"', "en", "fire"),
    (" fire\nwater", "en", "fire"),
    ('<think>It burns.</think>\n\n"fire"', "en", "fire"),
]


@pytest.mark.parametrize(("written", "code", "word"), ANSWERS)
def test_the_probe_and_bli_read_the_same(written: str, code: str, word: str) -> None:
    target = find(code)
    source = find("id") if code != "id" else find("en")
    lexicon = sample_lexicon(source, target)
    judged = probe.judged_word("x", (word, "other"), written, lexicon)
    assert (judged.answer, judged.understood) == (word, True)
    task = Bli.of_words(split_words(lexicon), items=1)
    assert task.answer(task.items[0], written) == word
    assert task.pivot_translation(task.items[0], find("en"), written) == word


@pytest.mark.parametrize("written", ["", "…", '""', "<think>fire"])
def test_what_is_no_word_is_not_understood(written: str) -> None:
    assert read_word(written) is None
    judged = probe.judged_word("x", ("fire",), written, sample_lexicon(find("id"), find("en")))
    assert (judged.answer, judged.understood) == ("", False)


def test_words_are_accepted_after_folding() -> None:
    assert is_accepted("IŞIK", ["ışık"], find("tr"))
    assert not is_accepted("Masse", ["Maße"], find("de"))
    assert prompt("火", find("zh"), find("ja")) == '中文:"火"→日本語:'
    assert GENERATION.finished('"fire"')
    assert not GENERATION.finished('"fire')


def test_tasks_load_no_torch() -> None:
    names = (
        "import pkgutil, importlib, sys, bridgex.tasks as rooms;"
        "[importlib.import_module(f'bridgex.tasks.{each.name}')"
        " for each in pkgutil.iter_modules(rooms.__path__)];"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", names], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
