"""Models and dictionaries that hold nothing give no advice."""

from pathlib import Path

import pytest
from benchmarks.random_models import held, rankings

from bridgex.analysis.settings import RankSettings
from bridgex.api import Session
from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.bridges.ranking import ProbeWords
from bridgex.bridges.verdict import with_words
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.probe import ProbeSettings, judged, probe_words
from bridgex.storage.store import Store
from bridgex.texts import Lexicon, sample_lexicon
from tests.scripted import reciting


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_a_random_model_gets_no_advice(family: str, tmp_path: Path) -> None:
    """Ten families, four pairs: ``benchmarks/random_models.py``."""
    found = list(rankings(family, 0, tmp_path, pairs=("id zh",), words=12, width=256))
    assert {name for _, name, _ in found} == {"default", "paper", "demo"}
    if family == "llama":
        assert any(held(ranking).layers for _, _, ranking in found)
    for _, _, ranking in found:
        assert ranking.verdict.kind in {"no_evidence", "undetermined"}
        assert ranking.best is None
        assert ranking.first_places == ()
        assert not held(ranking).words
        assert "No bridge is advised; go directly." in ranking.summary()


@pytest.mark.parametrize("shift", [0, 7])
def test_a_shuffled_dictionary_is_no_advice(shift: int) -> None:
    """A model that translates every word right understands nothing of a shuffled dictionary."""
    true = sample_lexicon(find("es"), find("fr"))
    words, targets = list(true.entries), list(true.entries.values())
    shuffled = Lexicon(
        true.source,
        true.target,
        dict(zip(words, targets[shift:] + targets[:shift], strict=True)),
        true.provenance,
    )
    settings = ProbeSettings(words=120)
    asked = probe_words(shuffled, settings)
    said = [f'"{true.entries[word][0]}"' for word, _ in asked.asked]
    probe = judged(asked, said, shuffled, settings)
    known = ProbeWords(len(probe.answers), probe.understood, settings.understood, probe.basis)
    clear = Verdict("clear", ("en",), "Why.", beats_null=True)
    scores = {code: Score(0.5) for code in ("en", "de")}
    ranking = BridgeRanking(("es", "fr"), scores, (1, 2, 3), {}, {}, 0, {}, {}, clear, 0.9)
    found = with_words(ranking, known)
    assert (found.verdict.kind, found.best) == (
        ("undetermined", None) if shift else ("clear", "en")
    )


@pytest.mark.parametrize("shift", [0, 7])
def test_a_shuffled_dictionary_is_no_advice_from_end_to_end(
    shift: int, tiny_folder: Path, tmp_path: Path
) -> None:
    """The model answers every word right, and the dictionary says that all answers are wrong."""
    pair = find("es"), find("fr")
    true = sample_lexicon(*pair)
    words, targets = list(true.entries), list(true.entries.values())
    shuffled = Lexicon(
        *pair, dict(zip(words, targets[shift:] + targets[:shift], strict=True)), true.provenance
    )
    session = Session(
        str(tiny_folder),
        dtype="float32",
        store=Store(tmp_path),
        generate_with=reciting({word: each[0] for word, each in true.entries.items()}),
    )
    changes = {
        "selection.rate": 0.3,
        "probe.words": 60,
        "probe.understood": 40,
        "bridges.full_activation": 0.4,
        "bridges.null_draws": 99,
        "bridges.matching_draws": 2,
    }
    ranking = session.rank(
        *(language.code for language in pair),
        candidates=("en", "de"),
        texts=Texts(lexicon=shuffled, budget=Budget(sentences=6)),
        settings=RankSettings().changed(changes),
    )
    assert ranking.words is not None
    if not shift:
        assert ranking.words.understood >= 40
        return
    assert ranking.words.understood < 5
    assert ranking.verdict.kind in {"undetermined", "no_evidence"}
    assert ranking.best is None
    assert "No bridge is advised; go directly." in ranking.summary()
