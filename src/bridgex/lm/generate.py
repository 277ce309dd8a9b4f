"""Batched greedy generation, until each continuation has what is needed.

The tokens that all prompts begin with (solved examples, mostly) are read once and shared; a row
leaves its batch soon after it is finished; the head runs on the last token only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

import torch
import transformers

from bridgex.errors import RequestError
from bridgex.generation import GenerationSpec
from bridgex.lm.attention import key_value_cache, narrowest_window, takes
from bridgex.lm.backend import Generated
from bridgex.lm.batches import Encoded
from bridgex.lm.memory import OnOomSplit, compute_rows
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers

PROMPT_TOKENS = 8192
SCHEME = (
    f"greedy, open prompts, length-sorted, left-padded, shared start, at most {PROMPT_TOKENS} "
    "padded prompt tokens"
)
SHORTEST_SHARED = 16
"""Tokens below which copying the shared start of the prompts costs more than it saves."""
FEWEST_UNFINISHED = 3 / 4
"""Share of a batch's rows that must be unfinished; with fewer, the finished ones are taken out."""


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
        oom_splits: called with the new size when a batch is split for lack of memory.

    Raises:
        ModelError: the model computes values that are not a number or infinite, has no embedding
            for a token, or memory runs out on a single prompt.
        RequestError: a prompt has no token.
    """
    texts = [prompt.without_end() for prompt in prompts]
    if not all(map(len, texts)):
        raise RequestError("A prompt has no token, so there is nothing to continue; leave it out.")
    model.require_embeddings(texts)

    def compute(rows: list[int]) -> Iterator[tuple[int, tuple[str, int]]]:
        return _continuations(model, {row: texts[row].ids for row in rows}, spec)

    with quiet_transformers():
        batches = _batches(texts)
        for row, (text, tokens), split in compute_rows(batches, compute, oom_splits):
            on_result(row, Generated(spec.cut(text), tokens, split))


def _batches(prompts: Sequence[Encoded]) -> list[list[int]]:
    batches: list[list[int]] = []
    for row in sorted(range(len(prompts)), key=lambda row: len(prompts[row])):
        if batches and (len(batches[-1]) + 1) * len(prompts[row]) <= PROMPT_TOKENS:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def _continuations(
    model: LanguageModel, prompts: Mapping[int, tuple[int, ...]], spec: GenerationSpec
) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield row, continuation and its number of tokens, each as soon as it is finished."""
    decoding = _Decoding(model, prompts, _shared_start(model, [*prompts.values()], spec.max_tokens))
    generated: dict[int, list[int]] = {row: [] for row in prompts}
    unfinished = list(prompts)
    ends = _end_tokens(model)
    for step in range(1, spec.max_tokens + 1):
        for row, token in zip(decoding.rows, decoding.step(), strict=True):
            generated[row].append(token)
        tokens = [generated[row] for row in unfinished]
        texts = model.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        rest = []
        for row, text in zip(unfinished, texts, strict=True):
            last = step == spec.max_tokens or generated[row][-1] in ends
            if last or spec.finished(text):
                yield row, (text, step)
            else:
                rest.append(row)
        unfinished = rest
        if not unfinished:
            break
        if len(unfinished) < FEWEST_UNFINISHED * len(decoding.rows):
            decoding.keep(unfinished)


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
    reach = narrowest_window(_config(model)) or model.context
    return shared if max(map(len, prompts)) + new_tokens <= reach else 0


def _config(model: LanguageModel) -> Any:
    return model.model.config.get_text_config(decoder=True)


def _end_tokens(model: LanguageModel) -> set[int]:
    ends: set[int] = set()
    for ids in (model.model.generation_config.eos_token_id, model.tokenizer.eos_token_id):
        if ids is not None:
            ends |= set(ids) if isinstance(ids, list) else {ids}
    return ends


class _Decoding:
    """Rows that are continued a token at a time, over one cache.

    Attributes:
        rows: the name of each row of the batch.
    """

    @torch.inference_mode()
    def __init__(
        self, model: LanguageModel, prompts: Mapping[int, tuple[int, ...]], shared: int
    ) -> None:
        self._model = model
        self.rows = list(prompts)
        self._cache: Any = transformers.DynamicCache(config=_config(model))
        self._cached = takes(model, "past_key_values")
        optional = ("position_ids", "logits_to_keep", "past_key_values", "use_cache")
        self._taken = [name for name in optional if takes(model, name)]
        if shared:
            start = prompts[self.rows[0]][:shared]
            self._ids = torch.tensor([start], device=model.model.device)
            self._attended = torch.ones_like(self._ids)
            self._forward()
            copies: Any = torch.zeros(len(prompts), dtype=torch.long, device=self._device)
            self._cache.reorder_cache(copies)
        rest = [prompt[shared:] for prompt in prompts.values()]
        width = max(map(len, rest))
        self._ids = torch.tensor([[model.pad] * (width - len(ids)) + list(ids) for ids in rest])
        self._ids = self._ids.to(self._device)
        self._attended = torch.tensor(
            [[1] * shared + [0] * (width - len(ids)) + [1] * len(ids) for ids in rest],
            device=self._device,
        )

    @property
    def _device(self) -> torch.device:
        device: torch.device = self._model.model.device
        return device

    @torch.inference_mode()
    def step(self) -> list[int]:
        """Read the tokens that were not read yet and return the likeliest next one of each row."""
        logits = self._forward()
        following = logits.argmax(-1, keepdim=True)  # that of a value not a number, if there is one
        if not bool(logits.gather(-1, following).isfinite().all()):
            raise self._model.not_a_number()
        self._ids = following if self._cached else torch.cat([self._ids, following], 1)
        self._attended = torch.cat([self._attended, torch.ones_like(following)], 1)
        tokens: list[int] = following.flatten().tolist()
        return tokens

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """Drop all rows but some."""
        kept = torch.tensor([self.rows.index(row) for row in rows], device=self._device)
        self._cache.reorder_cache(kept)
        self._ids, self._attended = self._ids[kept], self._attended[kept]
        self.rows = list(rows)

    def _forward(self) -> torch.Tensor:
        """Return the logits of each row's next token, (rows, vocabulary)."""
        positions = (self._attended.cumsum(1) - 1).clamp_min(0)[:, -self._ids.shape[1] :]
        inputs: dict[str, Any] = {
            "position_ids": positions,
            "logits_to_keep": 1,
            "past_key_values": self._cache,
            "use_cache": True,
        }
        out = self._model.model(
            input_ids=self._ids,
            attention_mask=self._attended,
            **{name: inputs[name] for name in self._taken},
        )
        logits: torch.Tensor = out.logits[:, -1]
        return logits
