"""How much text of each language is read, and where that shows."""

from pathlib import Path
from typing import Any

import pytest
import transformers

import bridgex
from bridgex.analysis.settings import preset
from bridgex.errors import RequestError
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.lm.sequences import sentences_within
from bridgex.lm.source import load
from bridgex.storage.store import Store
from bridgex.texts import sample_corpus

CODES = ("id", "he", "en", "de", "es")
LINES = 8


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for code in CODES:
        lines = sample_corpus(find(code)).sentences[: LINES - 3 * (code == "de")]
        (folder / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def counts(tiny_folder: Path, corpus: Path) -> dict[str, list[int]]:
    """Tokens of each sentence of each language, BOS left out."""
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(tiny_folder)
    return {
        code: [
            len(tokenizer(line, add_special_tokens=False)["input_ids"])
            for line in (corpus / f"{code}.txt").read_text(encoding="utf-8").splitlines()
        ]
        for code in CODES
    }


def run(tiny: Path, corpus: Path, store: Store, **budget: Any) -> Any:
    settings = preset().changed(
        {
            "selection.rate": 0.3,
            "probe.words": 8,
            "bridges.null_draws": 0,
            "bridges.matching_draws": 1,
        }
    )
    return bridgex.rank(
        *CODES[:2],
        model=str(tiny),
        candidates=CODES[2:],
        texts=Texts(corpus=corpus, budget=Budget(**budget)),
        settings=settings,
        device="cpu",
        dtype="float32",
        store=store,
    )


def test_sentences_are_read_until_they_reach_the_tokens(
    tiny_folder: Path, corpus: Path, counts: dict[str, list[int]]
) -> None:
    model = load(str(tiny_folder), device="cpu", dtype="float32")
    sentences = sample_corpus(find("id")).sentences[:LINES]
    own = counts["id"]
    for wanted, read in [(1, 1), (own[0], 1), (own[0] + 1, 2), (sum(own), LINES), (10**6, LINES)]:
        assert sentences_within(model, sentences, wanted) == read


def test_a_budget_in_sentences_reads_the_first_of_each(
    tiny_folder: Path, corpus: Path, tmp_path: Path, counts: dict[str, list[int]]
) -> None:
    ranking = run(tiny_folder, corpus, Store(tmp_path), sentences=6)
    for code, facts in ranking.provenance["corpora"].items():
        assert facts["sentences"] == (5 if code == "de" else 6)
        assert facts["tokens"] == sum(counts[code][:6])
    assert "Less text than the budget of 6 sentences: de 5." in ranking.notes
    assert "by sentences, 6 sentences ·" in ranking.signature
    whole = run(tiny_folder, corpus, Store(tmp_path))
    assert whole.provenance["corpora"]["id"]["sentences"] == LINES
    assert "by sentences ·" in whole.signature
    assert not any("Less text" in note for note in whole.notes)


def test_a_budget_in_tokens_is_reached_and_kept(
    tiny_folder: Path, corpus: Path, tmp_path: Path, counts: dict[str, list[int]]
) -> None:
    wanted = sum(counts["de"]) + 1
    store = Store(tmp_path)
    ranking = run(tiny_folder, corpus, store, tokens=wanted)
    for code, facts in ranking.provenance["corpora"].items():
        assert facts["tokens"] == sum(counts[code][: facts["sentences"]])
        if code != "de":
            assert facts["tokens"] >= wanted > sum(counts[code][: facts["sentences"] - 1])
    said = f"Less text than the budget of {wanted:,} tokens: de {wanted - 1:,}."
    assert said in ranking.notes
    assert f"by sentences, {wanted:,} tokens ·" in ranking.signature
    again = Store(tmp_path)
    assert run(tiny_folder, corpus, again, tokens=wanted) == ranking
    assert again.computed == []
    other = Store(tmp_path)
    run(tiny_folder, corpus, other, tokens=1)
    assert len(other.computed) >= 2 * len(CODES), "the budget is part of the key"


def test_a_budget_has_one_measure_and_is_not_empty() -> None:
    assert [str(Budget(**each)) for each in ({}, {"sentences": 1000}, {"tokens": 10_000})] == [
        "all text",
        "1,000 sentences",
        "10,000 tokens",
    ]
    with pytest.raises(RequestError, match="in sentences or in tokens, not both"):
        Budget(sentences=1, tokens=1)
    with pytest.raises(RequestError, match="tokens cannot be 0: input should be greater than or"):
        Budget(tokens=0)


def test_a_field_needs_a_corpus() -> None:
    with pytest.raises(RequestError, match="The field 'text' is of a corpus that is not given"):
        Texts(field="text")
