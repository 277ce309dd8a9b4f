"""Meeting a server: what it can, and whether its model is the one in the process."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from bridgex.conversation import Conversation
from bridgex.errors import RequestError
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.likelihood import EncodedOptions, encode_options
from bridgex.lm.local import LocalBackend
from bridgex.lm.server_answers import (
    KNOWN,
    Question,
    Tokenizing,
    continued,
    encoded_there,
    scored,
    server_tokens,
    token_ids,
)
from bridgex.lm.server_client import Client, RefusedError
from bridgex.lm.server_questions import (
    NO_THINKING,
    WAYS,
    Asked,
    Dialect,
    Served,
    read_logprobs,
    read_served,
    read_written,
)
from bridgex.lm.server_report import Check, Meeting
from bridgex.storage.store import Entry, Store
from bridgex.version import rules

PROMPTS = (
    "The capital of France is",
    "One, two, three, four,",
    "Der Himmel ist",
    "Ibu kota Indonesia adalah",
    "Il était une fois",
    "春天来了，",
    "היום אני",
    "الماء ضروري",
    "def add(a, b):\n    return",
    "Q: What is 7 + 5?\nA:",
)
"""Prompts that a server's model is known by, continued greedily."""
SAME = 6
"""Of the ten: how many continuations must be the same for one model. Kernels and types of numbers
differ between a server and the process, so that a close call may fall otherwise: one model in
float32 and bfloat16 agreed on 7 and 8 (SmolLM2 135M, Gemma 3 270M), the two models on 2."""
TEXT = "Bridge “мост” 桥 جسر גשר γέφυρα สะพาน सेतु 123 — naïve\n\tend 😀"
"""A text of many scripts that tokenizers split in different ways."""
SCORED = (
    ("The capital of France is", (" Paris", " Berlin", " a river in Spain")),
    ("Ibu kota Indonesia adalah", (" Jakarta", " Paris")),
)
"""Options that are scored by a server and in the process."""
CLOSE = 0.25
"""Nats a token by which the two may differ, for the same reason: one model in float32 and bfloat16
differed by 0.01 and 0.02, the two models by 1.46."""


@dataclass(frozen=True)
class Reference:
    """What the model in the process says to the fixed texts.

    Attributes:
        context: number of tokens it reads at once.
        answers: its continuations.
        scores: of the options; none where its tokenizer gives no offsets, which scoring needs.
    """

    context: int
    answers: tuple[str, ...]
    scores: tuple[ScoredOptions, ...]


@dataclass(frozen=True)
class Local:
    """The model in the process that a server's is held against.

    Attributes:
        backend: the model in the process.
        tokenizer: its tokenizer; the model itself need not be loaded.
        name: what the user calls it.
        reference: what it says to the fixed texts.
    """

    backend: LocalBackend
    tokenizer: Any
    name: str
    reference: Reference = field(repr=False)

    @property
    def tokens(self) -> tuple[int, ...]:
        """Its tokens of the fixed text."""
        return tuple(self.tokenizer(TEXT)["input_ids"])

    def encode(self, prompt: str, options: tuple[str, ...]) -> EncodedOptions:
        """Tokenise a prompt with its options."""
        tokenizing = Tokenizing(self.tokenizer, self.backend.model)
        (encoded,) = encode_options(tokenizing, [prompt], [options])
        return encoded


def reference_of(backend: LocalBackend, store: Store) -> Reference:
    """Return what the model in the process says to the fixed texts; it is loaded for it once.

    Raises:
        ModelError: it cannot be loaded.
        StoreError: the cache cannot be written.
    """
    prompts, options = [each[0] for each in SCORED], [each[1] for each in SCORED]
    inputs = {
        "backend": dict(backend.identity),
        "prompts": PROMPTS,
        "spec": asdict(KNOWN),
        "options": SCORED,
        "rules": rules("generation", "likelihood"),
    }

    def make() -> Entry:
        answers: dict[int, Generated] = {}
        scores: dict[int, ScoredOptions] = {}
        backend.generate(PROMPTS, KNOWN, chat=False, on_result=answers.__setitem__)
        if getattr(backend.tokenizer(), "is_fast", False):
            backend.score(prompts, options, chat=False, on_result=scores.__setitem__)
        values = {
            "context": backend.context,
            "answers": [answers[at].text for at in range(len(PROMPTS))],
            "scores": [asdict(scores[at]) for at in sorted(scores)],
        }
        return Entry({}, values)

    def parse(entry: Entry) -> Reference:
        scores = tuple(
            ScoredOptions(tuple(each["nats"]), tuple(each["tokens"]))
            for each in entry.values["scores"]
        )
        return Reference(int(entry.values["context"]), tuple(entry.values["answers"]), scores)

    return store.get("reference", inputs, make, parse)


async def meet(client: Client, wanted: str | None, local: Local | None) -> Meeting:
    """Learn what a server can, and hold its model against the one in the process.

    Args:
        client: asks the server.
        wanted: name of the model there; None for the one that is called like the model in the
            process, or the only one.
        local: the model in the process; None for a model that is only asked.

    Raises:
        RequestError: the server has several models and none is named.
        ServerError: it cannot be reached, or does not complete prompts.
    """
    served, same_name = await _served(client, wanted, local)
    dialect = await _dialect(client, Dialect(served.name))
    there = await _tokens_there(client, dialect)
    tokens = there if local is None else local.tokens
    takes = tokens is not None and await _takes(client, dialect, tokens)
    dialect = replace(dialect, tokens=takes)
    answers = await known_answers(client, dialect, local)
    dialect, likelihoods = await _likelihoods(client, dialect, local)
    met = Meeting(
        served,
        await _software(client, served),
        dialect,
        None if takes and local is not None else await _chat(client, dialect),
        served.context,
        answers,
        (likelihoods,),
    )
    if local is None:
        return met
    here = local.reference
    checks = (
        Check(
            "name",
            wanted is not None or same_name,
            f"The server calls it {served.name}, the process {local.name}.",
        ),
        await _same_tokens(client, dialect, there, local.tokens),
        _agreement(answers, here.answers),
        _contexts(served.context, here.context),
        likelihoods,
    )
    return replace(met, context=min(here.context, served.context or here.context), checks=checks)


async def known_answers(client: Client, dialect: Dialect, local: Local | None) -> tuple[str, ...]:
    """Let a server continue the fixed prompts.

    Raises:
        ServerError: it cannot be reached.
    """
    return tuple([await known_answer(client, dialect, local, at) for at in range(len(PROMPTS))])


async def known_answer(client: Client, dialect: Dialect, local: Local | None, at: int) -> str:
    """Let a server continue one of the fixed prompts."""
    prompt: str | tuple[int, ...] = PROMPTS[at]
    if dialect.tokens and local is not None:
        (prompt,) = token_ids(local.tokenizer, [PROMPTS[at]], special=True)
    answer = await continued(client, dialect, Question(prompt), KNOWN)
    return (answer.text or "").strip()


def same(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """Return how many continuations of the fixed prompts are the same."""
    return sum(a.strip() == b.strip() for a, b in zip(first, second, strict=True))


async def _served(client: Client, wanted: str | None, local: Local | None) -> tuple[Served, bool]:
    """Return the model to ask, and whether it is called like the one in the process."""
    try:
        listed = await client.try_once("models", read_served)
    except RefusedError:  # transformers serve fails at it without a cache of the Hub
        listed = ()
    if wanted is not None:
        named = next((each for each in listed if each.name == wanted), Served(wanted))
        return named, local is None or named.is_called(local.name)
    called = [each for each in listed if local is not None and each.is_called(local.name)]
    if len(called) == 1 or (not called and len(listed) == 1):
        return (called or [*listed])[0], bool(called)
    if not listed and local is not None:
        return Served(local.name), True
    names = ", ".join(each.name for each in listed[:9])
    raise RequestError(
        f"The server {f'has several models ({names})' if listed else 'does not list its models'}; "
        "say with --server-model which one is asked."
    )


async def _dialect(client: Client, dialect: Dialect, prompt: Asked = "Hello") -> Dialect:
    """Return the dialect with the parameters that a server takes."""
    while True:
        path, body = dialect.question(prompt, 1, ["\n"])
        try:
            answer = await client.try_once(path, read_written, body)
        except RefusedError as problem:
            shorter = dialect.without(problem.message)
            if shorter is None or problem.status == 404:
                raise
            dialect = shorter
        else:
            return replace(dialect, called=answer.model)


async def _chat(client: Client, dialect: Dialect) -> Dialect | None:
    chatting = replace(dialect, parameters={**dialect.parameters, **NO_THINKING})
    try:
        chatting = await _dialect(client, chatting, Conversation("Hello"))
    except RefusedError:  # no chat interface, or no chat template
        return None
    path, body = chatting.question(Conversation("Hello", system="Be brief."), 1)
    try:
        await client.try_once(path, read_written, body)
    except RefusedError:  # the template has no turn of the system
        return replace(chatting, system_turn=False)
    return chatting


async def _tokens_there(client: Client, dialect: Dialect) -> tuple[int, ...] | None:
    """Return the tokens that the server makes of the fixed text; None where it does not tell."""
    try:
        return await server_tokens(client, dialect.model, TEXT)
    except RefusedError:
        return None


async def _same_tokens(
    client: Client, dialect: Dialect, there: tuple[int, ...] | None, here: tuple[int, ...]
) -> Check:
    if there is not None:
        said = (
            f"{len(there)} tokens ({digest_of(there)}) of a text of many scripts, of which the "
            f"process makes {len(here)} ({digest_of(here)})."
        )
        return Check("tokenizer", there == here, said)
    path, body = dialect.question(TEXT, 1)
    read = (await client.ask(path, read_written, body)).read
    if read is None:
        return Check("tokenizer", None, "The server tells neither tokens nor their number.")
    said = (
        f"{read} tokens of a text of many scripts, of which the process makes {len(here)}; the "
        "server does not say which."
    )
    return Check("tokenizer", read == len(here), said)


def digest_of(values: Sequence[Any]) -> str:
    """Return a short digest of plain values."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:8]


async def _takes(client: Client, dialect: Dialect, ids: tuple[int, ...]) -> bool:
    """Tell whether a server takes prompts as token ids, and reads all of them."""
    path, body = dialect.question(ids, 1)
    try:
        return (await client.try_once(path, read_written, body)).read == len(ids)
    except RefusedError:
        return False


def _agreement(answers: tuple[str, ...], here: tuple[str, ...]) -> Check:
    count = same(answers, here)
    said = f"{count} of {len(here)} greedy continuations are those of the model in the process."
    return Check("answers", count >= SAME, said)


def _contexts(there: int | None, here: int) -> Check:
    if there is None:
        return Check(
            "context", None, f"The server does not tell its context; the model's is {here:,}."
        )
    said = f"The server reads {there:,} tokens at once, the model in the process {here:,}."
    return Check("context", there >= here, said)


async def _likelihoods(
    client: Client, dialect: Dialect, local: Local | None
) -> tuple[Dialect, Check]:
    """Return the dialect with the way that is proved to give log-probabilities of prompts."""
    if not dialect.tokens:
        said = "It gives no log-probabilities of prompts: it takes none as tokens."
        return dialect, Check("likelihoods", passed=False, said=said)
    if local is not None and not local.reference.scores:
        said = "The tokenizer in the process gives no offsets of its tokens, which scoring needs."
        return dialect, Check("likelihoods", passed=False, said=said)
    encoded = [await _encoded(client, dialect, local, *each) for each in SCORED]
    why: list[str] = []
    for way in WAYS:
        asked = replace(dialect, way=way)
        ids = encoded[0].ids[0]
        path, body = asked.logprobs(ids, way)
        try:
            await client.try_once(path, partial(read_logprobs, ids=ids, way=way), body)
        except RefusedError as problem:
            why.append(problem.message)
            continue
        values = [await scored(client, asked, each) for each in encoded]
        apart = None if local is None else _apart(values, local.reference.scores)
        if apart is None or apart <= CLOSE:
            known = "" if apart is None else f", {apart:.3f} nats a token from the process"
            return asked, Check("likelihoods", passed=True, said=f"By {way}{known}.")
        why.append(f"those by {way} are {apart:.2f} nats a token from those in the process")
    said = f"It gives no log-probabilities of prompts that can be used ({'; '.join(why)})."
    return dialect, Check("likelihoods", passed=False, said=said)


async def _encoded(
    client: Client, dialect: Dialect, local: Local | None, prompt: str, options: tuple[str, ...]
) -> EncodedOptions:
    if local is None:
        return await encoded_there(client, dialect.model, prompt, options)
    return local.encode(prompt, options)


def _apart(there: list[ScoredOptions], here: tuple[ScoredOptions, ...]) -> float:
    """Return the mean distance of two models' option scores, in nats a token."""
    total = tokens = 0.0
    for mine, theirs in zip(there, here, strict=True):
        pairs = zip(mine.nats or (), theirs.nats or (), strict=False)
        total += sum(abs(a - b) for a, b in pairs)
        tokens += sum(theirs.tokens)
    return total / tokens


async def _software(client: Client, served: Served) -> str:
    """Return what serves the model, with its version where it tells."""

    def version(answer: Any) -> str:
        return str(answer["version"])[:40]

    try:
        return f"{served.owner} {await client.try_once('../version', version)}".strip()
    except RefusedError:
        return served.owner
