"""Stage keys: nothing that could change a number ever meets what was stored without it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.bridges import BridgeRanking, BridgeSettings
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.neurons import Selection
from bridgex.probe import ProbeSettings
from bridgex.storage.store import Store
from bridgex.texts import Lexicon, sample_corpus, sample_lexicon
from tests.tiny_llama import save_tiny_llama

PAIR = ("id", "he")
CANDIDATES = ("en", "de")
USUAL = RankSettings(
    selection=Selection(rate=0.3),
    probe=ProbeSettings(words=12),
    bridges=BridgeSettings(null_draws=9, matching_draws=2, full_activation=0.4),
)


class LoadedError(Exception):
    """The model was needed."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for code in (*PAIR, *CANDIDATES, "fr"):
        sentences = sample_corpus(find(code)).sentences[:6]
        (folder / f"{code}.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def kept(tiny_folder: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the usual run."""
    folder = tmp_path_factory.mktemp("store")
    run(tiny_folder, corpus, Store(folder))
    return folder


def run(
    tiny: Path,
    corpus: Path,
    store: Store,
    texts: dict[str, Any] | None = None,
    **changed: Any,
) -> BridgeRanking:
    request: dict[str, Any] = {
        "source": PAIR[0],
        "target": PAIR[1],
        "model": str(tiny),
        "candidates": CANDIDATES,
        "texts": Texts(corpus=corpus, **texts or {}),
        "settings": USUAL,
        "device": "cpu",
        "dtype": "float32",
    }
    return bridgex.rank(**request | changed, store=store)


def loading(_source: object) -> None:
    raise LoadedError


def other(**changed: Any) -> dict[str, Any]:
    """The usual settings with some of them changed, room by room."""
    settings = USUAL.model_dump()
    for name, value in changed.items():
        settings[name] = settings[name] | value if isinstance(value, dict) else value
    return {"settings": RankSettings.model_validate(settings)}


def altered(lexicon: Lexicon) -> Lexicon:
    words = dict(list(lexicon.entries.items())[1:])
    return Lexicon(lexicon.source, lexicon.target, words, lexicon.provenance)


NEED_THE_MODEL: dict[str, dict[str, Any]] = {
    "pair": {"source": "he", "target": "id"},
    "candidate": {"candidates": ("en", "fr")},
    "lexicon": {"texts": {"lexicon": altered(sample_lexicon(find("id"), find("he")))}},
    "endonym": {"texts": {"endonyms": {"id": "Bahasa"}}},
    "dtype": {"dtype": "bfloat16"},
    "sequences": other(sequences="windows"),
    "sentences": {"texts": {"budget": Budget(sentences=3)}},
    "tokens": {"texts": {"budget": Budget(tokens=100)}},
    "special in statistics": other(special=True),
    "method": other(selection={"method": "lift"}),
    "rate": other(selection={"rate": 0.25}),
    "count": other(selection={"rate": None, "count": 30}),
    "words": other(probe={"words": 10}),
    "shots": other(probe={"shots": 1}),
    "pooling": other(probe={"pooling": "mean"}),
    "special in the probe": other(probe={"special": True}),
}

SCORED_ANEW: dict[str, Any] = {
    "measure": "cka",
    "aggregation": "best_match",
    "kernel": "linear",
    "bandwidth": 2.0,
    "bridge_set": "all",
    "full_activation": 0.3,
    "size_matched": False,
    "matching_draws": 3,
    "null_draws": 19,
    "level": 0.8,
    "band": (0.2, 0.7),
    "seed": 1,
}


def test_the_usual_run_needs_no_model_again(
    tiny_folder: Path, corpus: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.lm.source.ModelSource.load", loading)
    store = Store(kept)
    run(tiny_folder, corpus, store)
    assert store.computed == []


@pytest.mark.parametrize("what", NEED_THE_MODEL)
def test_another_request_asks_the_model_again(
    tiny_folder: Path, corpus: Path, kept: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.lm.source.ModelSource.load", loading)
    with pytest.raises(LoadedError):
        run(tiny_folder, corpus, Store(kept), **NEED_THE_MODEL[what])


def one_more_sentence(corpus: Path, _model: Path) -> None:
    with (corpus / "de.txt").open("a", encoding="utf-8") as file:
        file.write("Noch ein Satz.\n")


def other_weights(_corpus: Path, model: Path) -> None:
    save_tiny_llama(model, seed=1)


def other_tokenizer(_corpus: Path, model: Path) -> None:
    path = model / "tokenizer_config.json"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


@pytest.mark.parametrize("change", [one_more_sentence, other_weights, other_tokenizer])
def test_other_files_ask_the_model_again(
    tiny_folder: Path,
    corpus: Path,
    kept: Path,
    tmp_path: Path,
    change: Callable[[Path, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = [shutil.copytree(each, tmp_path / each.name) for each in (corpus, tiny_folder)]
    monkeypatch.setattr("bridgex.lm.source.ModelSource.load", loading)
    run(own[1], own[0], Store(kept))
    change(own[0], own[1])
    with pytest.raises(LoadedError):
        run(own[1], own[0], Store(kept))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bridgex.tasks.word_chain.TEMPLATE", "{source} {word} {target}"),
        ("bridgex.lm.batches.SCHEME", "another"),
        ("bridgex.lm.local.generation.SCHEME", "another"),
        ("bridgex.storage.store.SCHEMA", 0),
        ("torch.__version__", "2.0.0"),
    ],
)
def test_another_way_to_compute_asks_the_model_again(
    tiny_folder: Path,
    corpus: Path,
    kept: Path,
    name: str,
    value: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridgex.lm.source.ModelSource.load", loading)
    monkeypatch.setattr(name, value)
    with pytest.raises(LoadedError):
        run(tiny_folder, corpus, Store(kept))


def test_every_setting_of_the_score_is_tried() -> None:
    assert set(SCORED_ANEW) == set(BridgeSettings.model_fields)
    assert all(value != getattr(USUAL.bridges, name) for name, value in SCORED_ANEW.items())


@pytest.mark.parametrize(
    "changes",
    [
        *({"bridges": {name: value}} for name, value in SCORED_ANEW.items()),
        {"selection": {"without_universal": True}},
    ],
    ids=str,
)
def test_another_setting_of_the_score_scores_anew_and_signs_so(
    tiny_folder: Path, corpus: Path, kept: Path, changes: dict[str, Any]
) -> None:
    usual, store = run(tiny_folder, corpus, Store(kept)), Store(kept)
    changed = run(tiny_folder, corpus, store, **other(**changes))
    assert store.computed
    assert changed.signature != usual.signature


def test_a_torn_stage_is_made_again_and_said(
    tiny_folder: Path, corpus: Path, tmp_path: Path
) -> None:
    usual = run(tiny_folder, corpus, Store(tmp_path))
    entries = [
        path
        for stage in ("stats", "activations", "ranking")
        for path in (tmp_path / stage).glob("*.safetensors")
    ]
    journals = list((tmp_path / "generate").glob("*/*.jsonl"))
    assert len(entries) == 6
    assert sum(len(path.read_bytes().splitlines()) for path in journals) == USUAL.probe.words
    for path in (*entries, *journals):
        path.write_bytes(path.read_bytes()[:-5])
    store = Store(tmp_path)
    again = run(tiny_folder, corpus, store)
    assert set(store.damaged) == {*entries, *journals}
    assert len(store.computed) == len(entries) + len(journals), "of a journal, the torn line alone"
    assert again.scores == usual.scores
    assert sum("damaged cache entry" in note for note in again.notes) == len(store.damaged)


def test_a_model_is_known_by_its_bytes_not_by_its_name(
    tiny_folder: Path, corpus: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = shutil.copytree(tiny_folder, tmp_path / "moved")
    monkeypatch.setattr("bridgex.lm.source.ModelSource.load", loading)
    store = Store(kept)
    assert run(moved, corpus, store).signature.startswith("moved@")
    assert store.computed == []
    assert torch.__version__ in run(moved, corpus, store).provenance["model"]["libraries"]
