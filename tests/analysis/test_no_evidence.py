"""Models and dictionaries that hold nothing give no advice."""

from pathlib import Path

import pytest
from benchmarks.random_models import held, rankings

from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.bridges.ranking import ProbeWords
from bridgex.bridges.verdict import with_words
from bridgex.languages import find
from bridgex.probe import ProbeSettings, judged, probe_words
from bridgex.texts import Lexicon, sample_lexicon


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
