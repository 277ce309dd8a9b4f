"""What `auto` and validations go by: the tuned ranking, one yardstick, costs that were counted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bridgex
from bridgex.analysis.settings import preset
from bridgex.api import Session
from bridgex.bridges import BridgeRanking
from bridgex.choosers import Choice, ChooserInput, choose, choosers_named
from bridgex.choosers.development import Development
from bridgex.choosers.recommend import recommend, recommended
from bridgex.errors import RequestError
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import Strategy
from bridgex.experiments import evaluate as evaluating
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.lm.backend import Generated
from bridgex.session import Cost, ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.translation import Translation
from bridgex.texts import sample_corpus
from tests.choosers.asking import chooser_input
from tests.experiments.made import undeveloped, write_belebele
from tests.scripted import Scripted


def session_of(folder: Path, store: Path, **more: Any) -> Session:
    return Session(str(folder), device="cpu", dtype="float32", store=Store(store), **more)


class Asking:
    """A chooser that keeps what it is given and cannot serve it."""

    name = "asking"

    def __init__(self) -> None:
        self.inputs: list[ChooserInput] = []

    def rank(self, inputs: ChooserInput) -> Choice:
        self.inputs.append(inputs)
        raise RequestError("Only asking.")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for code in ("id", "zh", "en", "de"):
        text = "\n".join(sample_corpus(find(code)).sentences[:12])
        (folder / f"{code}.txt").write_text(text.replace("们", "們"), encoding="utf-8")
    return folder


def test_auto_repeats_a_tuned_ranking(tiny_folder: Path, corpus: Path, tmp_path: Path) -> None:
    texts = Texts(
        corpus=corpus,
        budget=Budget(sentences=7),
        endonyms={"id": "Bahasa Indonesia", "zh": "漢語"},
        convert_chinese=True,
    )
    settings = preset("demo").changed(
        {"selection.rate": 0.2, "bridges.null_draws": 9, "bridges.seed": 4, "probe.words": 12}
    )
    session = session_of(tiny_folder, tmp_path / "store")
    request: dict[str, Any] = {"candidates": ["en", "de"], "settings": settings}
    found = session.evaluate(
        "id",
        "zh",
        strategies=["bridge:auto"],
        texts=texts,
        asking=TaskSettings(items=2),
        **request,
    )
    asking = Asking()
    with pytest.raises(RequestError, match="Only asking"):
        session.evaluate("id", "zh", chooser=asking, texts=texts, **request)
    (inputs,) = asking.inputs
    assert inputs.texts == texts
    assert [language.endonym for language in inputs.pair] == ["Bahasa Indonesia", "漢語"]
    assert inputs.probe is not None
    ranked = session.rank(
        "id", "zh", texts=texts.model_copy(update={"lexicon": inputs.probe}), **request
    )
    chosen = BridgeRanking.from_dict(found.provenance["ranking"])
    assert chosen.scores == ranked.scores
    assert chosen.verdict == ranked.verdict
    for name in ("settings", "budget", "endonyms", "corpora", "neurons", "probe"):
        assert chosen.to_dict()["provenance"][name] == ranked.to_dict()["provenance"][name], name
    assert "7 sentences" in chosen.signature
    assert "id as Bahasa Indonesia" in chosen.signature
    untuned = session.evaluate("id", "zh", candidates=["en", "de"], asking=TaskSettings(items=2))
    assert untuned.provenance["ranking"]["signature"] != chosen.signature


def test_a_pivot_reaches_the_choosers_words(tmp_path: Path, tiny_folder: Path) -> None:
    words = tmp_path / "words"
    words.mkdir()
    for second, prefix in (("de", "d"), ("fr", "f")):
        for first in ("id", "he"):
            rows = (f"{first}{prefix}{at}\t{prefix}{at}" for at in range(120))
            (words / f"{first}-{second}.txt").write_text("\n".join(rows), encoding="utf-8")
    asking = Asking()
    for pivot in ("de", "fr"):
        with pytest.raises(RequestError, match="Only asking"):
            session_of(tiny_folder, tmp_path / "store").evaluate(
                "id",
                "he",
                candidates=["en", "it"],
                chooser=asking,
                texts=Texts(lexicon=(words,), pivot=pivot),
            )
    through_german, through_french = (inputs.probe for inputs in asking.inputs)
    assert through_german is not None
    assert through_french is not None
    assert all(word.startswith("idd") for word in through_german.entries)
    assert all(word.startswith("idf") for word in through_french.entries)


def counted(prompt: str) -> Generated:
    """An answer that has more or fewer tokens, by the prompt."""
    return Generated(f'"word{len(prompt) % 3}"', 1 + len(prompt) % 7)


@pytest.mark.parametrize("name", ["development", "chain_likelihood"])
def test_a_cost_is_what_was_asked_from_an_empty_store_or_a_full_one(
    tiny_folder: Path, tmp_path: Path, name: str
) -> None:
    inputs = chooser_input(tiny_folder, tmp_path / "unused")
    (chooser,) = choosers_named([name], preset())

    def asked(store: Path) -> tuple[Cost, Cost, Choice]:
        backend = Scripted(counted)
        session = ModelSession(
            str(tiny_folder), dtype="float32", generate_with=backend, store=Store(store)
        )
        if store.name == "half":
            run(session, inputs.task.on_development(), Strategy(inputs.candidates[0]))
        before = backend.cost
        choice = choose(chooser, replace(inputs, session=session))
        return choice.cost, Cost(*(b - a for a, b in _pairs(before, backend.cost))), choice

    cost, really, choice = asked(tmp_path / "store")
    assert cost == really
    assert cost.passes > 0
    again, nothing, same = asked(tmp_path / "store")
    assert again == cost
    assert nothing == Cost()
    assert same == choice
    partly, rest, _ = asked(tmp_path / "half")
    assert partly == cost
    assert rest.passes < cost.passes or name == "chain_likelihood"


def _pairs(first: Cost, second: Cost) -> list[tuple[int, int]]:
    return [(first.passes, second.passes), (first.generated, second.generated)]


def test_a_cost_inside_the_model_is_the_same_from_a_full_store(
    tiny_folder: Path, corpus: Path, tmp_path: Path
) -> None:
    texts, settings = Texts(corpus=corpus), preset("demo").changed({"bridges.null_draws": 9})
    inputs = chooser_input(tiny_folder, tmp_path / "one", texts=texts)
    inputs = replace(inputs, candidates=(find("en"), find("zh")))
    for name in ("internal", "overlap", "latent_language"):
        (chooser,) = choosers_named([name], settings)
        first = choose(chooser, inputs)
        again = choose(chooser, replace(inputs, session=session_of(tiny_folder, tmp_path / "one")))
        assert again == first
        assert first.cost.passes > 0


def test_choosing_and_advice_have_one_yardstick(
    monkeypatch: pytest.MonkeyPatch, tiny_folder: Path, tmp_path: Path
) -> None:
    """Through German a long sentence fails: better in the mean of sentences, worse as a corpus."""
    english, german = find("en"), find("de")
    long = " ".join(f"word{at}" for at in range(60))
    items = [Item(str(at), f"text {at}", ("yes indeed",)) for at in range(9)]
    items.append(Item("long", "long", (long,)))
    task = Translation(source=find("id"), target=english, items=(), development=tuple(items))
    half = " ".join(f"word{at}" for at in range(30))
    answers = {
        "direct": ["yes, in need"] * 9 + [half],
        "bridge:de": ["yes indeed"] * 9 + ["nothing"],
        "bridge:fr": ["no"] * 9 + [long],
    }

    def answered(_: ModelSession, asked: Task, strategy: Strategy, **_more: object) -> Run:
        outcomes = tuple(
            Outcome(
                item.id, "", None, text, None, text, item.accepted, asked.score(item, text), None
            )
            for item, text in zip(asked.items, answers[str(strategy)], strict=True)
        )
        return Run(strategy, outcomes, 0, 0, 0)

    monkeypatch.setattr("bridgex.choosers.development.run", answered)
    inputs = ChooserInput(
        (task.source, english), (german, find("fr")), session_of(tiny_folder, tmp_path), task
    )
    developing, corpus, means = task.on_development(), {}, {}
    for name in answers:
        strategy = Strategy(find(name[-2:])) if ":" in name else Strategy()
        done = answered(inputs.session, developing, strategy)
        corpus[name] = developing.measures(done.outcomes)[0].value
        means[name] = sum(done.scores) / len(done.scores)
    assert corpus["bridge:de"] < corpus["direct"] < corpus["bridge:fr"]
    assert means["bridge:de"] > means["direct"] > means["bridge:fr"]
    found = recommended(inputs, Development())
    assert str(found.strategy) == "bridge:de"
    assert found.choice.ranking.scores["de"].value == pytest.approx(means["bridge:de"])
    said = f"mean chrF++ of an item: {means['direct']:.1f} directly, {means['bridge:de']:.1f} thr"
    assert said in found.reason
    others = replace(inputs, candidates=(find("fr"), german))
    french = replace(found.choice.ranking.scores["de"], value=99.0)
    flipped = replace(
        found.choice,
        ranking=replace(found.choice.ranking, scores={"fr": french, **found.choice.ranking.scores}),
    )
    assert str(recommend(others, flipped).strategy) == "direct"


def test_two_names_of_a_strategy_run_once_and_rivals_match_by_meaning(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def counted(session: ModelSession, task: Task, strategy: Strategy, **more: Any) -> Run:
        ran.append(str(strategy))
        return run(session, task, strategy, **more)

    monkeypatch.setattr(evaluating, "run_strategy", counted)
    found = session_of(tiny_folder, tmp_path).evaluate(
        "de",
        "id",
        strategies=["direct", "bridge:eng", "bridge:English", "bridge:fra", "direct"],
        asking=TaskSettings(items=3),
    )
    assert ran == ["direct", "bridge:en", "bridge:fr"]
    assert [result.name for result in found.results] == [
        "direct",
        "bridge:eng",
        "bridge:English",
        "bridge:fra",
    ]
    by_name = {result.name: result for result in found.results}
    assert set(by_name["bridge:fra"].differences) == {"direct", "bridge:en"}
    assert set(by_name["direct"].differences) == {"bridge:en"}
    assert set(by_name["bridge:eng"].differences) == {"direct"}
    assert by_name["bridge:eng"].outcomes == by_name["bridge:English"].outcomes


@pytest.mark.parametrize("strategies", [["direct"], ["direct", "bridge:auto"]])
def test_too_many_shots_are_refused_before_the_model_is_found(strategies: list[str]) -> None:
    how = TaskSettings(shots=20)
    with pytest.raises(RequestError, match=r"bli has 8 solved examples .* use --shots 8 or fewer"):
        bridgex.evaluate("de", "id", strategies=strategies, model="no/such", asking=how)
    for bridge in ("direct", "en", "auto"):
        with pytest.raises(RequestError, match="bli has 8 solved examples"):
            bridgex.prompt("de", "id", "Feuer", bridge=bridge, model="no/such", asking=how)


def test_steps_of_a_tasks_texts_are_noted(tiny_folder: Path, tmp_path: Path) -> None:
    passages = undeveloped(f"Katten nummer {at} sover." for at in range(40))
    data = write_belebele(tmp_path / "data", passages[:3], codes=("nob_Latn", "eng_Latn"))
    session, texts = session_of(tiny_folder, tmp_path / "store"), Texts(data=data)
    request: dict[str, Any] = {"texts": texts, "asking": TaskSettings(items=2)}
    found = session.evaluate("no", "en", task="mrc", strategies=["direct"], **request)
    (note,) = [note for note in found.notes if note.startswith("The texts of mrc: read from nob")]
    validated = session.validate(
        ["no-en"], tasks=["mrc"], choosers=["random"], candidates=["de", "fr"], **request
    )
    assert f"no-en: {note}" in validated.notes
    words = session.evaluate(
        "id",
        "zh",
        strategies=["direct"],
        texts=Texts(convert_chinese=True),
        asking=TaskSettings(items=2),
    )
    assert words.notes == (
        f"The texts of bli: converted to simplified Chinese with OpenCC {_opencc_version()}.",
    )
    plain = session.evaluate("id", "he", strategies=["direct"], asking=TaskSettings(items=2))
    assert plain.notes == ()


def _opencc_version() -> str:
    from importlib.metadata import version

    return version("opencc")


def test_words_given_by_hand_are_a_dictionarys_own(tiny_folder: Path, tmp_path: Path) -> None:
    """`Bli` is a task like any other: a class of it reads the embedded words."""
    session = session_of(tiny_folder, tmp_path)
    by_class, by_name = (
        session.evaluate("de", "id", task=task, strategies=["direct"], asking=TaskSettings(items=3))
        for task in (Bli, "bli")
    )
    assert by_class == by_name
