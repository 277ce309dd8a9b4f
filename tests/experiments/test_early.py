"""What a run will need is checked before the model is located, loaded or asked anything."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import bridgex
from bridgex.api import Session
from bridgex.errors import BridgexError
from bridgex.evaluation.settings import TaskSettings
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks import translation
from bridgex.texts import sample_corpus, sample_lexicon, write_lexicon
from tests.experiments.made import write_belebele

AUTO = ["direct", "bridge:auto"]
PASSAGES = [f"Die Katze Nummer {at} schläft." for at in range(40)]


@pytest.fixture
def session(tiny_folder: Path, tmp_path: Path) -> Session:
    return Session(str(tiny_folder), dtype="float32", store=Store(tmp_path / "store"))


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect what is asked of the model, its statistics included; it must be nothing."""
    monkeypatch.setattr("bridgex.tasks.comet.PROGRAM", "no-such-program")
    asked: list[str] = []
    for name in ("load", "generate", "score", "stats", "activations", "latent"):
        method = getattr(ModelSession, name)

        def call(self: Any, *given: Any, _name: str = name, _of: Any = method, **more: Any) -> Any:
            asked.append(_name)
            return _of(self, *given, **more)

        monkeypatch.setattr(ModelSession, name, call)
    yield asked
    assert asked == []


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Texts of the pair and two candidates; beside them a dictionary and a benchmark."""
    folder = tmp_path / "texts"
    folder.mkdir()
    for code in ("de", "en", "es", "it"):
        text = "\n".join(sample_corpus(find(code)).sentences[:6])
        (folder / f"{code}.txt").write_text(text, encoding="utf-8")
    write_lexicon(sample_lexicon(find("de"), find("en")), tmp_path)
    write_belebele(tmp_path / "belebele", PASSAGES)
    return folder


def belebele(corpus: Path) -> Texts:
    return Texts(data=corpus.parent / "belebele")


Job = Callable[[Session, Path], object]

JOBS: dict[str, tuple[Job, str]] = {
    "a task's name": (
        lambda s, _: s.evaluate("de", "en", task="topik", strategies=["direct"]),
        "There is no task 'topik'",
    ),
    "a chooser's name": (
        lambda s, _: s.evaluate("de", "en", strategies=AUTO, chooser="enlish"),
        "There is no chooser 'enlish'",
    ),
    "a strategy's name": (lambda s, _: s.evaluate("de", "en", strategies=["bridge"]), "bridge"),
    "a candidate's name": (
        lambda s, _: s.rank("de", "en", candidates=["es", "itt"]),
        "did you mean it",
    ),
    "a second pair's name": (
        lambda s, _: s.validate(["de-en", "de-deu"]),
        "both German",
    ),
    "texts of a candidate": (
        lambda s, data: s.rank("de", "en", candidates=["es", "fr"], texts=Texts(corpus=data)),
        "has no file for French",
    ),
    "texts of a candidate of auto": (
        lambda s, data: s.evaluate(
            "de", "en", strategies=AUTO, candidates=["es", "fr"], texts=Texts(corpus=data)
        ),
        "has no file for French",
    ),
    "a dictionary for auto": (
        lambda s, data: s.evaluate(
            "de", "ko", strategies=AUTO, texts=Texts(lexicon=(data.parent / "de-en.txt",))
        ),
        "Korean",
    ),
    "a language's file of a benchmark": (
        lambda s, data: s.evaluate("de", "it", task="mrc", texts=belebele(data)),
        "has no file for Italian",
    ),
    "the benchmark of a second pair": (
        lambda s, data: s.validate(["de-en", "de-it"], tasks=["mrc"], texts=belebele(data)),
        "has no file for Italian",
    ),
    "the folder of a benchmark": (
        lambda s, _: s.validate(["de-en"], tasks=["bli", "topic"]),
        "name it with --data",
    ),
    "solved examples": (
        lambda s, data: s.evaluate(
            "de",
            "en",
            task="mrc",
            texts=belebele(data),
            asking=TaskSettings(shots=99),
        ),
        "solved examples",
    ),
    "a way of answering": (
        lambda s, _: s.evaluate("de", "en", asking=TaskSettings(answer="likelihood")),
        "leave out --answer",
    ),
    "a learned metric's program": (
        lambda s, data: s.evaluate(
            "de",
            "en",
            task="translation",
            texts=Texts(data=data),
            asking=TaskSettings(metrics=("comet",)),
        ),
        "pipx install unbabel-comet",
    ),
    "what the only chooser needs": (
        lambda s, data: s.validate(
            ["de-en"],
            choosers=["internal", "overlap"],
            candidates=["es", "fr"],
            texts=Texts(corpus=data),
        ),
        r"No chooser can serve any of these pairs. internal:default: .*no file for French.*overlap",
    ),
    "English among the candidates": (
        lambda s, _: s.validate(["de-en"], choosers=["english"]),
        "No chooser can serve any of these pairs. english: English is not among",
    ),
    "a chat template to rank": (
        lambda s, _: s.rank(
            "de", "en", settings=bridgex.RankSettings().changed({"probe.chat": True})
        ),
        "has no chat template",
    ),
    "a chat template to evaluate": (
        lambda s, _: s.evaluate("de", "en", strategies=AUTO, asking=TaskSettings(chat=True)),
        "has no chat template",
    ),
    "a chat template to validate": (
        lambda s, _: s.validate(["de-en"], asking=TaskSettings(chat=True)),
        "has no chat template",
    ),
    "a chat template for a prompt": (
        lambda s, _: s.prompt("de", "en", "Haus", asking=TaskSettings(chat=True)),
        "has no chat template",
    ),
}


@pytest.mark.parametrize(("job", "message"), JOBS.values(), ids=JOBS)
def test_what_is_missing_is_said_before_the_model_is_asked(
    session: Session, corpus: Path, job: Job, message: str
) -> None:
    with pytest.raises(BridgexError, match=message):
        job(session, corpus)
    assert session.loads == 0


def test_the_extra_that_measures_translations(
    session: Session, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    translation._chrf.cache_clear()
    with pytest.raises(BridgexError, match=r"pip install 'bridgex\[tasks\]'"):
        session.evaluate("de", "en", task="translation", texts=Texts(data=corpus))


def test_an_extra_that_texts_need(
    session: Session, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "es.txt").rename(corpus / "es.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(BridgexError, match=r"pip install 'bridgex\[parquet\]'"):
        session.rank("de", "en", candidates=["es", "it"], texts=Texts(corpus=corpus))


def test_a_cache_that_cannot_be_written(
    tiny_folder: Path, tmp_path: Path, unasked: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    session = Session(str(tiny_folder), dtype="float32", store=Store(tmp_path / "file" / "store"))
    with pytest.raises(BridgexError, match="Cannot write to"):
        session.evaluate("de", "en", strategies=["direct"], asking=TaskSettings(items=2))
    with pytest.raises(BridgexError, match="Cannot write to"):
        session.rank("de", "en", candidates=["es", "it"])
    assert session.loads == 0
    assert unasked == ["generate", "stats"]  # which found nothing stored, and went no further
    unasked.clear()
