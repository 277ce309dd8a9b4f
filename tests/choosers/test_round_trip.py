"""Words that come back from a bridge, on a model that is a dictionary."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridgex.choosers import ChooserInput
from bridgex.choosers.round_trip import RoundTrip
from bridgex.errors import TextError
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.session import ModelSession
from tests.choosers.asking import PAIR, Dictionary, chooser_input, words


def asked_of(
    entries: dict[str, str], tiny_folder: Path, store: Path, **changes: Any
) -> tuple[ChooserInput, Dictionary]:
    inputs = chooser_input(tiny_folder, store)
    backend = Dictionary(entries)
    session = ModelSession(str(tiny_folder), generate_with=backend, store=inputs.session.store)
    return replace(inputs, session=session, **changes), backend


def test_words_count_that_come_back_and_were_not_copied(tiny_folder: Path, tmp_path: Path) -> None:
    task = words(10)
    entries = {}
    returning = {"English": 6, find("es").endonym: 3, find("it").endonym: 0}
    for name, count in returning.items():
        for at, item in enumerate(task.development):
            entries[f'Deutsch:"{item.context}"→{name}:'] = f'"{name}{at}"'
            if at < count:
                entries[f'{name}:"{name}{at}"→Deutsch:'] = f'"{item.context}"'
    copied = task.development[9].context
    entries[f'Deutsch:"{copied}"→English:'] = f'"{copied}"'
    entries[f'English:"{copied}"→Deutsch:'] = f'"{copied}"'
    asked, backend = asked_of(entries, tiny_folder, tmp_path)
    ranking = RoundTrip().rank(asked).ranking
    shares = {code: score.value for code, score in ranking.scores.items()}
    assert shares == {"en": 0.6, "es": 0.3, "it": 0.0}
    assert ranking.provenance["words"] == [item.context for item in task.development]
    assert not any("Indonesia" in prompt for prompt in backend.prompts)
    english = task.dictionaries["en"]
    cognate = replace(english, entries={**english.entries, copied: (copied,)})
    known = replace(task, dictionaries={**task.dictionaries, "en": cognate})
    same = RoundTrip().rank(replace(asked, words=known)).ranking
    assert same.scores["en"].value == 0.7, "a word that both languages have is no copy"


def test_no_word_of_the_target_is_needed(tiny_folder: Path, tmp_path: Path) -> None:
    asked, backend = asked_of({}, tiny_folder, tmp_path, words=None, shots=1)
    ranking = RoundTrip().rank(asked).ranking
    assert {score.value for score in ranking.scores.values()} == {0.0}
    assert any(prompt.count("→English:") == 2 for prompt in backend.prompts), "a solved example"
    unread = replace(asked, pair=(find("sw"), PAIR[1]), texts=Texts())
    with pytest.raises(TextError, match="no dictionary with words of Swahili"):
        RoundTrip().require(replace(unread, candidates=(find("yo"), find("ha"))))
