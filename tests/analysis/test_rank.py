"""The whole flow on a tiny model: every number equals a slow, obvious re-computation."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import bridgex
from bridgex.analysis.settings import RankSettings, preset
from bridgex.bridges import BridgeRanking
from bridgex.bridges.score import draw_seed
from bridgex.dependence import random_subsets
from bridgex.errors import RequestError, TextError, UnknownLanguageError
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.lm.batches import Encoded
from bridgex.lm.model import LanguageModel
from bridgex.storage.store import Store
from bridgex.texts import sample_corpus, sample_lexicon, write_lexicon

PAIR = ("id", "he")
CANDIDATES = ("en", "de", "es")
EVERYONE = (*PAIR, *CANDIDATES)
SENTENCES = 12
RATE = 0.3


def small(name: str) -> RankSettings:
    settings = preset(name).model_dump()
    settings["sequences"] = "sentences"
    settings["selection"]["rate"] = RATE
    settings["probe"]["words"] = 24
    settings["bridges"] |= {"null_draws": 19, "matching_draws": 3, "full_activation": 0.4}
    return RankSettings.model_validate(settings)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for code in EVERYONE:
        sentences = sample_corpus(find(code)).sentences[:SENTENCES]
        (folder / f"{code}.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
    return folder


def run(
    tiny: Path, corpus: Path, store: Store, name: str = "default", **texts: Any
) -> BridgeRanking:
    return bridgex.rank(
        *PAIR,
        model=str(tiny),
        candidates=CANDIDATES,
        texts=Texts(corpus=corpus, **texts),
        settings=small(name),
        device="cpu",
        dtype="float32",
        store=store,
    )


class Slow:
    """One text at a time, one neuron at a time, in float64 where it matters."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
        self.model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()

    def activations(self, text: str) -> list[torch.Tensor]:
        """Per layer, (tokens without BOS, width)."""
        seen: list[torch.Tensor] = []
        hooks = [
            layer.mlp.gate_proj.register_forward_hook(lambda _m, _i, out: seen.append(out[0]))
            for layer in self.model.model.layers
        ]
        with torch.inference_mode():
            self.model(**self.tokenizer(text, return_tensors="pt"))
        for hook in hooks:
            hook.remove()
        return [torch.nn.functional.silu(layer)[1:] for layer in seen]

    def stats(self, code: str) -> tuple[int, list[list[int]]]:
        """Tokens, and per layer and neuron how many had a positive activation."""
        per_text = [
            self.activations(text) for text in sample_corpus(find(code)).sentences[:SENTENCES]
        ]
        tokens = sum(len(layers[0]) for layers in per_text)
        counts = [
            [int(sum(int((x[at][:, neuron] > 0).sum()) for x in per_text)) for neuron in range(40)]
            for at in range(10)
        ]
        return tokens, counts


def top(stats: dict[str, tuple[int, list[list[int]]]], code: str, rate: float) -> set[Any]:
    def p(language: str, layer: int, neuron: int) -> float:
        tokens, counts = stats[language]
        return counts[layer][neuron] / tokens

    def rank(place: tuple[int, int]) -> tuple[float, float, int, int]:
        others = sum(p(other, *place) for other in EVERYONE if other != code)
        return (-p(code, *place), round(others, 12), *place)

    places = sorted(((layer, neuron) for layer in range(10) for neuron in range(40)), key=rank)
    return set(places[: round(rate * 400)])


def standardised(x: torch.Tensor) -> torch.Tensor:
    x = x.double()
    return (x - x.mean()) / x.std()


def centring(n: int) -> torch.Tensor:
    return torch.eye(n, dtype=torch.float64) - 1 / n


def gaussian(distances: torch.Tensor) -> torch.Tensor:
    n = len(distances)
    above = [distances[i, j].item() for i in range(n) for j in range(i + 1, n)]
    middle = sorted(above)
    half = len(middle) // 2
    median = middle[half] if len(middle) % 2 else (middle[half - 1] + middle[half]) / 2
    return torch.exp(-(distances**2) / (2 * median**2))


def biased(K: torch.Tensor, L: torch.Tensor) -> float:  # noqa: N803
    n = len(K)
    H = centring(n)
    return float(torch.trace(K @ H @ L @ H)) / (n - 1) ** 2


def unbiased(K: torch.Tensor, L: torch.Tensor) -> float:  # noqa: N803
    n = len(K)
    K, L = K - torch.diag(torch.diag(K)), L - torch.diag(torch.diag(L))
    total = torch.trace(K @ L) + K.sum() * L.sum() / ((n - 1) * (n - 2))
    return float(total - 2 / (n - 2) * (K @ L).sum()) / (n * (n - 3))


def best_match(A: list[torch.Tensor], B: list[torch.Tensor]) -> float:  # noqa: N803
    def gram(x: torch.Tensor) -> torch.Tensor:
        return gaussian((x[:, None] - x[None]).abs())

    table = [[biased(gram(a), gram(b)) for b in B] for a in A]
    rows = sum(max(row) for row in table) / len(A)
    columns = sum(max(row[j] for row in table) for j in range(len(B))) / len(B)
    return (rows + columns) / 2


def joint(A: list[torch.Tensor], B: list[torch.Tensor]) -> float:  # noqa: N803
    def gram(rows: list[torch.Tensor]) -> torch.Tensor:
        x = torch.stack(rows, 1)
        return gaussian((x[:, None] - x[None]).pow(2).sum(-1).sqrt())

    K, L = gram(A), gram(B)
    return unbiased(K, L) / math.sqrt(unbiased(K, K) * unbiased(L, L))


def slowly(folder: Path, name: str) -> tuple[dict[str, float], list[int], dict[str, Any]]:
    """Scores, layers and activation counts of a ranking, re-computed from the definitions."""
    settings, slow = small(name), Slow(folder)
    stats = {code: slow.stats(code) for code in EVERYONE}
    sets = {code: top(stats, code, RATE) for code in EVERYONE}
    anchor = sets["id"] & sets["he"]
    bridge = {code: sets[code] - anchor for code in CANDIDATES}
    entries = list(sample_lexicon(find("id"), find("he")).without_identical()[0].entries)
    prompts = [f'Indonesia:"{word}"→עִברִית:' for word in entries[: settings.probe.words]]
    read = [slow.activations(prompt) for prompt in prompts]

    def values(place: tuple[int, int]) -> torch.Tensor:
        column = [layers[place[0]][:, place[1]] for layers in read]
        pooled = [x[-1] if settings.probe.pooling == "last" else x.mean() for x in column]
        return torch.stack(pooled)

    def kept(neurons: set[Any], layer: int) -> list[torch.Tensor]:
        rows = [values(place) for place in sorted(neurons) if place[0] == layer]
        return [standardised(x) for x in rows if (x > 0).double().mean() >= 0.4]

    used: list[int] = []
    scores: dict[str, list[float]] = {code: [] for code in CANDIDATES}
    for layer in [at for at in range(10) if 10 / 32 <= at / 10 < 22 / 32]:
        a, b = kept(anchor, layer), {code: kept(bridge[code], layer) for code in CANDIDATES}
        if len(a) < 2 or any(len(each) < 2 for each in b.values()):
            continue
        used.append(layer)
        smallest = min(len(each) for each in b.values())
        for code, rows in b.items():
            if not settings.bridges.size_matched:
                scores[code].append(best_match(a, rows))
                continue
            seed = draw_seed(0, "match", layer, code)
            whole = [list(range(len(rows)))]
            random = random_subsets(len(rows), smallest, 3, seed).tolist()
            drawn = random if len(rows) > smallest else whole
            each = [joint(a, [rows[at] for at in draw]) for draw in drawn]
            scores[code].append(sum(each) / len(each))
    return {code: sum(each) / len(each) for code, each in scores.items()}, used, stats


@pytest.mark.parametrize("name", ["paper", "default"])
def test_every_score_equals_a_slow_recomputation(
    tiny_folder: Path, corpus: Path, tmp_path: Path, name: str
) -> None:
    ranking = run(tiny_folder, corpus, Store(tmp_path), name)
    scores, layers, stats = slowly(tiny_folder, name)
    assert list(ranking.layers) == layers
    assert len(layers) >= 3
    for code, value in scores.items():
        assert ranking.scores[code].value == pytest.approx(value, rel=1e-4, abs=1e-6)
    order = sorted(scores, key=lambda code: -scores[code])
    assert list(ranking.scores) == order
    for code in EVERYONE:
        assert ranking.provenance["corpora"][code]["tokens"] == stats[code][0]


def test_jackknife_and_null_have_their_places(
    tiny_folder: Path, corpus: Path, tmp_path: Path
) -> None:
    ranking = run(tiny_folder, corpus, Store(tmp_path))
    for score in ranking.scores.values():
        assert score.interval is not None
        assert score.value is not None
        assert score.interval.low < score.value < score.interval.high
        assert score.null is not None
        assert 1 / 20 <= score.null.p_value <= score.null.p_corrected <= 1
    assert len(ranking.differences) == 3
    assert ranking.best is None or ranking.best == next(iter(ranking.scores))


def test_a_second_run_does_no_model_work(
    tiny_folder: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tiny_folder, corpus, Store(tmp_path))
    monkeypatch.setattr(
        "bridgex.lm.source.ModelSource.load", lambda _self: pytest.fail("the model was loaded")
    )
    again = Store(tmp_path)
    second = run(tiny_folder, corpus, again)
    assert again.computed == []
    assert second.to_dict() == first.to_dict()


def test_another_setting_corpus_or_model_is_computed_anew(
    tiny_folder: Path, corpus: Path, tmp_path: Path
) -> None:
    from tests.tiny_llama import save_tiny_llama

    run(tiny_folder, corpus, Store(tmp_path))
    other_pooling = Store(tmp_path)
    run(tiny_folder, corpus, other_pooling, "paper")
    assert len(other_pooling.computed) == 2, "only activations and ranking depend on it"

    other_corpus = tmp_path / "corpus"
    other_corpus.mkdir()
    for path in corpus.iterdir():
        text = path.read_text(encoding="utf-8")
        (other_corpus / path.name).write_text(text, encoding="utf-8")
    with (other_corpus / "de.txt").open("a", encoding="utf-8") as file:
        file.write("Noch ein Satz.\n")
    store = Store(tmp_path)
    run(tiny_folder, other_corpus, store)
    assert len(store.computed) in {1, 2, 3}

    other_model = save_tiny_llama(tmp_path / "model", seed=1)
    store = Store(tmp_path)
    run(other_model, corpus, store)
    answers = 24
    assert len(store.computed) == len(EVERYONE) + answers + len(("activations", "ranking"))


def test_an_endonym_changes_prompts_keys_and_signature(
    tiny_folder: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = run(tiny_folder, corpus, Store(tmp_path))
    asked: list[str] = []
    encode = LanguageModel.encode_prompts

    def listening(model: LanguageModel, texts: Sequence[str], **how: bool) -> list[Encoded]:
        asked.extend(texts)
        return encode(model, texts, **how)

    monkeypatch.setattr(LanguageModel, "encode_prompts", listening)
    store = Store(tmp_path)
    other = run(tiny_folder, corpus, store, endonyms={"ind": "Bahasa Indonesia"})
    assert len(store.computed) == 24 + 2, "answers, activations and ranking name the languages"
    assert len(asked) == 48
    assert all(text.startswith('Bahasa Indonesia:"') for text in asked)
    assert all(text.endswith("→עִברִית:") for text in asked)
    assert ", id as Bahasa Indonesia · " in other.signature
    assert " as " not in usual.signature
    assert other.provenance["endonyms"] == {"id": "Bahasa Indonesia", "he": "עִברִית"}
    same = Store(tmp_path)
    run(tiny_folder, corpus, same, endonyms={"id": "Indonesia"})
    assert same.computed == []


def test_a_composed_dictionary_is_said(tiny_folder: Path, corpus: Path, tmp_path: Path) -> None:
    for pair in (("id", "en"), ("en", "he")):
        write_lexicon(sample_lexicon(*map(find, pair)), tmp_path)
    ranking = run(tiny_folder, corpus, Store(tmp_path / "cache"), lexicon=tmp_path, pivot="en")
    step = "composed through en (paths ≥ 1, translations ≤ 8, pivot words left out for that: "
    assert f"({step}" in ranking.signature
    assert any(note.startswith(f"The id-he dictionary is {step}") for note in ranking.notes)
    assert ranking.provenance["lexicon"]["steps"][0].startswith(step)
    assert ranking.provenance["lexicon"]["files"] == ["id-en.txt", "en-he.txt"]


def test_traditional_chinese_is_said_and_converted(tiny_folder: Path, tmp_path: Path) -> None:
    for code in ("zh", "he", "en", "de"):
        sentences = sample_corpus(find(code)).sentences[:SENTENCES]
        (tmp_path / f"{code}.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
    (tmp_path / "zh.txt").write_text("學校在後面，開門說話。\n" * SENTENCES, encoding="utf-8")
    asked: dict[str, Any] = {
        "model": str(tiny_folder),
        "candidates": ["en", "de"],
        "settings": small("default"),
        "dtype": "float32",
        "store": Store(tmp_path / "cache"),
    }
    as_it_is = bridgex.rank("zh", "he", texts=Texts(corpus=tmp_path), **asked)
    assert any("The Chinese of the corpus has " in note for note in as_it_is.notes)
    texts = Texts(corpus=tmp_path, convert_chinese=True)
    converted = bridgex.rank("zh", "he", texts=texts, **asked)
    assert not any("The Chinese of the corpus has " in note for note in converted.notes)
    assert converted.provenance["corpora"]["zh"]["steps"]
    assert any("is converted to simplified Chinese" in note for note in converted.notes)
    assert converted.signature != as_it_is.signature


def test_too_few_understood_words_are_said(tiny_folder: Path, corpus: Path, tmp_path: Path) -> None:
    ranking = run(tiny_folder, corpus, Store(tmp_path))
    assert ranking.provenance["probe"]["basis"] == "all"
    assert any("were understood" in note for note in ranking.notes)
    assert "24 all words" in ranking.signature


@pytest.mark.parametrize(
    ("source", "target", "candidates", "message"),
    [
        ("id", "ind", ["en", "de"], "both Indonesian"),
        ("id", "he", ["en", "iw"], "in the pair itself"),
        ("id", "he", ["en"], "at least two"),
        ("id", "he", ["en", "English"], "twice"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(
    source: str, target: str, candidates: list[str], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        bridgex.rank(source, target, candidates=candidates, model="not/looked-for")


def test_an_unknown_language_suggests_the_nearest() -> None:
    with pytest.raises(UnknownLanguageError, match="Did you mean 'Indonesian'"):
        bridgex.rank("Indonessian", "he", model="not/looked-for")


def test_a_language_without_embedded_text_names_the_option() -> None:
    with pytest.raises(TextError, match="--corpus"):
        bridgex.rank("ko", "he", model="not/looked-for")


def test_pooling_over_the_word_when_asked(tiny_folder: Path, corpus: Path, tmp_path: Path) -> None:
    request: dict[str, Any] = {
        "model": str(tiny_folder),
        "candidates": CANDIDATES,
        "texts": Texts(corpus=corpus),
        "settings": small("default").changed({"probe.pooling": "word"}),
        "device": "cpu",
        "dtype": "float32",
    }
    store = Store(tmp_path)
    ranking = bridgex.rank(*PAIR, **request, store=store)
    last = run(tiny_folder, corpus, store)
    assert ranking.scores["en"].value != last.scores["en"].value
    assert "· word ·" in ranking.signature
    again = Store(tmp_path)
    assert bridgex.rank(*PAIR, **request, store=again) == ranking
    assert not again.computed
