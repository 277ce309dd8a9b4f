"""Whose words stand in prompts: chosen, kept with the result, and named where they are missing."""

from pathlib import Path

import pytest

import bridgex
from bridgex.errors import RequestError
from bridgex.languages import find
from bridgex.tasks.base import InstructionLanguage, Item
from bridgex.tasks.labels import INFERENCE
from bridgex.tasks.nli import Nli

ITEMS = tuple(Item(str(at), f"Premise {at}.", ("neutral",), "So.", INFERENCE) for at in range(3))


def evaluate(
    model: object, store: Path, language: InstructionLanguage, target: str, *strategies: str
) -> bridgex.Evaluation:
    session = bridgex.Session(str(model), dtype="float32", store=bridgex.Store(store))
    return session.evaluate(
        "de",
        target,
        task=Nli(source=find("de"), target=find(target), items=ITEMS),
        strategies=strategies,
        asking=bridgex.TaskSettings(instruction_language=language),
    )


def test_words_follow_the_bridge_of_each_strategy(tiny_folder: Path, tmp_path: Path) -> None:
    told = evaluate(tiny_folder, tmp_path, "bridge", "zu", "direct", "bridge:fr", "replace:xh")
    assert told.provenance["instruction_language"] == "bridge"
    assert "default prompts with bridge words" in told.signature
    english = (
        "There are no label words in {}: the prompts of nli have English ones, and the answers to "
        "choose from are English."
    )
    assert [note for note in told.notes if "label words" in note] == [
        english.format("Zulu"),
        english.format("Xhosa"),
    ]
    direct, french, xhosa = ([each.prompt for each in got.outcomes] for got in told.results)
    assert all("Answer (true / uncertain / false):" in prompt for prompt in direct)
    assert any(french)
    assert all("Réponse (vrai / incertain / faux):" in prompt for prompt in french if prompt)
    assert all("Answer (true / uncertain / false):" in prompt for prompt in xhosa if prompt)
    answers = {each.answer for got in told.results for each in got.outcomes} - {None}
    assert answers <= set(INFERENCE)
    targets = evaluate(tiny_folder, tmp_path, "target", "fr", "direct")
    assert "default prompts with target words" in targets.signature
    assert "Réponse (vrai" in targets.results[0].outcomes[0].prompt
    sources = evaluate(tiny_folder, tmp_path, "source", "fr", "direct")
    assert "Antwort (wahr" in sources.results[0].outcomes[0].prompt
    assert targets.provenance["task"] != sources.provenance["task"]


def test_words_of_a_bridge_need_one_before_the_model_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="needs a strategy through a bridge; name one, or leave"):
        evaluate(Path("no/such"), tmp_path, "bridge", "fr", "direct")
