"""Batched greedy generation, until each continuation has what is needed.

The tokens that all prompts begin with (solved examples, mostly) are read once and shared. Rows that
are finished leave soon after and make room for prompts that wait, so that a few long answers do not
keep the processor from the rest. The head runs on the last token only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

from bridgex.errors import RequestError
from bridgex.generation import GenerationSpec
from bridgex.lm.architectures import text_config
from bridgex.lm.attention import key_value_cache, narrowest_window
from bridgex.lm.backend import Generated
from bridgex.lm.batches import Encoded
from bridgex.lm.budget import padded_tokens
from bridgex.lm.decoding import Decoding
from bridgex.lm.memory import OnOomSplit, require_memory_problem
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers

PROMPT_TOKENS = 8192
SCHEME = (
    f"greedy, open prompts, length-sorted, left-padded, shared start, at most {PROMPT_TOKENS} "
    "padded prompt tokens"
)
ON_A_GPU = "greedy, open prompts, length-sorted, left-padded, shared start, sized for the GPU"


def scheme(device: str) -> str:
    """Return how rows are put together on a type of device."""
    return ON_A_GPU if device == "cuda" else SCHEME


SHORTEST_SHARED = 16
"""Tokens below which copying the shared start of the prompts costs more than it saves."""
FEWEST_UNFINISHED = 3 / 4
"""Share of the rows that must be unfinished; with fewer, the finished ones give way."""


def generate(
    model: LanguageModel,
    prompts: Sequence[Encoded],
    *,
    spec: GenerationSpec,
    on_result: Callable[[int, Generated], None],
    oom_splits: OnOomSplit | None = None,
) -> None:
    """Continue each prompt greedily until its continuation is finished.

    Args:
        model: the model.
        prompts: tokenised prompts; special tokens that close them are left out.
        spec: how long, and where a continuation may stop; asked after every token.
        on_result: called with the position of a prompt and its continuation, special tokens left
            out, as soon as that is finished.
        oom_splits: called with the new number of rows when memory runs out and they are halved.

    Raises:
        ModelError: the model computes values that are not a number or infinite, has no embedding
            for a token, or memory runs out on a single prompt.
        RequestError: a prompt has no token.
    """
    texts = [prompt.without_end() for prompt in prompts]
    if not all(map(len, texts)):
        raise RequestError("A prompt has no token, so there is nothing to continue; leave it out.")
    model.require_embeddings(texts)
    within = _reach(model) - spec.max_tokens
    near: dict[int, tuple[int, ...]] = {}
    far: dict[int, tuple[int, ...]] = {}  # apart: these could not share what the others do
    for row in sorted(range(len(texts)), key=lambda row: len(texts[row])):
        (near if len(texts[row]) <= within else far)[row] = texts[row].ids
    with quiet_transformers():
        for group in (near, far):
            for row, text, tokens, split in _answers(model, group, spec, oom_splits):
                on_result(row, Generated(spec.cut(text), tokens, split))


def _answers(
    model: LanguageModel,
    prompts: Mapping[int, tuple[int, ...]],
    spec: GenerationSpec,
    oom_splits: OnOomSplit | None,
) -> Iterator[tuple[int, str, int, bool]]:
    """Yield row, continuation, its number of tokens, and whether memory had run out on it.

    When it does, what was finished is kept, the rows in flight begin again, and from then on half
    as many are continued together.
    """
    waiting, split = dict(prompts), set[int]()
    room = max(PROMPT_TOKENS, padded_tokens(model, 0) // 2)  # what they write needs as much again
    while waiting:
        flight = InFlight(model, waiting, spec, room)
        try:
            for row, text, tokens in flight.continuations():
                del waiting[row]
                yield row, text, tokens, row in split
        except RuntimeError as problem:
            rows = flight.rows
            require_memory_problem(problem, len(rows))
            split |= {*rows}
            room = len(rows) * max(len(waiting[row]) for row in rows) // 2
            if oom_splits:
                oom_splits(-(-len(rows) // 2))


class InFlight:
    """Rows that are continued together; when some have finished, others take their places.

    Attributes:
        rows: those in flight that are not finished.
    """

    def __init__(
        self,
        model: LanguageModel,
        prompts: Mapping[int, tuple[int, ...]],
        spec: GenerationSpec,
        room: int,
    ) -> None:
        """Take prompts.

        Args:
            model: the model.
            prompts: row → its tokens, shortest first.
            spec: how long, and where to stop.
            room: padded prompt tokens in flight at most, where it is more than one row.
        """
        self.rows: list[int] = []
        self._model, self._prompts, self._spec, self._room = model, prompts, spec, room
        self._waiting = list(prompts)[::-1]
        self._generated: dict[int, list[int]] = {row: [] for row in prompts}

    def continuations(self) -> Iterator[tuple[int, str, int]]:
        """Yield row, continuation and its number of tokens, each as soon as it is finished."""
        shared = _shared_start(self._model, [*self._prompts.values()], self._spec.max_tokens)
        decoding = Decoding(self._model, shared)
        ends = _end_tokens(self._model)
        widest = _reach(self._model) if shared else self._model.context
        while self._waiting or self.rows:
            new: list[int] = []
            few = len(self.rows) < FEWEST_UNFINISHED * len(decoding.rows)
            if few or decoding.width >= widest:
                decoding.keep(self.rows)
            if not self.rows or (few and decoding.merges):
                new = self._admitted()
            tokens = dict(zip(decoding.rows, decoding.step(), strict=True))
            tokens |= decoding.admit({row: self._prompts[row] for row in new})
            yield from self._finished({row: tokens[row] for row in self.rows}, ends)

    def _admitted(self) -> list[int]:
        """Admit waiting prompts, as many as there is room for, and return them."""
        new: list[int] = []
        while self._waiting:
            row = self._waiting[-1]  # the longest of all in flight
            padded = (len(self.rows) + 1) * len(self._prompts[row])
            if self.rows and padded > self._room:
                break
            new.append(self._waiting.pop())
            self.rows.append(row)
        return new

    def _finished(
        self, tokens: Mapping[int, int], ends: set[int]
    ) -> Iterator[tuple[int, str, int]]:
        for row, token in tokens.items():
            self._generated[row].append(token)
        written = [self._generated[row] for row in tokens]
        texts = self._model.tokenizer.batch_decode(written, skip_special_tokens=True)
        for row, text in zip(tokens, texts, strict=True):
            length = len(self._generated[row])
            last = length == self._spec.max_tokens or tokens[row] in ends
            if last or self._spec.finished(text):
                self.rows.remove(row)
                yield row, text, length


def _shared_start(model: LanguageModel, prompts: Sequence[tuple[int, ...]], new_tokens: int) -> int:
    """Return how many tokens all prompts begin with, if a model can read them once for all.

    The padding of shorter prompts then lies between the shared tokens and the rest, which needs a
    model that is given positions, has no recurrent state, and no attention that reaches over fewer
    tokens than the whole.
    """
    if len(prompts) == 1:
        return 0
    first, last = min(prompts), max(prompts)
    equal = (a == b for a, b in zip(first, last, strict=False))
    shared = min(len(list(takewhile(bool, equal))), min(map(len, prompts)) - 1)
    if shared < SHORTEST_SHARED or not model.takes_positions or key_value_cache(model) is None:
        return 0
    return shared if max(map(len, prompts)) + new_tokens <= _reach(model) else 0


def _reach(model: LanguageModel) -> int:
    return narrowest_window(text_config(model.model.config)) or model.context


def _end_tokens(model: LanguageModel) -> set[int]:
    ends: set[int] = set()
    for ids in (model.model.generation_config.eos_token_id, model.tokenizer.eos_token_id):
        if ids is not None:
            ends |= set(ids) if isinstance(ids, list) else {ids}
    return ends
