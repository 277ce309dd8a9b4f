"""One session for many jobs: the model is loaded once, and nothing is asked twice."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import transformers

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.conversation import Prompt
from bridgex.errors import ModelError, RequestError
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.lm.backend import Backend, Generated, ScoredOptions
from bridgex.lm.chat import render_chat
from bridgex.progress import Advance
from bridgex.session import Cost, ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.items import Item
from bridgex.tasks.topic import Topic
from bridgex.tasks.word_chain import GENERATION
from tests.scripted import Scripted, echo

PAIRS = [("id", "he"), ("he", "id"), ("de", "fr")]
SETTINGS = RankSettings().changed(
    {
        "selection.rate": 0.3,
        "probe.words": 10,
        "bridges.null_draws": 5,
        "bridges.matching_draws": 2,
        "bridges.full_activation": 0.4,
    }
)
TEXTS = Texts(budget=Budget(sentences=6))
CPU: dict[str, Any] = {"device": "cpu", "dtype": "float32"}
TEMPLATE = "<s>{% for message in messages %}user: {{ message.content }}\n{% endfor %}answer:"


@pytest.fixture
def weights_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the folders whose weights were read, each time they were."""
    read: list[str] = []
    real = transformers.PreTrainedModel.from_pretrained.__func__  # type: ignore[attr-defined]

    def counting(kind: Any, path: Any, *inputs: Any, **how: Any) -> Any:
        read.append(Path(path).name)
        return real(kind, path, *inputs, **how)

    monkeypatch.setattr(transformers.PreTrainedModel, "from_pretrained", classmethod(counting))
    return read


@pytest.fixture(scope="module")
def chat_folder(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a chat template."""
    folder = shutil.copytree(tiny_folder, tmp_path_factory.mktemp("chat") / "model")
    (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return folder


def in_memory(folder: Path) -> dict[str, Any]:
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    return {"model": model, "tokenizer": transformers.AutoTokenizer.from_pretrained(folder)}


def everything(session: bridgex.Session) -> tuple[list[Any], Any, Any]:
    """Three rankings, an evaluation and a spectrum."""
    rankings = [
        session.rank(*pair, candidates=["en", "es"], texts=TEXTS, settings=SETTINGS)
        for pair in PAIRS
    ]
    evaluation = session.evaluate(
        "id",
        "he",
        candidates=["de", "es"],
        texts=TEXTS,
        settings=SETTINGS,
        asking=bridgex.TaskSettings(items=5, shots=1),
    )
    found = session.spectrum(
        ["id", "he", "de", "fr"], texts=TEXTS, settings=SETTINGS, permutations=9
    )
    return rankings, evaluation, found


def test_one_session_loads_the_model_once(
    tiny_folder: Path, tmp_path: Path, weights_read: list[str]
) -> None:
    session = bridgex.Session(str(tiny_folder), store=Store(tmp_path), **CPU)
    assert session.loads == 0
    rankings, evaluation, _ = everything(session)
    assert [ranking.pair for ranking in rankings] == PAIRS
    assert [result.name for result in evaluation.results] == ["direct", "bridge:en", "bridge:auto"]
    assert weights_read == [tiny_folder.name]
    assert session.loads == 1

    again = bridgex.Session(str(tiny_folder), store=Store(tmp_path), **CPU)
    assert everything(again) == everything(session)
    assert again.store.computed == []
    assert again.loads == 0
    assert weights_read == [tiny_folder.name], "a second run needs no weights"


def test_a_model_in_memory_gives_what_its_folder_gives(
    tiny_folder: Path, tmp_path: Path, weights_read: list[str]
) -> None:
    by_name = bridgex.Session(str(tiny_folder), store=Store(tmp_path / "a"), **CPU)
    held = in_memory(tiny_folder)
    weights_read.clear()
    session = bridgex.Session(**held, store=Store(tmp_path / "b"))
    for mine, theirs in zip(*(everything(each)[0] for each in (session, by_name)), strict=True):
        assert mine.scores == theirs.scores
        assert mine.differences == theirs.differences
        assert mine.provenance["probe"] == theirs.provenance["probe"]
    _, evaluation, found = everything(session)
    _, their_evaluation, their_found = everything(by_name)
    assert evaluation.results == their_evaluation.results
    assert (found.whole, found.layers) == (their_found.whole, their_found.layers)
    assert weights_read == [tiny_folder.name], "by the session that has a name, and no other"

    same = bridgex.Session(**held, store=Store(tmp_path / "b"))
    everything(same)
    assert same.store.computed == []


def test_a_model_in_memory_may_be_given_its_digest(tiny_folder: Path, tmp_path: Path) -> None:
    held = in_memory(tiny_folder)
    session = bridgex.Session(**held, digest="mine-1", store=Store(tmp_path))
    assert str(session.model.identity).endswith("@given:mine-1")
    other = bridgex.Session(**held, digest="mine-2", store=Store(tmp_path))
    keys = [
        each.generate(["a"], GENERATION, chat=False, what="") and each.store.computed
        for each in (session, other)
    ]
    assert keys[0] != keys[1]


def test_a_session_has_its_own_device(tiny_folder: Path, tmp_path: Path) -> None:
    session = bridgex.Session(str(tiny_folder), store=Store(tmp_path))
    with pytest.raises(RequestError, match="A session has its own device, dtype; give them"):
        bridgex.rank("id", "he", model=session, **CPU)


def test_in_chat_a_second_run_reads_the_tokenizer_alone(
    chat_folder: Path, tmp_path: Path, weights_read: list[str]
) -> None:
    def run(store: Store, *, chat: bool = True) -> Any:
        session = bridgex.Session(str(chat_folder), store=store, **CPU)
        ranking = session.rank(
            "id",
            "he",
            candidates=["en", "es"],
            texts=TEXTS,
            settings=SETTINGS.changed({"probe.chat": chat}),
        )
        asking = bridgex.TaskSettings(items=4, chat=chat)
        return ranking, session.evaluate(
            "id", "he", strategies=["direct", "bridge:en"], texts=TEXTS, asking=asking
        )

    first = run(Store(tmp_path))
    assert weights_read == ["model"]
    again = Store(tmp_path)
    assert run(again) == first
    assert again.computed == []
    assert weights_read == ["model"]
    plain = Store(tmp_path)
    assert run(plain, chat=False) != first
    assert plain.computed


def topic() -> Topic:
    options = ("sport", "travel")
    items = [Item(str(at), f"Kalimat {at}.", ("travel",), options=options) for at in range(4)]
    return Topic(source=find("id"), target=find("he"), items=tuple(items))


def test_another_backend_answers_and_the_model_here_is_looked_into(
    tiny_folder: Path, tmp_path: Path, weights_read: list[str]
) -> None:
    def run(backend: Backend | None) -> tuple[Any, Any, Any, Store]:
        weights_read.clear()
        store = Store(tmp_path)
        session = bridgex.Session(str(tiny_folder), generate_with=backend, store=store, **CPU)
        words = session.evaluate(
            "id", "he", strategies=["direct"], asking=bridgex.TaskSettings(items=4)
        )
        topics = session.evaluate("id", "he", task=topic(), strategies=["direct"])
        if backend is not None:
            assert weights_read == [], "who is only asked need not be here"
        ranking = session.rank("id", "he", candidates=["en", "es"], texts=TEXTS, settings=SETTINGS)
        return words, topics, ranking, store

    first = echo()
    words, topics, ranking, _ = run(first)
    assert weights_read == [tiny_folder.name], "what is read inside must be here"
    assert [each.written for each in words.results[0].outcomes] == [
        f'"echo {len(each.prompt)}"' for each in words.results[0].outcomes
    ]
    assert [each.answer for each in topics.results[0].outcomes] == ["sport"] * 4
    words_asked = {each.prompt for each in words.results[0].outcomes}
    assert words_asked < set(first.asked)
    assert len(first.asked) == len(set(first.asked)), "what the probe asks, too, is not asked anew"
    assert len(first.scored) == 4 + 1, "each item, and nothing"
    assert all(
        each["answer"].startswith("echo ") for each in ranking.provenance["probe"]["answers"]
    )
    assert words.provenance["backend"] == ranking.provenance["backend"] == {"model": "echo"}

    mine, my_topics, my_ranking, store = run(None)
    assert not any("echo" in (each.written or "") for each in mine.results[0].outcomes)
    assert my_topics.results[0].outcomes[0].scored != topics.results[0].outcomes[0].scored
    assert not any(
        each["answer"].startswith("echo") for each in my_ranking.provenance["probe"]["answers"]
    )
    answers = len(first.asked) + len(first.scored)
    assert len(store.computed) == answers, "statistics and activations are the same model's"

    silent, other = echo(), echo("other")
    assert run(silent)[:3] == (words, topics, ranking)
    assert (silent.asked, silent.scored) == ([], [])
    assert run(other)[0] != words
    assert len(other.asked) == len(first.asked)


def asked(backend: Backend, store: Path, prompts: Sequence[Prompt], **more: Any) -> list[Generated]:
    session = ModelSession("not looked for", generate_with=backend, store=Store(store), **more)
    return session.generate(prompts, GENERATION, chat=False, what="Asking")


PROMPTS = [f"prompt {at}" for at in range(40)]


def test_an_interrupted_backend_keeps_what_it_answered(tmp_path: Path) -> None:
    stopped, rest = echo(stop_after=37), echo()
    with pytest.raises(KeyboardInterrupt):
        asked(stopped, tmp_path, PROMPTS)
    assert len(asked(rest, tmp_path, PROMPTS)) == 40
    assert rest.asked == PROMPTS[37:]


def test_interrupted_scoring_keeps_what_was_scored(tmp_path: Path) -> None:
    options = [["a", "b"]] * 40
    stopped, rest = echo(stop_after=37), echo()

    def score(backend: Scripted) -> list[ScoredOptions]:
        session = ModelSession("not looked for", generate_with=backend, store=Store(tmp_path))
        return session.score(PROMPTS, options, chat=False, what="Scoring")

    with pytest.raises(KeyboardInterrupt):
        score(stopped)
    assert [each.nats for each in score(rest)] == [(0.0, -1.0)] * 40
    assert rest.scored == PROMPTS[37:]


def interrupting(after: int) -> Any:
    """Progress that is interrupted when so many units of asking are done."""

    @contextmanager
    def progress(what: str, total: int | None = None) -> Iterator[Advance]:
        done = 0

        def advance(units: int) -> None:
            nonlocal done
            done += units
            if what == "Asking" and done == after:
                raise KeyboardInterrupt

        yield advance

    return progress


def test_control_c_on_the_model_here_keeps_what_it_answered(
    tiny_folder: Path, tmp_path: Path
) -> None:
    def run(store: Store, **more: Any) -> list[Generated]:
        session = ModelSession(str(tiny_folder), store=store, **CPU, **more)
        return session.generate(PROMPTS, GENERATION, chat=False, what="Asking")

    stopped = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(stopped, progress=interrupting(37))
    assert len(stopped.computed) == 37
    rest = Store(tmp_path)
    answers = run(rest)
    assert len(rest.computed) == 3
    assert answers == run(Store(tmp_path / "whole")), "and the rest is the same as ever"


def test_more_items_ask_for_the_new_ones_alone(tmp_path: Path) -> None:
    prompts = [f"prompt {at}" for at in range(200)]
    first, more, fewer = echo(), echo(), echo()
    asked(first, tmp_path, prompts[:100])
    asked(more, tmp_path, prompts)
    asked(fewer, tmp_path, prompts[50:60])
    assert more.asked == prompts[100:]
    assert fewer.asked == []


def test_more_items_of_a_task_ask_for_the_new_ones_alone(tiny_folder: Path, tmp_path: Path) -> None:
    def run(items: int) -> tuple[Scripted, Any]:
        backend = echo()
        session = bridgex.Session(
            str(tiny_folder), generate_with=backend, store=Store(tmp_path), device="cpu"
        )
        strategies = ["direct", "bridge:en"]
        return backend, session.evaluate(
            "id", "he", strategies=strategies, asking=bridgex.TaskSettings(items=items)
        )

    few, of_few = run(10)
    many, of_many = run(20)
    assert len(few.asked) == len(many.asked) == 3 * 10, "directly, into English, through English"
    assert not set(few.asked) & set(many.asked)
    for before, after in zip(of_few.results, of_many.results, strict=True):
        assert set(before.outcomes) < set(after.outcomes)


def test_the_same_prompt_is_asked_once(tmp_path: Path) -> None:
    backend = echo()
    answers = asked(backend, tmp_path, ["one", "three", "one", "one"])
    assert backend.asked == ["one", "three"]
    assert [each.text for each in answers] == ['"echo 3"', '"echo 5"', '"echo 3"', '"echo 3"']


def test_what_was_asked_is_counted_whether_stored_or_not(tmp_path: Path) -> None:
    for _ in range(2):
        session = ModelSession("not looked for", generate_with=echo(), store=Store(tmp_path))
        with session.metered() as meter:
            session.generate(["one", "two", "one"], GENERATION, chat=False, what="")
            session.generate(["two"], GENERATION, chat=False, what="")
        assert meter.cost == Cost(passes=2, generated=6), "the same thing once"


def test_a_template_with_a_date_asks_again_on_another_day(tmp_path: Path) -> None:
    days = [echo(date="28 November"), echo(date="29 November"), echo(date="28 November")]
    for backend in days:
        session = ModelSession("not looked for", generate_with=backend, store=Store(tmp_path))
        session.generate(["one"], GENERATION, chat=True, what="")
        session.score(["one"], [["a", "b"]], chat=True, what="")
        session.generate(["[28 November] one"], GENERATION, chat=False, what="")
    assert [each.asked for each in days] == [["one", "[28 November] one"], ["one"], []]
    assert [each.scored for each in days] == [["one"], ["one"], []]


def test_the_date_of_a_template_is_in_every_key_of_the_model_here(
    chat_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The template asks for the date itself, so its text and the model's digest stay the same."""

    def run(date: str) -> Store:
        def dated(tokenizer: Any, prompts: Sequence[Prompt], name: str) -> list[str]:
            return [f"{date}\n{text}" for text in render_chat(tokenizer, prompts, name)]

        for module in ("bridgex.lm.local", "bridgex.probe"):
            monkeypatch.setattr(f"{module}.render_chat", dated)
        store = Store(tmp_path)
        session = bridgex.Session(str(chat_folder), store=store, **CPU)
        settings = SETTINGS.changed({"probe.chat": True})
        session.rank("id", "he", candidates=["en", "es"], texts=TEXTS, settings=settings)
        return store

    assert len(run("28 November").computed) == 4 + SETTINGS.probe.words + 2
    assert len(run("29 November").computed) == SETTINGS.probe.words + 2, "all but the statistics"
    assert run("28 November").computed == []


def test_a_chat_without_a_template_is_refused_before_the_model_is_loaded(
    tiny_folder: Path, tmp_path: Path, weights_read: list[str]
) -> None:
    session = ModelSession(str(tiny_folder), store=Store(tmp_path), **CPU)
    with pytest.raises(ModelError, match="has no chat template; leave out --chat"):
        session.generate(["one"], GENERATION, chat=True, what="")
    assert weights_read == []
