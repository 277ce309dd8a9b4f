"""Asking the model: continuations and likelihoods from a backend, stored item by item."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias, TypeVar

from bridgex.conversation import Prompt
from bridgex.generation import GenerationSpec
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.session.base import SessionBase
from bridgex.session.metering import Cost
from bridgex.storage.items import ItemStore
from bridgex.version import rules

Answer = TypeVar("Answer", Generated, ScoredOptions)
Keep: TypeAlias = Callable[[int, Answer], None]


class AskingSession(SessionBase):
    """What only asks the model: it goes through a `Backend`, which may be elsewhere."""

    def require_chat(self) -> None:
        """Refuse a model without a usable chat template; it is not loaded for that.

        Raises:
            ModelError: there is no chat template, or it cannot be used.
        """
        self.backend.given(["A word."], chat=True)

    def generate(
        self, prompts: Sequence[Prompt], spec: GenerationSpec, *, chat: bool, what: str
    ) -> list[Generated]:
        """Let the model continue prompts; every continuation is stored as it comes.

        Args:
            prompts: what to continue; in a chat also conversations to answer.
            spec: how long, and where to stop.
            chat: whether prompts are wrapped in the model's chat template.
            what: the line of progress.

        Returns:
            The continuations, in the order of the prompts; no text for a prompt that leaves no
            room in the context.

        Raises:
            ModelError: the model cannot be loaded or has no usable chat template, or memory runs
                out on a single prompt.
            ServerError: the server that answers cannot be reached, or its answers cannot be used.
            StoreError: the cache cannot be written.
        """
        rendered = self.backend.given(prompts, chat=chat)
        items = self.store.items(
            "generate",
            {
                "backend": dict(self.backend.identity),
                "chat": chat,
                "spec": asdict(spec),
                "rules": rules("generation"),
            },
        )

        def ask(missing: list[int], keep: Keep[Generated]) -> None:
            asked = [prompts[at] for at in missing]
            self.backend.generate(asked, spec, chat=chat, on_result=keep)

        keys = [items.key(text) for text in rendered]
        continuations = self._answers(items, keys, _generated, ask, what)
        for key, continuation in zip(keys, continuations, strict=True):
            self._count(key, Cost(int(continuation.text is not None), continuation.tokens))
        return continuations

    def score(
        self,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        what: str,
    ) -> list[ScoredOptions]:
        """Score the options of each prompt; the scores of a prompt are stored as they come.

        Args:
            prompts: what the options continue.
            options: of each prompt, at least one.
            chat: whether prompts are wrapped in the model's chat template.
            what: the line of progress.

        Returns:
            Log-probabilities in nats, in the order of the prompts; none for a prompt that is, with
            an option, longer than the context.

        Raises:
            ModelError: as for `generate`, or a tokenizer without the places of its tokens.
            RequestError: a prompt without options, or an option that cannot be scored.
            ServerError: see `generate`.
            StoreError: the cache cannot be written.
        """
        scorer = self.scorer
        rendered = scorer.given(prompts, chat=chat)
        items = self.store.items(
            "score",
            {
                "backend": dict(scorer.identity),
                "chat": chat,
                "rules": rules("likelihood"),
            },
        )

        def ask(missing: list[int], keep: Keep[ScoredOptions]) -> None:
            asked, their_options = [prompts[at] for at in missing], [options[at] for at in missing]
            scorer.score(asked, their_options, chat=chat, on_result=keep)

        keys = [
            items.key([text, list(texts)]) for text, texts in zip(rendered, options, strict=True)
        ]
        scored = self._answers(items, keys, _scored, ask, what)
        for key, values in zip(keys, scored, strict=True):
            self._count(key, Cost(len(values.nats or ())))
        return scored

    def _answers(
        self,
        items: ItemStore,
        keys: Sequence[str],
        parse: Callable[[Mapping[str, Any]], Answer],
        ask: Callable[[list[int], Keep[Answer]], None],
        what: str,
    ) -> list[Answer]:
        """Return the answer of each key: from the store, or asked for and stored as it comes.

        Args:
            items: where answers are stored.
            keys: one per prompt.
            parse: reads a stored answer.
            ask: called with the positions of the missing answers and what takes each of them: its
                place in that list, and the answer.
            what: the line of progress.
        """
        answers = items.load(keys, parse)
        missing = _missing(keys, answers)
        if missing:
            items.require_writable()
            with self.progress(what, len(missing)) as advance:

                def keep(at: int, answer: Answer) -> None:
                    key = keys[missing[at]]
                    items.add(key, asdict(answer))
                    answers[key] = answer
                    advance(1)

                ask(missing, keep)
        return [answers[key] for key in keys]


def _generated(values: Mapping[str, Any]) -> Generated:
    text = values["text"]
    if not isinstance(text, str | None):
        raise TypeError("text")
    return Generated(text, int(values["tokens"]), bool(values["oom_split"]))


def _scored(values: Mapping[str, Any]) -> ScoredOptions:
    nats, tokens = values["nats"], tuple(int(count) for count in values["tokens"])
    scores = None if nats is None else tuple(float(value) for value in nats)
    return ScoredOptions(scores, tokens, bool(values["oom_split"]))


def _missing(keys: Sequence[str], answers: Mapping[str, object]) -> list[int]:
    """Return the position of each key that has no answer yet, the first where a key repeats."""
    first: dict[str, int] = {}
    for at, key in enumerate(keys):
        if key not in answers:
            first.setdefault(key, at)
    return list(first.values())
