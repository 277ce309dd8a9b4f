"""Questions to a server in the completions protocol, and its answers: pure, no network.

The protocol is OpenAI's, as vLLM, SGLang, llama.cpp, ``transformers serve``, LM Studio and Ollama
speak it. What they add or leave out is said where it matters.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from bridgex.conversation import Conversation
from bridgex.lm.server_client import UnusableError

Asked: TypeAlias = str | tuple[int, ...] | Conversation
"""A prompt as text, which the server makes tokens of, as the ids of its tokens, or a conversation
that the server puts into its chat template."""

Way: TypeAlias = Literal["prompt_logprobs", "echo"]
"""How a server is asked for the log-probabilities of a prompt's tokens."""

WAYS: tuple[Way, ...] = ("prompt_logprobs", "echo")

ALWAYS: Mapping[str, Any] = {"temperature": 0, "top_p": 1, "n": 1, "stream": False}
"""Greedy decoding; a server that refuses one of these cannot be used."""
OPTIONAL: Mapping[str, Any] = {
    "seed": 0,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "top_k": -1,
    "min_p": 0,
    "repetition_penalty": 1,
    "repeat_penalty": 1,
}
"""What is sent besides, so that no default of the server or of the model's repository applies
(vLLM takes those of ``generation_config.json``); left out where a server refuses it. The last one
is llama.cpp's and LM Studio's name of the one before."""
NO_THINKING: Mapping[str, Any] = {
    "chat_template_kwargs": {"enable_thinking": False, "thinking": False}
}
"""What turns thinking off in chat templates of Qwen, Granite, DeepSeek and others."""

ROUNDING = 1e-3
"""How far above 0 a log-probability may come out."""

_TOO_LONG = re.compile(
    r"context|too (long|large|many tokens)|exceed|maximum.*(length|tokens)|max_model_len", re.I
)


@dataclass(frozen=True)
class Dialect:
    """How a server is asked.

    Attributes:
        model: its name there.
        parameters: of sampling, those it takes.
        refused: names of those it does not take.
        tokens: whether it takes prompts as token ids.
        way: how it gives log-probabilities of prompts; None where it does not.
        called: what its answers call the model; empty where they do not.
        system_turn: whether its chat template has a turn of the system.
    """

    model: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: {**ALWAYS, **OPTIONAL})
    refused: tuple[str, ...] = ()
    tokens: bool = False
    way: Way | None = None
    called: str = ""
    system_turn: bool = True

    def without(self, message: str) -> "Dialect | None":
        """Return the dialect without the parameters a refusal names, or without all optional ones.

        Returns:
            None where nothing is left that could be left out.
        """
        left = [name for name in self.parameters if name not in ALWAYS]
        named = [name for name in left if re.search(rf"\b{name}\b", message)]
        dropped = tuple(named or left)
        if not dropped:
            return None
        kept = {name: value for name, value in self.parameters.items() if name not in dropped}
        return replace(self, parameters=kept, refused=(*self.refused, *dropped))

    def question(
        self, prompt: Asked, max_tokens: int, stop: Sequence[str] = ()
    ) -> tuple[str, dict[str, Any]]:
        """Return path and body of the question for what follows a prompt.

        Args:
            prompt: text, tokens or a conversation.
            max_tokens: the most new tokens.
            stop: strings to stop at.
        """
        body = {"model": self.model, "max_tokens": max_tokens, **self.parameters}
        body |= {"stop": list(stop)} if stop else {}
        if isinstance(prompt, Conversation):
            messages = prompt.messages(system_turn=self.system_turn)
            return "chat/completions", {"messages": messages, **body}
        return "completions", {"prompt": prompt if isinstance(prompt, str) else [*prompt], **body}

    def logprobs(self, ids: Sequence[int], way: Way) -> tuple[str, dict[str, Any]]:
        """Return path and body of the question for the log-probabilities of a prompt's tokens.

        One token is generated, since vLLM generates at least one.
        """
        asked = (
            {"prompt_logprobs": 1} if way == "prompt_logprobs" else {"echo": True, "logprobs": 1}
        )
        path, body = self.question(tuple(ids), 1)
        return path, body | asked


@dataclass(frozen=True)
class Written:
    """What a server wrote.

    Attributes:
        text: the continuation, as far as the stop strings.
        tokens: number of tokens generated; 0 where it is not said.
        read: number of tokens of the prompt; None where it is not said.
        finished: whether it stopped by itself.
        model: what the server calls its model.
    """

    text: str
    tokens: int
    read: int | None
    finished: bool
    model: str


def read_written(answer: Any) -> Written:
    """Read the answer to a completion or a message.

    Raises:
        UnusableError, KeyError, TypeError: it has another form.
    """
    (choice,) = answer["choices"]
    text = choice["text"] if "text" in choice else choice["message"]["content"] or ""
    if not isinstance(text, str):
        raise UnusableError("an answer without text")
    usage = answer.get("usage") or {}
    return Written(
        text,
        _count(usage.get("completion_tokens")) or 0,
        _count(usage.get("prompt_tokens")),
        choice.get("finish_reason") != "length",
        str(answer.get("model", "")),
    )


def _count(value: Any) -> int | None:
    """A number of tokens; none where it is absent, or zero since the server does not count."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def read_logprobs(answer: Any, ids: Sequence[int], way: Way) -> tuple[float, ...]:
    """Read the log-probability of each token of a prompt but the first.

    Args:
        answer: to `Dialect.logprobs`.
        ids: of the prompt's tokens.
        way: in which it was asked.

    Raises:
        UnusableError: there are not as many as the prompt has tokens (llama.cpp takes ``echo`` and
            gives those of generated tokens only), or they are no log-probabilities.
        KeyError, TypeError: it has another form.
    """
    (choice,) = answer["choices"]
    given: Sequence[Any]
    if way == "prompt_logprobs":
        given = choice.get("prompt_logprobs") or answer.get("prompt_logprobs") or ()
        own = [
            each if each is None else each[str(token)]["logprob"]
            for each, token in zip(given, ids, strict=False)
        ]
    else:
        given = own = (choice.get("logprobs") or {}).get("token_logprobs") or []
    if len(given) not in {len(ids), len(ids) + (way == "echo")}:
        raise UnusableError(f"{len(given)} log-probabilities for {len(ids)} tokens of a prompt")
    return tuple(map(_logprob, own[1 : len(ids)]))


def _logprob(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and math.isfinite(value) and value <= ROUNDING):
        raise UnusableError("log-probabilities that are none")
    return float(value)


def read_tokens(answer: Any) -> tuple[int, ...]:
    """Read the ids that ``/tokenize`` gives (vLLM, SGLang, llama.cpp).

    Raises:
        UnusableError, KeyError, TypeError: it has another form.
    """
    tokens = answer["tokens"]
    if not all(isinstance(token, int) for token in tokens):
        raise UnusableError("tokens that are no numbers")
    return tuple(tokens)


def tokenize_question(model: str, text: str) -> dict[str, Any]:
    """Return the question for the tokens of a text, in vLLM's words and in llama.cpp's."""
    vllm = {"model": model, "prompt": text, "add_special_tokens": True}
    return vllm | {"content": text, "add_special": True}


@dataclass(frozen=True)
class Served:
    """A model that a server lists.

    Attributes:
        name: what it is asked by.
        root: where the server has it from (vLLM), or an empty text.
        owner: who serves it: ``vllm``, ``llamacpp``, ``library`` (Ollama), …
        context: number of tokens it reads at once; None where it is not said.
    """

    name: str
    root: str = ""
    owner: str = ""
    context: int | None = None

    def is_called(self, name: str) -> bool:
        """Tell whether a name or path of a model ends as this one's does, revisions aside."""
        wanted = _last(name)
        return bool(wanted) and wanted in {_last(self.name), _last(self.root)}


def _last(name: str) -> str:
    end = re.split(r"[/\\]", name.rstrip("/\\"))[-1].casefold()
    return end.partition("@")[0].removesuffix(".gguf")


def read_served(answer: Any) -> tuple[Served, ...]:
    """Read the list of a server's models.

    Raises:
        KeyError, TypeError, ValueError: it has another form.
    """
    return tuple(_served(each) for each in answer["data"])


def _served(listed: Mapping[str, Any]) -> Served:
    meta = listed.get("meta")  # llama.cpp's own
    of_llama = meta.get("n_ctx") if isinstance(meta, dict) else None
    return Served(
        str(listed["id"]),
        str(listed.get("root") or ""),
        str(listed.get("owned_by") or ""),
        _count(listed.get("max_model_len")) or _count(of_llama),
    )


def is_too_long(message: str) -> bool:
    """Tell whether a refusal says that a prompt is longer than the context."""
    return bool(_TOO_LONG.search(message))
