"""A server of our own that plays vLLM, llama.cpp or transformers serve, and misbehaves if told."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, TypeVar

import jinja2
import torch

from bridgex.generation import GenerationSpec, StopRule
from bridgex.lm.backend import Generated
from bridgex.lm.batches import Encoded
from bridgex.lm.generate import generate
from bridgex.lm.model import LanguageModel
from bridgex.lm.server_client import Patience

Value = TypeVar("Value")
Software = Literal["vllm", "llamacpp", "transformers", "plain"]
QUICK = Patience(attempts=3, connect=2, total=5, wait=0.01, longest_wait=1)
KNOWN = {
    "transformers": {
        *"model prompt messages max_tokens temperature top_p n stream seed stop".split(),
        *"presence_penalty frequency_penalty echo logprobs chat_template_kwargs".split(),
    }
}


class RefusedHereError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


@dataclass
class Played:
    """A server with a model of the process.

    Attributes:
        model: what it answers with; may be replaced while it runs.
        software: what it plays.
        name: what it calls the model.
        context: tokens it reads at once; longer prompts are refused, or cut where it truncates.
        truncates: whether it cuts longer prompts silently.
        trouble: called with path and body before each answer; may raise `RefusedHereError` or
            `ConnectionError`, or return bytes to be sent as they are.
        change: called with each answer, to change it.
        asked: path, body and headers of each question.
    """

    model: LanguageModel
    software: Software = "vllm"
    name: str = "tiny-llama"
    context: int | None = None
    truncates: bool = False
    trouble: Callable[[str, dict[str, Any]], bytes | None] = lambda _path, _body: None
    change: Callable[[dict[str, Any]], None] = lambda _answer: None
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)
    at_once: int = 0
    most_at_once: int = 0

    def bodies(self, path: str = "/v1/completions") -> list[dict[str, Any]]:
        return [body for asked, body, _headers in self.asked if asked == path]

    def get(self, path: str) -> dict[str, Any]:
        if path == "/v1/models":
            if self.software == "transformers":
                raise RefusedHereError(500, "no cache")
            listed: dict[str, Any] = {"id": self.name, "owned_by": self.software}
            if self.software == "vllm":
                listed |= {"root": self.name, "max_model_len": self.context or 1024}
            if self.software == "llamacpp":
                listed |= {"meta": {"n_ctx": self.context or 1024}}
            return {"data": [listed]}
        if path == "/version" and self.software == "vllm":
            return {"version": "0.11.0"}
        raise RefusedHereError(404, "Not Found")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.software == "transformers" and (more := set(body) - KNOWN["transformers"]):
            raise RefusedHereError(422, f"Unexpected fields in the request: {more}")
        if path == "/tokenize" and self.software in {"vllm", "llamacpp"}:
            text = body["prompt" if self.software == "vllm" else "content"]
            return {"tokens": self.ids(text)}
        if body["model"] != self.name:
            raise RefusedHereError(404, f"The model `{body['model']}` does not exist.")
        if path == "/v1/completions":
            prompt = body["prompt"]
            if not isinstance(prompt, str) and self.software == "transformers":
                raise RefusedHereError(400, "prompt must be a string.")
            return self.completed(self.ids(prompt) if isinstance(prompt, str) else prompt, body)
        if path == "/v1/chat/completions":
            if not self.model.tokenizer.chat_template:
                raise RefusedHereError(400, "no chat template")
            ids = self.ids(self.rendered(body["messages"]), special=False)
            done = self.completed(ids, body)
            (choice,) = done["choices"]
            choice["message"] = {"role": "assistant", "content": choice.pop("text")}
            return done
        raise RefusedHereError(404, "Not Found")

    def rendered(self, messages: list[dict[str, str]]) -> str:
        template = jinja2.Template(self.model.tokenizer.chat_template)
        return str(template.render(messages=messages, raise_exception=refuse))

    def ids(self, text: str, *, special: bool = True) -> list[int]:
        return list(self.model.tokenizer(text, add_special_tokens=special)["input_ids"])

    def completed(self, ids: list[int], body: dict[str, Any]) -> dict[str, Any]:
        context = self.context or 1024
        if len(ids) + body["max_tokens"] > context:
            if not self.truncates:
                raise RefusedHereError(
                    400, f"This model's maximum context length is {context} tokens."
                )
            ids = ids[-(context - body["max_tokens"]) :]
        text, tokens = self.written(ids, body["max_tokens"])
        finish = "length"
        for stop in body.get("stop", []):
            if stop in text:
                text, finish = text.partition(stop)[0], "stop"
        choice: dict[str, Any] = {"text": text, "finish_reason": finish, "logprobs": None}
        answer = {
            "model": self.name,
            "choices": [choice],
            "usage": {"prompt_tokens": len(ids), "completion_tokens": tokens},
        }
        if self.software == "vllm" and "prompt_logprobs" in body:
            values = self.logprobs(ids)
            pairs = zip(ids[1:], values, strict=True)
            given = [
                {str(token): {"logprob": value}, "0": {"logprob": -0.1}} for token, value in pairs
            ]
            choice["prompt_logprobs"] = [None, *given]
        if self.software == "plain" and body.get("echo"):
            choice["logprobs"] = {"token_logprobs": [None, *self.logprobs(ids), -1.0]}
        if self.software == "llamacpp" and body.get("echo"):  # its issue 27174
            choice["logprobs"] = {"token_logprobs": [-1.0]}
        return answer

    def written(self, ids: list[int], most: int) -> tuple[str, int]:
        return remembered(("written", id(self.model), most, *ids), lambda: self._written(ids, most))

    def logprobs(self, ids: list[int]) -> list[float]:
        return remembered(("logprobs", id(self.model), *ids), lambda: self._logprobs(ids))

    def _written(self, ids: list[int], most: int) -> tuple[str, int]:
        found: list[Generated] = []
        spec = GenerationSpec(most, StopRule("(?!)"))
        with self.lock:
            prompt = Encoded(tuple(ids), (True,) + (False,) * (len(ids) - 1))
            generate(
                self.model, [prompt], spec=spec, on_result=lambda _at, each: found.append(each)
            )
        return found[0].text or "", found[0].tokens

    def _logprobs(self, ids: list[int]) -> list[float]:
        with self.lock, torch.inference_mode():
            logprobs = self.model.model(torch.tensor([ids])).logits[0].log_softmax(-1)
        return [float(logprobs[at, token]) for at, token in enumerate(ids[1:])]


def refuse(message: str) -> None:
    raise RefusedHereError(400, message)


_REMEMBERED: dict[Any, Any] = {}
"""What the models of all servers answered: the tests ask the same things again and again."""


def remembered(key: Any, compute: Callable[[], Value]) -> Value:
    if key not in _REMEMBERED:
        _REMEMBERED[key] = compute()
    value: Value = _REMEMBERED[key]
    return value


@contextmanager
def serving(played: Played, secure: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve until the block ends; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5  # of a kept connection that nobody uses
        disable_nagle_algorithm = True  # or each answer's body waits 40 ms behind its headers

        def do_GET(self) -> None:
            self.answer({})

        def do_POST(self) -> None:
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, body: dict[str, Any]) -> None:
            played.asked.append((self.path, body, dict(self.headers)))
            played.at_once += 1
            played.most_at_once = max(played.most_at_once, played.at_once)
            status, headers = 200, {}
            try:
                sent = played.trouble(self.path, body)
                if sent is None:
                    done = played.post(self.path, body) if body else played.get(self.path)
                    played.change(done)
                    sent = json.dumps(done).encode()
            except RefusedHereError as refused:
                status, headers = refused.status, refused.headers
                sent = json.dumps({"error": {"message": refused.message}}).encode()
            except ConnectionError:
                self.close_connection = True
                self.connection.close()
                return
            finally:
                played.at_once -= 1
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_words: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = False  # a thread that is in torch when the tests end would abort them

        def handle_error(self, *_words: object) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    if secure is not None:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if secure else ''}://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def slowly(seconds: float) -> Callable[[str, dict[str, Any]], None]:
    def wait(_path: str, _body: dict[str, Any]) -> None:
        time.sleep(seconds)

    return wait
