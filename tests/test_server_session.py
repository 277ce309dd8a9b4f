"""Jobs whose prompts a server answers: the same results, kept item by item, and said in them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.cli import app
from bridgex.errors import ModelError, RequestError, ServerError
from bridgex.evaluation.settings import TaskSettings
from bridgex.generation import GenerationSpec
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.lm.server import HELD, Server
from bridgex.lm.server_client import KEY_VARIABLE, Patience
from bridgex.lm.source import load
from bridgex.storage.store import Store
from bridgex.tasks.base import Item
from bridgex.tasks.topic import Topic
from bridgex.tasks.word_chain import GENERATION
from tests.cli.running import RUNNER, refused
from tests.lm.served import QUICK, Played, serving

CPU: dict[str, Any] = {"device": "cpu", "dtype": "float32"}
TEXTS = Texts(budget=Budget(sentences=6))
SETTINGS = RankSettings().changed(
    {
        "selection.rate": 0.3,
        "probe.words": 8,
        "bridges.null_draws": 5,
        "bridges.matching_draws": 2,
        "bridges.full_activation": 0.4,
    }
)
FOUR = TaskSettings(items=4)


@pytest.fixture(scope="module")
def played(tiny_folder: Path) -> Played:
    return Played(load(str(tiny_folder), **CPU))


@pytest.fixture
def url(played: Played) -> Iterator[str]:
    played.asked.clear()
    with serving(played) as address:
        yield address


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def topic() -> Topic:
    options = ("sport", "travel")
    items = [Item(str(at), f"Kalimat {at}.", ("travel",), options=options) for at in range(4)]
    return Topic(source=find("id"), target=find("he"), items=tuple(items))


def written(evaluation: bridgex.Evaluation) -> list[list[str]]:
    """What was written under each strategy; a server leaves out the string it stops at."""
    return [
        [(each.written or "").rstrip("\n") for each in result.outcomes]
        for result in evaluation.results
    ]


def test_a_job_through_a_server_is_the_same_job(
    url: str, played: Played, tiny_folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "SECRET")
    here = bridgex.Session(str(tiny_folder), store=Store(kept), **CPU)
    there = bridgex.Session(str(tiny_folder), generate_with=url, store=Store(kept), **CPU)
    mine, theirs = (
        session.evaluate("id", "he", strategies=["direct", "bridge:en"], asking=FOUR)
        for session in (here, there)
    )
    assert written(theirs) == written(mine)
    assert theirs.results[0].value == mine.results[0].value
    assert theirs.provenance["backend"]["server"] == "vllm 0.11.0"
    assert any("10 of 10 greedy continuations" in note for note in theirs.notes)
    mine, theirs = (
        session.evaluate("id", "he", task=topic(), strategies=["direct"])
        for session in (here, there)
    )
    for one, other in zip(mine.results[0].outcomes, theirs.results[0].outcomes, strict=True):
        assert one.scored is not None
        assert other.scored is not None
        assert other.scored.nats == pytest.approx(one.scored.nats, abs=1e-3)
    assert any("prompt_logprobs" in body for body in played.bodies())
    host = url.removeprefix("http://").partition("/")[0]
    for secret in ("SECRET", host):
        assert secret not in json.dumps(theirs.to_dict())
        for path in kept.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes()


def test_the_probe_is_asked_there_and_read_here(url: str, tiny_folder: Path, kept: Path) -> None:
    request: dict[str, Any] = {
        "candidates": ["en", "es"],
        "texts": TEXTS,
        "settings": SETTINGS,
    }
    here = bridgex.Session(str(tiny_folder), store=Store(kept), **CPU)
    there = bridgex.Session(str(tiny_folder), generate_with=url, store=Store(kept), **CPU)
    mine, theirs = (each.rank("id", "he", **request) for each in (here, there))
    assert theirs.scores == mine.scores
    assert any("on a server" in note for note in theirs.notes)


def test_what_is_stored_is_not_asked_again(
    url: str, played: Played, tiny_folder: Path, tmp_path: Path
) -> None:
    def run() -> tuple[Any, int]:
        session = bridgex.Session(str(tiny_folder), generate_with=url, store=Store(tmp_path), **CPU)
        done = session.evaluate("id", "he", strategies=["direct"], asking=FOUR)
        return done, sum(body["max_tokens"] == GENERATION.max_tokens for body in played.bodies())

    first, asked = run()
    again, still = run()
    assert again == first
    assert asked == still == 4


def test_likelihoods_stay_here_where_a_server_gives_none(
    played: Played, tiny_folder: Path, kept: Path
) -> None:
    with serving(Played(played.model, "llamacpp")) as url:
        there = bridgex.Session(str(tiny_folder), generate_with=url, store=Store(kept), **CPU)
        theirs = there.evaluate("id", "he", task=topic(), strategies=["direct"])
    here = bridgex.Session(str(tiny_folder), store=Store(kept), **CPU)
    mine = here.evaluate("id", "he", task=topic(), strategies=["direct"])
    assert theirs.results == mine.results
    assert any("Likelihoods are of the model in the process" in note for note in theirs.notes)


def test_a_server_that_ends_in_the_middle_keeps_what_it_answered(
    played: Played, tmp_path: Path
) -> None:
    prompts = [f"prompt {at}" for at in range(60)]
    quick = Patience(attempts=2, connect=1, total=5, wait=0.01)

    spec = GenerationSpec(5, GENERATION.stop)

    def ask(url: str) -> list[Any]:
        server = Server(url, concurrency=4, patience=quick)
        session = bridgex.Session(None, generate_with=server, store=Store(tmp_path))
        return session.generate(prompts, spec, chat=False, what="Asking")

    def asked(played: Played) -> int:
        return sum(body["max_tokens"] == spec.max_tokens for body in played.bodies())

    def ends(_path: str, _body: dict[str, Any]) -> None:
        if asked(first) > 30:
            raise ConnectionError

    first, second = Played(played.model, trouble=ends), Played(played.model)
    with serving(first) as url, pytest.raises(ServerError, match="goes on where it stopped"):
        ask(url)
    with serving(second) as url:
        answers = ask(url)
    assert 30 <= asked(second) <= 30 + HELD + 4 + 1
    with serving(played) as url:
        session = bridgex.Session(None, generate_with=url, store=Store(tmp_path / "whole"))
        assert answers == session.generate(prompts, spec, chat=False, what="Asking")


class TestOnlyAsked:
    def test_what_needs_neurons_is_refused(self, url: str, kept: Path) -> None:
        session = bridgex.Session(None, generate_with=url, store=Store(kept))
        with pytest.raises(ModelError, match=r"tiny-llama is only asked.*--model"):
            session.rank("id", "he", candidates=["en", "es"], texts=TEXTS, settings=SETTINGS)
        with pytest.raises(ModelError, match="is only asked"):
            session.spectrum(["id", "he"], texts=TEXTS)

    def test_choosers_that_ask_serve_and_it_is_said(self, url: str, kept: Path) -> None:
        session = bridgex.Session(None, generate_with=url, store=Store(kept))
        validation = session.validate(
            ["id-he"],
            choosers=["internal", "english", "development", "chain_likelihood", "latent_language"],
            candidates=["en", "es"],
            development=4,
            texts=TEXTS,
            asking=FOUR,
        )
        (case,) = validation.cases
        assert set(case.chosen) == {"english", "development", "chain_likelihood", "oracle"}
        assert len(case.gaps) == 2
        assert all("is only asked" in gap for gap in case.gaps.values())
        assert "only asked" in case.model
        assert any("only asked" in note for note in validation.notes)

    def test_in_a_chat_the_signature_says_so(
        self, played: Played, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        template = "<s>{% for each in messages %}<{{ each.content }}>{% endfor %}"
        monkeypatch.setattr(played.model.tokenizer, "chat_template", template)
        with serving(Played(played.model)) as url:
            session = bridgex.Session(None, generate_with=url, store=Store(kept))
            asking = TaskSettings(items=2, chat=True)
            done = session.evaluate("id", "he", strategies=["direct"], asking=asking)
        assert "· chat" in done.signature

    def test_without_a_server_there_is_nobody(self) -> None:
        with pytest.raises(RequestError, match="needs a server"):
            bridgex.Session(None)


def test_a_server_that_is_lost_is_no_gap(played: Played, tmp_path: Path) -> None:
    def lost(_path: str, body: dict[str, Any]) -> None:
        if "prompt_logprobs" in body and len(body["prompt"]) > 60:
            raise ConnectionError

    with serving(Played(played.model, trouble=lost)) as url:
        server = Server(url, patience=QUICK)
        session = bridgex.Session(None, generate_with=server, store=Store(tmp_path))
        with pytest.raises(ServerError, match="no usable answer"):
            session.validate(
                ["id-he"],
                choosers=["english", "chain_likelihood"],
                candidates=["en", "es"],
                development=4,
                texts=TEXTS,
                asking=FOUR,
            )


class TestCommandLine:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--generate-with", "localhost"], "no address of a server"),
            (["--generate-with", "http://a:b@localhost"], KEY_VARIABLE),
            (["--server-model", "m"], "--server-model is about a server"),
            (["--allow-mismatch", "name"], "--allow-mismatch is about a server"),
            (["--concurrency", "4"], "--concurrency is about a server"),
            (["--generate-with", "http://localhost", "--allow-mismatch", "nme"], "no mismatch"),
            (["--generate-with", "http://localhost", "--concurrency", "0"], "At least one"),
            (["--generate-with", "http://127.0.0.1:9", "--model", "none"], "No server answers"),
            (["--model", "none"], "--generate-with"),
        ],
    )
    def test_bad_input(self, words: list[str], message: str) -> None:
        assert message in refused("evaluate", "id", "he", "--strategies", "direct", *words)

    def test_commands_that_ask_take_a_server(
        self, url: str, played: Played, tiny_folder: Path, tmp_path: Path
    ) -> None:
        common = ["--generate-with", url, "--model", str(tiny_folder), "--device", "cpu"]
        common += ["--dtype", "float32", "--concurrency", "2"]
        out = tmp_path / "out.json"
        evaluate = ["evaluate", "id", "he", "--items", "2", "--strategies", "direct"]
        done = RUNNER.invoke(app, [*evaluate, "--json", str(out), *common])
        assert done.exit_code == 0, done.output
        assert json.loads(out.read_text("utf-8"))["provenance"]["backend"]["served"] == "tiny-llama"
        prompt = ["prompt", "id", "he", "api", "--bridge", "direct"]
        done = RUNNER.invoke(app, [*prompt, *common])
        assert done.exit_code == 0, done.output
        assert played.most_at_once <= 16

    def test_serve_check_reports(self, url: str, tiny_folder: Path, tmp_path: Path) -> None:
        out = tmp_path / "report.json"
        model = ["--model", str(tiny_folder), "--device", "cpu", "--dtype", "float32"]
        done = RUNNER.invoke(app, ["serve-check", url, *model, "--json", str(out)])
        assert done.exit_code == 0, done.output
        assert "same: 10 of 10 greedy continuations" in done.stdout
        assert "likelihoods  yes: By prompt_logprobs" in done.stdout
        report = json.loads(out.read_text("utf-8"))
        assert report["mismatches"] == []
        assert {check["name"] for check in report["checks"]} == {
            *("name", "tokenizer", "answers", "context", "likelihoods")
        }

    def test_serve_check_fails_for_another_model(self, played: Played, tiny_folder: Path) -> None:
        model = ["--model", str(tiny_folder), "--device", "cpu", "--dtype", "float32"]
        with serving(Played(played.model, name="\x1b[31mother")) as url:
            done = RUNNER.invoke(app, ["serve-check", url, *model])
        assert done.exit_code == 1
        assert "DIFFERS: The server calls it" in done.stdout
        assert "--allow-mismatch name" in done.stdout
        assert "\x1b[31m" not in done.stdout

    def test_serve_check_without_a_model(self, url: str) -> None:
        done = RUNNER.invoke(app, ["serve-check", url, "--model", "none"])
        assert done.exit_code == 0, done.output
        assert "likelihoods  yes: By prompt_logprobs." in done.stdout
