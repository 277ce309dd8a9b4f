"""Which pivot translations can be trusted, and how `prompt` says so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridgex.api import Session
from bridgex.cli import app
from bridgex.evaluation.run import PivotTranslation, Prepared
from bridgex.evaluation.strategies import Strategy
from bridgex.experiments import trust
from bridgex.experiments.trust import Trust, of_text, of_word
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import PivotContext
from bridgex.tasks.split import split_words
from bridgex.texts import sample_lexicon

INDONESIAN, CHINESE, ENGLISH = find("id"), find("zh"), find("en")


@pytest.fixture(scope="module")
def words() -> Bli:
    dictionaries = Texts().dictionaries_into((ENGLISH,), INDONESIAN)
    task = Bli.of_words(split_words(sample_lexicon(INDONESIAN, CHINESE)), dictionaries=dictionaries)
    return task.developing_on(20)


def judged(words: Bli, word: str, pivot: str, session: Any = None) -> Trust:
    return of_word(session, words, word, pivot, ENGLISH, chat=False)


def test_a_dictionary_that_has_the_word_decides(words: Bli) -> None:
    assert judged(words, "api", "I am") == Trust(
        trusted=False, why="Not trusted: the dictionary has fire."
    )
    right = judged(words, "API", " Fire ")
    assert right.trusted
    assert right.why.startswith("Trusted: the dictionary has ' Fire ' for 'API'")


@pytest.mark.parametrize(
    ("right", "trusted"), [(0, False), (2, False), (9, False), (10, True), (20, True)]
)
def test_otherwise_development_words_do(
    words: Bli, monkeypatch: pytest.MonkeyPatch, right: int, trusted: bool
) -> None:
    dictionary = words.dictionaries["en"].entries

    def prepared(_session: ModelSession, task: Bli, strategy: Strategy, **_: object) -> Prepared:
        assert strategy == Strategy(ENGLISH)
        pivots = {
            item.id: PivotTranslation(
                PivotContext(ENGLISH, dictionary[item.context][0] if at < right else "I am")
            )
            for at, item in enumerate(task.items)
        }
        return Prepared({}, {}, {}, pivots, 0, 0, 0)

    monkeypatch.setattr(trust, "prepare", prepared)
    found = judged(words, "swafoto", "I am")
    assert found.trusted is trusted
    assert f"puts {right} of 20 development words rightly into English." in found.why
    assert found.why.startswith("Trusted" if trusted else "Not trusted")


def test_what_nothing_tells_is_not_checked(words: Bli) -> None:
    assert judged(replace(words, dictionaries={}), "api", "fire") == Trust(
        None, "Not checked: there is no dictionary from Indonesian into English."
    )
    few = judged(words.developing_on(3), "swafoto", "selfie")
    assert few == Trust(None, "Not checked: too few words to try English on.")


def test_a_text_that_is_its_own_translation_is_not_trusted() -> None:
    assert of_text("Saya makan nasi.", "saya makan nasi", INDONESIAN).trusted is False
    assert of_text("Saya makan.", "I eat " * 40, INDONESIAN).trusted is False
    assert of_text("Saya makan nasi.", "I eat rice.", INDONESIAN).trusted is None


def test_prompt_says_so(tiny_folder: Path, tmp_path: Path) -> None:
    session = Session(str(tiny_folder), dtype="float32", store=Store(tmp_path))
    found = session.prompt("id", "zh", "api", bridge="fr")
    assert found.pivot is not None
    assert (found.trusted, found.check) == (False, "Not trusted: the dictionary has feu.")
    direct = session.prompt("id", "zh", "api", bridge="direct")
    assert (direct.trusted, direct.check) == (None, "")
    command = ["prompt", "id", "zh", "api", "--bridge", "fr", "--dtype", "float32"]
    result = CliRunner().invoke(app, [*command, "--model", str(tiny_folder)])
    assert result.exit_code == 0, result.output
    assert "Not trusted: the dictionary has feu." in result.stderr
    assert "Not trusted" not in result.stdout


def test_a_dictionary_of_another_pair_does_not_stop_a_prompt_through_a_named_bridge(
    tiny_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "words"
    other.mkdir()
    (other / "fr-it.txt").write_text("feu\tfuoco\n" * 3, encoding="utf-8")
    session = Session(str(tiny_folder), dtype="float32", store=Store(tmp_path / "store"))
    found = session.prompt("id", "zh", "api", bridge="fr", texts=Texts(lexicon=(other,)))
    assert found.trusted is None
    assert found.check.startswith("Not checked: ")
