"""What is asked of a server in its dialect, and what makes an answer usable."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bridgex.errors import RequestError, ServerError
from bridgex.generation import GenerationSpec, StopRule
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.batches import last_ordinary
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.likelihood import EncodedOptions, common_start
from bridgex.lm.server_client import Client, RefusedError
from bridgex.lm.server_questions import (
    Asked,
    Dialect,
    is_too_long,
    read_logprobs,
    read_tokens,
    read_written,
    tokenize_question,
)

KNOWN = GenerationSpec(8, StopRule("(?!)"))
"""How the fixed prompts are continued that a server is known by."""


@dataclass(frozen=True)
class Tokenizing:
    """The tokenizer of a model that need not be loaded, as `encode_options` takes it."""

    tokenizer: Any
    identity: ModelIdentity


@dataclass(frozen=True)
class Question:
    """A prompt to be continued.

    Attributes:
        prompt: text, tokens, or a conversation that the server renders.
        tokens: of the prompt, as the model in the process counts them; None where nobody knows.
    """

    prompt: Asked
    tokens: int | None = None


def token_ids(tokenizer: Any, texts: Sequence[str], *, special: bool) -> list[tuple[int, ...]]:
    """Return the tokens of texts that are to be continued: without special tokens at their end.

    Args:
        tokenizer: of transformers.
        texts: the texts.
        special: whether the tokenizer adds its special tokens (BOS).
    """
    if not texts:
        return []
    out = tokenizer(list(texts), add_special_tokens=special, return_special_tokens_mask=True)
    rows = zip(out["input_ids"], out["special_tokens_mask"], strict=True)
    return [tuple(ids[: max(last_ordinary(mask) + 1, 1)]) for ids, mask in rows]


async def continued(
    client: Client, dialect: Dialect, question: Question, spec: GenerationSpec
) -> Generated:
    """Let a server continue a prompt.

    A server stops at strings, which may stand before anything was said; then it is asked again
    without them.

    Returns:
        The continuation; no text where the prompt is longer than the server's context.

    Raises:
        ServerError: it cannot be reached, read only a part of the prompt, or answers with another
            model.
    """
    for stop in (spec.stop.strings, ()):
        path, body = dialect.question(question.prompt, spec.max_tokens, stop)
        try:
            answer = await client.ask(path, read_written, body)
        except RefusedError as problem:
            if is_too_long(problem.message):
                return Generated(None)
            raise
        if answer.text.strip() or not (answer.finished and stop):
            break
    if dialect.called and answer.model and answer.model != dialect.called:
        raise ServerError(
            f"The server answered with the model '{answer.model}' in the middle, not with "
            f"'{dialect.called}'; keep one model there while a command runs."
        )
    if question.tokens is not None and answer.read is not None and answer.read < question.tokens:
        raise ServerError(
            f"The server read {answer.read:,} of the {question.tokens:,} tokens of a prompt; give "
            "it a longer context (vLLM: --max-model-len, llama.cpp: -c, Ollama: num_ctx)."
        )
    return Generated(spec.cut(answer.text), answer.tokens)


async def scored(client: Client, dialect: Dialect, encoded: EncodedOptions) -> ScoredOptions:
    """Let a server score the options of a prompt.

    Raises:
        ServerError: it cannot be reached, or gives other log-probabilities than asked for.
    """
    way = dialect.way
    if way is None:
        raise RequestError("This server gives no log-probabilities of prompts.")
    nats = []
    for ids in encoded.ids:
        path, body = dialect.logprobs(ids, way)
        try:
            values = await client.ask(path, partial(read_logprobs, ids=ids, way=way), body)
        except RefusedError as problem:
            if is_too_long(problem.message):
                return ScoredOptions(None)
            raise
        nats.append(math.fsum(values[encoded.start - 1 :]))
    tokens = tuple(len(ids) - encoded.start for ids in encoded.ids)
    return ScoredOptions(tuple(nats), tokens)


async def server_tokens(client: Client, model: str, text: str) -> tuple[int, ...]:
    """Return the tokens that a server makes of a text.

    Raises:
        RefusedError: it has no ``/tokenize``.
        ServerError: it cannot be reached.
    """
    return await client.try_once("../tokenize", read_tokens, tokenize_question(model, text))


async def encoded_there(
    client: Client, model: str, prompt: str, options: Sequence[str]
) -> EncodedOptions:
    """Tokenise a prompt with its options on a server, for a model that is only there.

    Scoring begins at the first token that is not the same in all options and in the prompt alone.

    Raises:
        RequestError: no options, an option without a token of its own, or nothing before it.
        ServerError: the server cannot be reached.
    """
    if not options:
        raise RequestError("A prompt has no options to score; leave it out, or generate.")
    alone = await server_tokens(client, model, prompt)
    rows = [await server_tokens(client, model, prompt + option) for option in options]
    start = min(common_start([alone, row]) for row in rows)
    start = min(start, common_start(rows) if len(rows) > 1 else start)
    for option, row in zip(options, rows, strict=True):
        if len(row) <= start:
            raise RequestError(f"The option '{option}' has no token of its own; leave it out.")
    if start == 0:
        raise RequestError(
            f"The option '{options[0]}' has nothing before it and cannot be scored; give a prompt."
        )
    return EncodedOptions(tuple(rows), start)
