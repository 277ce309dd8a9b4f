"""A model on a server as a backend: it answers prompts, nothing in it can be read."""

import asyncio
import functools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bridgex.conversation import Conversation, Prompt, conversation
from bridgex.errors import RequestError, ServerError
from bridgex.generation import GenerationSpec
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.chat import answer_separator
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.likelihood import EncodedOptions, encode_options
from bridgex.lm.local import LocalBackend
from bridgex.lm.server_answers import (
    Question,
    Tokenizing,
    continued,
    encoded_there,
    scored,
    token_ids,
)
from bridgex.lm.server_check import (
    SAME,
    Local,
    digest_of,
    known_answer,
    known_answers,
    meet,
    reference_of,
    same,
)
from bridgex.lm.server_client import PATIENCE, Client, Patience, Place
from bridgex.lm.server_connection import Connection, base_url
from bridgex.lm.server_questions import Dialect
from bridgex.lm.server_report import MISMATCHES, Meeting, allowed, identity_of
from bridgex.storage.store import Store

Answer = TypeVar("Answer")
Put = Callable[[tuple[int, Answer]], None]
Job = Callable[[Client], Awaitable[Answer]]

HELD, HELD_SECONDS = 16, 10.0
"""Answers, and seconds, after which the server is asked whether its model is the same still; only
then the answers are handed on."""


@dataclass(frozen=True)
class Server:
    """A server that answers prompts instead of the model in the process.

    Attributes:
        url: its address: ``http://localhost:8000/v1``. A key comes from the environment variable
            ``BRIDGEX_API_KEY`` only.
        model: name of the model there; None for the one called like the model in the process.
        allow: differences from the model in the process that do not refuse it: ``name``,
            ``tokenizer``, ``answers``.
        concurrency: questions that are under way at once.
        patience: how long it is waited for.

    Raises:
        RequestError: the address is none, or has credentials in it; or what is allowed is unknown.
    """

    url: str
    model: str | None = None
    allow: tuple[str, ...] = ()
    concurrency: int = 16
    patience: Patience = PATIENCE

    def __post_init__(self) -> None:
        for name in self.allow:
            if name not in MISMATCHES:
                raise RequestError(
                    f"There is no mismatch '{name}' to allow; name {', '.join(MISMATCHES)}."
                )
        base_url(self.url)
        if self.concurrency < 1:
            raise RequestError("At least one question has to be under way (concurrency 1).")

    def connection(self) -> Connection:
        """Return how it is reached."""
        return Connection(Place(base_url(self.url), self.patience), self.concurrency)


def _met(connection: Connection, server: Server, local: Callable[[], Local | None]) -> Meeting:
    connection.run(_reachable)  # a wrong address should not wait for a model to be loaded
    known = local()
    return connection.run(lambda client: meet(client, server.model, known))


def _local(backend: LocalBackend | None, store: Store) -> Local | None:
    if backend is None:
        return None
    reference = reference_of(backend, store)
    return Local(backend, backend.tokenizer(), backend.model.name, reference)


class ServerBackend:
    """Answers prompts with a model on a server; see `bridgex.lm.backend`.

    It is met when it is first needed: what it can is learnt, and its model is held against the one
    in the process. Answers are handed on only after the server was asked again and still has that
    model.
    """

    def __init__(self, server: Server, local: LocalBackend | None, store: Store) -> None:
        """Take a server that is not asked yet.

        Args:
            server: the server.
            local: the model in the process; None for a model that is only asked.
            store: where it is kept what servers' models are known by.
        """
        self._server, self._local_backend, self._store = server, local, store
        self._connection = server.connection()

    @functools.cached_property
    def _local(self) -> Local | None:
        return _local(self._local_backend, self._store)

    @functools.cached_property
    def meeting(self) -> Meeting:
        """What is known of the server.

        Raises:
            ServerError: it cannot be reached, or its model is not the one in the process.
            RequestError: it has several models and none is named.
        """
        met = _met(self._connection, self._server, lambda: self._local)
        if self._local is not None:
            allowed(met, self._server.allow, self._local.name)
        return met

    @functools.cached_property
    def identity(self) -> Mapping[str, str]:
        """What determines its answers: software, model, parameters, and what it is known by."""
        met, local = self.meeting, self._local
        tokenizer = "of the server" if local is None else digest_of(local.tokens)
        inputs = identity_of(met, tokenizer, "")
        return {**inputs, "answers": self._known(inputs)}

    def _known(self, inputs: Mapping[str, str]) -> str:
        """Return the digest of the first answers that a server of this kind gave.

        Numbers of a server differ in the last bits from one day to another, so that one of its
        answers may; its key must not.
        """
        items = self._store.items("server", dict(inputs))
        at = 0
        while True:
            key = items.key(at)
            found = items.load([key], lambda value: tuple(map(str, value["answers"])))
            if key not in found:
                items.add(key, {"answers": list(self.meeting.answers)})
                found = {key: self.meeting.answers}
            if same(found[key], self.meeting.answers) >= SAME:
                return digest_of(found[key])
            at += 1

    @property
    def model(self) -> ModelIdentity:
        """Identity of a model that is only asked."""
        return ModelIdentity(
            name=self.meeting.served.name,
            digest=self.identity["answers"],
            dtype="only asked",
            device="server",
            libraries=self.meeting.software,
        )

    @property
    def only_asked(self) -> bool:
        """Whether there is no model in the process."""
        return self._local_backend is None

    @property
    def scores(self) -> bool:
        """Whether it gives the log-probabilities that likelihoods need."""
        return self.meeting.dialect.way is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of results should know of the server, in sentences."""
        met, name = self.meeting, f"{self.meeting.served.name} on a server"
        software = f" ({met.software})" if met.software else ""
        if self._local is None:
            notes = [f"The model was only asked: {name}{software}; nothing in it was read."]
        else:
            said = " ".join(each.said for each in met.checks if each.name == "answers")
            notes = [f"Prompts were answered by {name}{software}: {said}"]
            notes += [f"Allowed, though another: {each.said}" for each in met.mismatches]
        if not self.scores:
            where = (
                "are not to be had" if self._local is None else "are of the model in the process"
            )
            notes.append(f"Likelihoods {where}. {met.checks[-1].said}")
        if met.dialect.refused:
            notes.append(
                f"The server takes no {', '.join(met.dialect.refused)}; its own defaults of them "
                "hold."
            )
        return tuple(notes)

    def given(self, prompts: Sequence[Prompt], *, chat: bool) -> list[str]:
        """Return prompts as the model reads them, or the messages that the server renders.

        Raises:
            ModelError: the chat template cannot be used; see `render_chat`.
            RequestError: the server has no chat interface.
        """
        if not chat:
            return [str(prompt) for prompt in prompts]
        if self._local is not None and self.meeting.dialect.tokens:
            return self._local.backend.given(prompts, chat=True)
        turn = self._chatting.system_turn
        messages = (conversation(prompt).messages(system_turn=turn) for prompt in prompts)
        return [json.dumps(each, ensure_ascii=False) for each in messages]

    def generate(
        self,
        prompts: Sequence[Prompt],
        spec: GenerationSpec,
        *,
        chat: bool,
        on_result: Callable[[int, Generated], None],
    ) -> None:
        """Continue prompts.

        Raises:
            ServerError: the server cannot be reached, answers uselessly, or has another model.
            ModelError: see `render_chat`.
        """
        met = self.meeting
        questions = self._questions(met, prompts, chat=chat)
        jobs: dict[int, Job[Generated]] = {}
        for at, question in enumerate(questions):
            needed = (question.tokens or 0) + spec.max_tokens
            if met.context is not None and needed > met.context:
                on_result(at, Generated(None))
                continue
            in_chat = isinstance(question.prompt, Conversation)
            dialect = self._chatting if in_chat else met.dialect
            jobs[at] = functools.partial(continued, dialect=dialect, question=question, spec=spec)
        for at, answer in self._answers(jobs):
            on_result(at, answer)

    def score(
        self,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        on_result: Callable[[int, ScoredOptions], None],
    ) -> None:
        """Score the options of prompts, one question an option.

        Raises:
            RequestError: the server gives no log-probabilities, or an option cannot be scored.
            ServerError: it cannot be reached, answers uselessly, or has another model.
            ModelError: see `render_chat`.
        """
        met = self.meeting
        if not self.scores:
            raise RequestError(
                f"{met.checks[-1].said} Tasks that are answered by the likelihood of options need "
                "them; use --answer generate, or name the model with --model so that they stay in "
                "the process."
            )
        jobs: dict[int, Job[ScoredOptions]] = {}
        if self._local is None:
            if chat:
                raise RequestError(
                    "In a chat a server does not say where an answer begins, so options cannot be "
                    "scored; use --answer generate, or name the model with --model."
                )
            for at, (prompt, of_prompt) in enumerate(zip(prompts, options, strict=True)):
                jobs[at] = functools.partial(
                    _scored_there, prompt=str(prompt), options=of_prompt, meeting=met
                )
        else:
            for at, encoded in enumerate(self._encoded(self._local, prompts, options, chat=chat)):
                if met.context and encoded.longest > met.context:
                    on_result(at, ScoredOptions(None))
                else:
                    jobs[at] = functools.partial(scored, dialect=met.dialect, encoded=encoded)
        for at, answer in self._answers(jobs):
            on_result(at, answer)

    @property
    def _chatting(self) -> Dialect:
        """How it is asked for answers to conversations that it renders itself."""
        if self.meeting.chat is None:
            raise RequestError(
                f"The server has no chat interface for {self.meeting.served.name}; leave out "
                "--chat."
            )
        return self.meeting.chat

    def _questions(self, met: Meeting, prompts: Sequence[Prompt], *, chat: bool) -> list[Question]:
        local = self._local
        if chat and (local is None or not met.dialect.tokens):
            return [Question(conversation(prompt)) for prompt in prompts]
        texts = self.given(prompts, chat=chat)
        if local is None:
            return [Question(text) for text in texts]
        ids = token_ids(local.tokenizer, texts, special=not chat)
        if met.dialect.tokens:
            return [Question(row, tokens=len(row)) for row in ids]
        counts = any(each.name == "tokenizer" and each.passed for each in met.checks)
        return [
            Question(text, tokens=len(row) if counts else None)
            for text, row in zip(texts, ids, strict=True)
        ]

    def _encoded(
        self,
        local: Local,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
    ) -> list[EncodedOptions]:
        texts = self.given(prompts, chat=chat)
        if chat and prompts:
            before = answer_separator(local.tokenizer, local.name)
            options = [[before + option.lstrip() for option in row] for row in options]
        tokenizing = Tokenizing(local.tokenizer, local.backend.model)
        return encode_options(tokenizing, texts, options, special=not chat)

    def _answers(self, jobs: Mapping[int, Job[Answer]]) -> Iterator[tuple[int, Answer]]:
        """Yield what jobs return under their numbers, once the model was seen to be the same."""
        if not jobs:
            return iter(())

        async def work(client: Client, put: Put[Answer]) -> None:
            pending = iter(jobs.items())
            held: list[tuple[int, Answer]] = []
            since = time.monotonic()

            async def hand_on() -> None:
                nonlocal since
                answers, held[:] = list(held), []
                await self._require_unchanged(client)
                since = time.monotonic()
                for answer in answers:
                    put(answer)

            async def worker() -> None:
                for at, job in pending:
                    held.append((at, await job(client)))
                    if len(held) >= HELD or time.monotonic() - since > HELD_SECONDS:
                        await hand_on()

            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._server.concurrency, len(jobs))):
                    group.create_task(worker())
            if held:
                await hand_on()

        return self._connection.stream(work)

    async def _require_unchanged(self, client: Client) -> None:
        """Refuse a server whose model became another.

        Raises:
            ServerError: it did.
        """
        met = self.meeting
        at = int(time.monotonic()) % len(met.answers)
        answer = await known_answer(client, met.dialect, self._local, at)
        if answer == met.answers[at].strip():
            return
        agreeing = same(await known_answers(client, met.dialect, self._local), met.answers)
        if agreeing < SAME:
            raise ServerError(
                f"The server changed its model in the middle: {agreeing} of {len(met.answers)} "
                "fixed prompts are continued as before. Answers since are not kept; serve "
                f"{met.served.name} again and run the same command."
            )


async def _reachable(client: Client) -> None:
    await client.reach()


async def _scored_there(
    client: Client, prompt: str, options: Sequence[str], meeting: Meeting
) -> ScoredOptions:
    encoded = await encoded_there(client, meeting.served.name, prompt, options)
    return await scored(client, meeting.dialect, encoded)
