"""A model on a server, played by one of our own: the same answers, and every way to go wrong."""

import json
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bridgex.conversation import Conversation, Prompt
from bridgex.errors import RequestError, ServerError
from bridgex.generation import GenerationSpec, StopRule
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.local import LocalBackend
from bridgex.lm.model import LanguageModel
from bridgex.lm.server import HELD, Server, ServerBackend
from bridgex.lm.server_client import KEY_VARIABLE, Patience
from bridgex.lm.source import load
from bridgex.storage.store import Store
from bridgex.version import RULES
from tests.lm.served import QUICK, Played, RefusedHereError, Software, serving, slowly
from tests.tiny_llama import save_tiny_llama

SIX = GenerationSpec(6, StopRule("[^\\S\\n]*\\S[^\n]*\n", ("\n",)))
PROMPTS = [f"Hello {at}" for at in range(6)]
OPTIONS = [[" a", " b b", "ccc"]] * len(PROMPTS)
TEMPLATE = (
    "<s>{% for each in messages %}<{{ each.content }}>{% endfor %}"
    "{% if add_generation_prompt %}{% endif %}"
)


@pytest.fixture(scope="module")
def model(tiny_folder: Path) -> LanguageModel:
    return load(str(tiny_folder), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder = save_tiny_llama(tmp_path_factory.mktemp("other") / "tiny-llama", seed=1)
    return load(str(folder), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that all tests share, so that the model in the process is asked once."""
    return Store(tmp_path_factory.mktemp("store"))


def local(model: LanguageModel) -> LocalBackend:
    return LocalBackend(model.identity, lambda: model)


def backend(url: str, here: LanguageModel | None, store: Store, **more: Any) -> ServerBackend:
    own = None if here is None else local(here)
    return ServerBackend(Server(url, **{"patience": QUICK, **more}), own, store)


def generated(
    backend: ServerBackend | LocalBackend,
    prompts: Sequence[Prompt] = PROMPTS,
    spec: GenerationSpec = SIX,
    *,
    chat: bool = False,
) -> list[Generated]:
    found: dict[int, Generated] = {}
    backend.generate(prompts, spec, chat=chat, on_result=found.__setitem__)
    return [found[at] for at in range(len(prompts))]


def scored(
    backend: ServerBackend | LocalBackend,
    prompts: list[str] = PROMPTS,
    options: list[list[str]] = OPTIONS,
    *,
    chat: bool = False,
) -> list[ScoredOptions]:
    found: dict[int, ScoredOptions] = {}
    backend.score(prompts, options, chat=chat, on_result=found.__setitem__)
    return [found[at] for at in range(len(prompts))]


def texts(answers: list[Generated]) -> list[str | None]:
    return [each.text and each.text.rstrip("\n") for each in answers]


@pytest.mark.parametrize("software", ["vllm", "plain", "llamacpp", "transformers"])
def test_it_writes_what_the_model_in_the_process_does(
    software: Software, model: LanguageModel, kept: Store
) -> None:
    played = Played(model, software)
    with serving(played) as url:
        server = backend(url, model, kept)
        assert texts(generated(server)) == texts(generated(local(model)))
        assert server.meeting.mismatches == ()
        assert [each.passed for each in server.meeting.checks[:3]] == [True, True, True]
        assert server.meeting.dialect.tokens == (software != "transformers")
        assert server.notes[0].endswith(
            "10 of 10 greedy continuations are those of the model in the process."
        )


@pytest.mark.parametrize(("software", "way"), [("vllm", "prompt_logprobs"), ("plain", "echo")])
def test_it_scores_as_the_model_in_the_process_does(
    software: Software, way: str, model: LanguageModel, kept: Store
) -> None:
    with serving(Played(model, software)) as url:
        server = backend(url, model, kept)
        assert server.meeting.dialect.way == way
        for there, here in zip(scored(server), scored(local(model)), strict=True):
            assert there.nats == pytest.approx(here.nats, abs=1e-3)
            assert there.tokens == here.tokens


@pytest.mark.parametrize("software", ["llamacpp", "transformers"])
def test_without_log_probabilities_of_prompts_it_does_not_score(
    software: Software, model: LanguageModel, kept: Store
) -> None:
    with serving(Played(model, software)) as url:
        server = backend(url, model, kept)
        assert not server.scores
        with pytest.raises(RequestError, match="--answer generate"):
            scored(server)
        assert any("Likelihoods are of the model in the process" in each for each in server.notes)


def test_log_probabilities_that_are_another_tokens_are_not_used(
    model: LanguageModel, kept: Store
) -> None:
    def shifted(answer: dict[str, Any]) -> None:
        for choice in answer.get("choices", []):
            if choice.get("logprobs"):
                values = choice["logprobs"]["token_logprobs"]
                choice["logprobs"]["token_logprobs"] = [None, *(2 * each for each in values[1:])]

    with serving(Played(model, "plain", change=shifted)) as url:
        server = backend(url, model, kept)
        assert not server.scores
        assert "nats a token from those in the process" in server.meeting.checks[-1].said


class Slow:
    """A tokenizer written in Python, which gives no offsets."""

    is_fast = False

    def __init__(self, own: Any) -> None:
        self._own = own

    def __call__(self, *texts: Any, **how: Any) -> Any:
        return self._own(*texts, **how)


def test_a_tokenizer_without_offsets_leaves_scoring_out(
    model: LanguageModel, tmp_path: Path
) -> None:
    here = LocalBackend(model.identity, lambda: model, lambda: Slow(model.tokenizer))
    with serving(Played(model)) as url:
        server = ServerBackend(Server(url, patience=QUICK), here, Store(tmp_path))
        assert not server.scores
        assert "no offsets" in server.notes[-1]
        assert texts(generated(server, PROMPTS[:2])) == texts(generated(here, PROMPTS[:2]))


def test_what_is_refused_is_left_out_and_told(model: LanguageModel, kept: Store) -> None:
    played = Played(model, "transformers")
    with serving(played) as url:
        server = backend(url, model, kept)
        generated(server, PROMPTS[:1])
        refused = server.meeting.to_dict()["refused_parameters"]
        assert refused == ["top_k", "min_p", "repetition_penalty", "repeat_penalty"]
        assert any("takes no top_k" in note for note in server.notes)
    assert not {"top_k", "min_p"} & set(played.bodies()[-1])
    assert played.bodies()[-1]["frequency_penalty"] == 0


def test_white_space_before_an_answer_does_not_end_it(model: LanguageModel, kept: Store) -> None:
    def led(answer: dict[str, Any]) -> None:
        for choice in answer.get("choices", []):
            choice["text"] = f"\nfire {choice['text']}"

    played = Played(model)
    with serving(played) as url:
        server = backend(url, model, kept)
        server.meeting  # noqa: B018  (met before answers are changed)
        played.trouble = lambda path, body: (
            b'{"choices": [{"text": "%s", "finish_reason": "stop"}]}'
            % (b"" if body.get("stop") else b"\\nfire\\nand more")
            if body.get("max_tokens") == SIX.max_tokens
            else None
        )
        assert generated(server, ["Hello"])[0].text == "\nfire\n"


@pytest.mark.parametrize("software", ["vllm", "transformers"])
def test_in_a_chat(
    software: Software,
    model: LanguageModel,
    kept: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model.tokenizer, "chat_template", TEMPLATE)
    played = Played(model, software)
    with serving(played) as url:
        server = backend(url, model, kept)
        rendered = software == "vllm"
        assert (server.given(["Hi"], chat=True) == ["<s><Hi>"]) is rendered
        assert texts(generated(server, chat=True)) == texts(generated(local(model), chat=True))
        asked = played.bodies("/v1/chat/completions")
        assert bool(asked) is not rendered
        if rendered:
            for there, here in zip(
                scored(server, chat=True), scored(local(model), chat=True), strict=True
            ):
                assert there.nats == pytest.approx(here.nats, abs=1e-3)
        else:
            assert asked[-1]["chat_template_kwargs"]["enable_thinking"] is False


@pytest.mark.parametrize("software", ["vllm", "transformers"])
@pytest.mark.parametrize("turn", [True, False])
def test_a_conversation(
    software: Software,
    turn: bool,
    model: LanguageModel,
    kept: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    monkeypatch.setattr(
        model.tokenizer,
        "chat_template",
        TEMPLATE if turn else refusal + TEMPLATE,
    )
    asked: list[Prompt] = [Conversation("What?", "Be brief.", (("Who?", "I."),)), "Hi"]
    played = Played(model, software)
    with serving(played) as url:
        server = backend(url, model, kept)
        there, here = (texts(generated(each, asked, chat=True)) for each in (server, local(model)))
    assert there == here
    if software == "transformers":
        (sent,) = [
            body["messages"]
            for body in played.bodies("/v1/chat/completions")
            if len(body["messages"]) > 2
        ]
        assert (sent[0]["role"] == "system") is turn


def test_a_server_without_a_chat_interface(model: LanguageModel, kept: Store) -> None:
    with (
        serving(Played(model, "transformers")) as url,
        pytest.raises(RequestError, match="leave out --chat"),
    ):
        generated(backend(url, model, kept), chat=True)


def test_it_is_asked_much_at_once_and_never_more_than_it_may(
    model: LanguageModel, kept: Store
) -> None:
    played = Played(model, trouble=slowly(0.01))
    with serving(played) as url:
        generated(backend(url, model, kept, concurrency=3), PROMPTS)
        assert 1 < played.most_at_once <= 3
    connections = {headers["Host"] for _path, _body, headers in played.asked}
    assert len(connections) == 1


def test_another_version_of_its_rule_is_another_identity(
    model: LanguageModel, kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Played(model)) as url:
        usual = dict(backend(url, model, kept).identity)
        assert dict(backend(url, model, kept).identity) == usual
        monkeypatch.setitem(RULES, "server", RULES["server"] + 1)
        assert dict(backend(url, model, kept).identity) != usual


class TestMismatch:
    def test_another_model_is_refused(
        self, model: LanguageModel, other: LanguageModel, kept: Store
    ) -> None:
        with serving(Played(other)) as url:
            with pytest.raises(ServerError, match=r"[0-7] of 10 greedy.*--allow-mismatch answers"):
                generated(backend(url, model, kept))
            allowed = backend(url, model, kept, allow=("answers",))
            assert texts(generated(allowed)) == texts(generated(local(other)))
            assert any("Allowed, though another" in note for note in allowed.notes)

    def test_another_name_is_refused_unless_it_is_named(
        self, model: LanguageModel, kept: Store
    ) -> None:
        with serving(Played(model, name="llama")) as url:
            with pytest.raises(ServerError, match=r"calls it llama, the process tiny-llama"):
                generated(backend(url, model, kept))
            named = backend(url, model, kept, model="llama")
            assert len(generated(named)) == len(PROMPTS)
            allowed = backend(url, model, kept, allow=("name",))
            assert len(generated(allowed)) == len(PROMPTS)

    def test_another_tokenizer_is_refused(self, model: LanguageModel, kept: Store) -> None:
        def one_more(answer: dict[str, Any]) -> None:
            if "tokens" in answer:
                answer["tokens"].append(7)

        with (
            serving(Played(model, change=one_more)) as url,
            pytest.raises(ServerError, match=r"108 tokens .* of which the process makes 107"),
        ):
            generated(backend(url, model, kept))

    def test_several_models_need_a_name(self, model: LanguageModel, kept: Store) -> None:
        listed = b'{"data": [{"id": "a"}, {"id": "b"}]}'
        played = Played(model, trouble=lambda path, _body: listed if "models" in path else None)
        with serving(played) as url:
            with pytest.raises(RequestError, match=r"several models \(a, b\).*--server-model"):
                generated(backend(url, model, kept))
            assert generated(backend(url, model, kept, model="tiny-llama"), PROMPTS[:1])

    def test_what_is_allowed_has_a_name(self) -> None:
        with pytest.raises(RequestError, match="name, tokenizer, answers"):
            Server("http://localhost", allow=("everything",))


class TestOnlyAsked:
    def test_it_writes_and_scores(self, model: LanguageModel, kept: Store) -> None:
        with serving(Played(model)) as url:
            server = backend(url, None, kept)
            assert texts(generated(server)) == texts(generated(local(model)))
            for there, here in zip(scored(server), scored(local(model)), strict=True):
                assert there.nats == pytest.approx(here.nats, abs=1e-3)
                assert there.tokens == here.tokens
            assert server.model.name == "tiny-llama"
            assert server.model.dtype == "only asked"
            assert "only asked" in server.notes[0]

    def test_it_does_not_score_in_a_chat(
        self, model: LanguageModel, kept: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(model.tokenizer, "chat_template", TEMPLATE)
        with serving(Played(model)) as url:
            server = backend(url, None, kept)
            assert texts(generated(server, chat=True)) == texts(generated(local(model), chat=True))
            with pytest.raises(RequestError, match="--answer generate"):
                scored(server, chat=True)

    def test_a_server_that_does_not_tokenise_does_not_score(
        self, model: LanguageModel, kept: Store
    ) -> None:
        with (
            serving(Played(model, "plain")) as url,
            pytest.raises(RequestError, match="name the model with --model"),
        ):
            scored(backend(url, None, kept))


class TestTrouble:
    def test_nobody_there(self, model: LanguageModel, kept: Store) -> None:
        with serving(Played(model)) as url:
            pass
        began = time.monotonic()
        with pytest.raises(ServerError, match=r"No server answers at .*check the address"):
            generated(backend(url, model, kept))
        assert time.monotonic() - began < 2

    def test_no_completions_at_the_address(self, model: LanguageModel, kept: Store) -> None:
        with serving(Played(model)) as url:
            wrong = url.replace("/v1", "/v2")
            with pytest.raises(ServerError, match=r"status 404: Not Found\); check the address"):
                generated(backend(wrong, model, kept))

    def test_a_wrong_address_does_not_wait_for_the_model(self, kept: Store) -> None:
        def load() -> LanguageModel:
            pytest.fail("the model was loaded")

        identity = load_identity()
        server = ServerBackend(
            Server("http://127.0.0.1:9", patience=QUICK), LocalBackend(identity, load), kept
        )
        with pytest.raises(ServerError, match="No server answers"):
            generated(server)

    def test_it_is_down_for_a_moment(self, model: LanguageModel, kept: Store) -> None:
        failing = Failing(ConnectionError, times=2)
        with serving(Played(model)) as url:
            pass
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            server.meeting  # noqa: B018
            played.trouble = failing
            assert texts(generated(server)) == texts(generated(local(model)))
        assert failing.times == 0

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
    def test_it_is_busy_for_a_moment(self, status: int, model: LanguageModel, kept: Store) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            server.meeting  # noqa: B018
            played.trouble = Failing(lambda: RefusedHereError(status), times=2)
            assert texts(generated(server)) == texts(generated(local(model)))

    @pytest.mark.parametrize(
        ("trouble", "said"),
        [
            (ConnectionError, "disconnected|the connection broke|reset"),
            (lambda: RefusedHereError(500, "out of memory"), "answers 500: out of memory"),
            (lambda: RefusedHereError(429), "answers 429"),
        ],
    )
    def test_it_stays_so(self, trouble: Any, said: str, model: LanguageModel, kept: Store) -> None:
        played = Played(model)
        with serving(played) as url:
            patience = Patience(attempts=3, connect=1, total=1, wait=0.01)
            server = backend(url, model, kept, patience=patience)
            server.meeting  # noqa: B018
            played.trouble = Failing(trouble, times=10**6)
            with pytest.raises(ServerError, match=f"({said}).*goes on where it stopped"):
                generated(server)

    def test_retry_after_is_obeyed_within_a_bound(self, model: LanguageModel, kept: Store) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept, concurrency=1)
            server.meeting  # noqa: B018
            played.trouble = Failing(lambda: RefusedHereError(429, Retry_After="1"), times=1)
            began = time.monotonic()
            assert generated(server, PROMPTS[:1])
            assert time.monotonic() - began >= 1
            played.trouble = Failing(lambda: RefusedHereError(503, Retry_After="3600"), times=1)
            with pytest.raises(ServerError, match=r"asks to wait 3,600 seconds .*after that"):
                generated(server, PROMPTS[:1])

    def test_it_is_slow(self, model: LanguageModel, kept: Store) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept, patience=Patience(total=0.3, wait=0.01))
            server.meeting  # noqa: B018
            played.trouble = slowly(2)
            began = time.monotonic()
            with pytest.raises(ServerError, match=r"took longer than 0.3 seconds .*--concurrency"):
                generated(server, PROMPTS[:2])
            assert time.monotonic() - began < 1.5

    @pytest.mark.parametrize(
        "sent",
        [
            b"<html>Bad gateway</html>",
            b"",
            b"null",
            b"{",
            b"[" * 100_000,
            b"\xff\xfe",
            b'{"choices": []}',
            b'{"choices": [{"text": 3}]}',
            b'{"error": "no"}',
        ],
        ids=str,
    )
    def test_an_answer_of_no_use(self, sent: bytes, model: LanguageModel, kept: Store) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            server.meeting  # noqa: B018
            played.trouble = lambda _path, _body: sent
            with pytest.raises(ServerError, match=r"no usable answer in 3 attempts \(an answer"):
                generated(server, PROMPTS[:1])

    def test_log_probabilities_that_stop_coming(self, model: LanguageModel, kept: Store) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            assert server.scores
            played.change = without_logprobs
            with pytest.raises(ServerError, match=r"0 log-probabilities for \d+ tokens"):
                scored(server, PROMPTS[:1], OPTIONS[:1])

    @pytest.mark.parametrize("software", ["plain", "transformers"])
    def test_a_prompt_that_is_cut_is_noticed(
        self, software: Software, model: LanguageModel, kept: Store
    ) -> None:
        played = Played(model, software, context=150, truncates=True)
        with serving(played) as url:
            server = backend(url, model, kept)
            with pytest.raises(ServerError, match=r"read 144 of the 201 tokens .*longer context"):
                generated(server, ["x" * 200])

    def test_a_shorter_context_is_told_and_leaves_long_prompts_out(
        self, model: LanguageModel, kept: Store
    ) -> None:
        with serving(Played(model, context=150)) as url:
            server = backend(url, model, kept)
            long, short = generated(server, ["x" * 200, "x"])
            assert (long.text, short.text is None) == (None, False)
            long_scored, _ = scored(server, ["x" * 200, "x"], [[" a", " b"]] * 2)
            assert long_scored.nats is None
            (check,) = [each for each in server.meeting.checks if each.name == "context"]
            assert check.passed is False
            assert "150 tokens at once" in check.said

    def test_a_context_that_nobody_told(self, model: LanguageModel, kept: Store) -> None:
        with serving(Played(model, "plain", context=150)) as url:
            long, short = generated(backend(url, model, kept), ["x" * 200, "x"])
            assert (long.text, short.text is None) == (None, False)

    def test_a_model_that_changes_in_the_middle(
        self, model: LanguageModel, other: LanguageModel, kept: Store
    ) -> None:
        played = Played(model)
        prompts = [f"Hello {at}" for at in range(5 * HELD)]
        found: dict[int, Generated] = {}

        def keep(at: int, answer: Generated) -> None:
            found[at] = answer
            played.model = other

        with serving(played) as url:
            server = backend(url, model, kept, concurrency=1)
            with pytest.raises(
                ServerError, match=r"changed its model .*Answers since are not kept"
            ):
                server.generate(prompts, SIX, chat=False, on_result=keep)
        assert 0 < len(found) <= HELD
        right = generated(local(model), [prompts[at] for at in found])
        assert texts([*found.values()]) == texts(right)

    def test_a_model_that_is_called_otherwise_in_the_middle(
        self, model: LanguageModel, kept: Store
    ) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            server.meeting  # noqa: B018
            played.change = lambda answer: answer.update(model="other")
            with pytest.raises(ServerError, match="answered with the model 'other'"):
                generated(server)

    def test_a_close_call_that_falls_otherwise_changes_nothing(
        self, model: LanguageModel, kept: Store
    ) -> None:
        played = Played(model)
        with serving(played) as url:
            first = backend(url, model, kept)
            identity = dict(first.identity)
            german = model.tokenizer("Der")["input_ids"][:3]

            def one_other(answer: dict[str, Any]) -> None:
                if "choices" in answer and played.bodies()[-1]["prompt"][:3] == german:
                    answer["choices"][0]["text"] = "other"

            played.change = one_other
            again = backend(url, model, kept)
            assert again.identity == identity
            assert "9 of 10" in again.notes[0]

    @pytest.mark.parametrize("software", ["vllm", "transformers", "llamacpp", "plain"])
    def test_connections_that_break_while_it_starts_change_nothing(
        self, software: Software, model: LanguageModel, tmp_path: Path
    ) -> None:
        played, broken = Played(model, software), set()

        def once(path: str, body: dict[str, Any]) -> None:
            question = json.dumps([path, body], sort_keys=True)
            if question not in broken:
                broken.add(question)
                raise ConnectionError

        with serving(played) as url:
            steady = backend(url, model, Store(tmp_path))
            identity, notes = dict(steady.identity), steady.notes
            played.trouble = once
            shaken = backend(url, model, Store(tmp_path))
            assert shaken.identity == identity
            assert shaken.notes == notes
        assert len(broken) > 10

    def test_a_redirect_is_not_followed_and_no_key_leaves(
        self, model: LanguageModel, kept: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(KEY_VARIABLE, "SECRET")
        elsewhere = Played(model)
        with serving(elsewhere) as target:
            moved = Played(
                model, trouble=Failing(lambda: RefusedHereError(307, Location=target), 10**6)
            )
            with serving(moved) as url, pytest.raises(ServerError, match=f"redirects to {target}"):
                generated(backend(url, model, kept))
        assert not elsewhere.asked

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_key_is_sent_and_never_shown(
        self,
        status: int,
        model: LanguageModel,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setenv(KEY_VARIABLE, "SECRET")
        caplog.set_level("DEBUG")
        played = Played(model)
        store = Store(tmp_path)
        with serving(played) as url:
            server = backend(url, model, store)
            generated(server, PROMPTS[:1])
            said = f"{server.identity} {server.meeting} {server.notes}"
            played.trouble = Failing(lambda: RefusedHereError(status, "wrong key SECRET"), 10**6)
            with pytest.raises(ServerError, match=rf"refuses access .*{KEY_VARIABLE}") as refused:
                generated(server, PROMPTS[:1])
        assert all(each["Authorization"] == "Bearer SECRET" for _, _, each in played.asked)
        written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert "SECRET" not in f"{refused.value} {said} {caplog.text}"
        assert b"SECRET" not in written

    def test_a_key_that_is_none_is_refused_and_not_shown(
        self, model: LanguageModel, kept: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(KEY_VARIABLE, "SEC\nRET")
        with (
            serving(Played(model)) as url,
            pytest.raises(RequestError, match=KEY_VARIABLE) as refused,
        ):
            generated(backend(url, model, kept))
        assert "SEC" not in str(refused.value)

    def test_a_certificate_that_fails(
        self, model: LanguageModel, kept: Store, tmp_path: Path
    ) -> None:
        program = shutil.which("openssl")
        if program is None:
            pytest.skip("makes a certificate with openssl")
        certificate, secret = tmp_path / "own.pem", tmp_path / "own.key"
        words = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost".split()
        subprocess.run(  # noqa: S603
            [program, *words, "-keyout", str(secret), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, secret)
        with serving(Played(model), context) as url:
            began = time.monotonic()
            with pytest.raises(ServerError, match=r"certificate of .*SSL_CERT_FILE"):
                generated(backend(url, model, kept))
            assert time.monotonic() - began < 2

    def test_an_answer_without_end(
        self, model: LanguageModel, kept: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            server.meeting  # noqa: B018
            monkeypatch.setattr("bridgex.lm.server_client._LONGEST_ANSWER", 1000)
            played.trouble = lambda _path, _body: b" " * 2000
            with pytest.raises(ServerError, match="more than 1,000 bytes"):
                generated(server, PROMPTS[:1])

    def test_an_end_from_outside_ends_what_is_under_way(
        self, model: LanguageModel, kept: Store
    ) -> None:
        played = Played(model)
        with serving(played) as url:
            server = backend(url, model, kept)
            server.meeting  # noqa: B018
            played.trouble = slowly(0.05)

            def interrupt(_at: int, _answer: Generated) -> None:
                raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                prompts = [f"Hello {at}" for at in range(200)]
                server.generate(prompts, SIX, chat=False, on_result=interrupt)
            assert not [t for t in threading.enumerate() if t.name == "bridgex-server"]
            asked = len(played.asked)
            time.sleep(0.2)
            assert len(played.asked) - asked <= 16


def without_logprobs(answer: dict[str, Any]) -> None:
    for choice in answer["choices"]:
        choice.pop("prompt_logprobs", None)


class Failing:
    """Raises an error so many times."""

    def __init__(self, error: Any, times: int) -> None:
        self.error, self.times, self.lock = error, times, threading.Lock()

    def __call__(self, _path: str, _body: dict[str, Any]) -> None:
        with self.lock:
            if self.times > 0:
                self.times -= 1
                raise self.error()


def load_identity() -> Any:
    from bridgex.lm.identity import ModelIdentity

    return ModelIdentity("m", "d", "float32", "cpu", "none")
