"""Batched greedy generation, until the caller has what it needs.

The tokens that all prompts begin with (solved examples, mostly) are read once and shared; a row
leaves its batch soon after it is finished; the head runs on the last token only.
"""

import inspect
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

import torch
import transformers

from bridgex.lm.batches import Encoded
from bridgex.lm.capture import Progress
from bridgex.lm.memory import OnOomSplit, each_group
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers

PROMPT_TOKENS = 8192
SCHEME = (
    f"greedy, length-sorted, left-padded, shared start, at most {PROMPT_TOKENS} padded prompt "
    "tokens"
)
SHORTEST_SHARED = 16
"""Tokens below which sharing the start of the prompts is not worth its copies."""
GOING = 3 / 4
"""Share of a batch's rows that must still go on; with fewer, the finished ones are taken out."""


def generate(
    model: LanguageModel,
    prompts: Sequence[Encoded],
    *,
    finished: Callable[[str], bool],
    new_tokens: int = 30,
    progress: Progress | None = None,
    oom_splits: OnOomSplit | None = None,
) -> list[str]:
    """Continue each prompt greedily until its continuation is finished.

    Args:
        model: the model.
        prompts: tokenised prompts.
        finished: whether a continuation needs no more; asked after every token.
        new_tokens: the most tokens to generate.
        progress: told how many prompts each batch had.
        oom_splits: told the new size when a batch is halved for lack of memory.

    Returns:
        The continuations, in the order of the prompts, special tokens left out.
    """
    answers = [""] * len(prompts)

    def compute(rows: list[int]) -> list[str]:
        return _continue(model, [prompts[row].ids for row in rows], finished, new_tokens)

    for rows, texts in each_group(_groups(prompts), compute, oom_splits):
        for row, text in zip(rows, texts, strict=True):
            answers[row] = text
        if progress:
            progress(len(rows))
    return answers


def _groups(prompts: Sequence[Encoded]) -> list[list[int]]:
    groups: list[list[int]] = []
    for row in sorted(range(len(prompts)), key=lambda row: len(prompts[row])):
        if groups and (len(groups[-1]) + 1) * len(prompts[row]) <= PROMPT_TOKENS:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _continue(
    model: LanguageModel,
    prompts: Sequence[tuple[int, ...]],
    finished: Callable[[str], bool],
    new_tokens: int,
) -> list[str]:
    shared = _shared(model, prompts, new_tokens)
    generated: list[list[int]] = [[] for _ in prompts]
    texts = [""] * len(prompts)
    ends = _end_tokens(model)
    with torch.inference_mode(), quiet_transformers():
        decoding = _Decoding(model, prompts, shared)
        going = list(range(len(prompts)))
        for _ in range(new_tokens):
            tokens = decoding.step()
            for row, token in zip(decoding.rows, tokens, strict=True):
                generated[row].append(token)
            decoded = model.tokenizer.batch_decode(
                [generated[row] for row in going], skip_special_tokens=True
            )
            for row, text in zip(going, decoded, strict=True):
                texts[row] = text
            going = [
                row for row in going if generated[row][-1] not in ends and not finished(texts[row])
            ]
            if not going:
                break
            if len(going) < GOING * len(decoding.rows):
                decoding.keep(going)
    return texts


def _shared(model: LanguageModel, prompts: Sequence[tuple[int, ...]], new_tokens: int) -> int:
    """Return how many tokens all prompts begin with, if a model can read them apart.

    The padding of shorter prompts then lies between the shared tokens and the rest, which needs a
    model that is told positions, has no recurrent state, and no attention window that is narrower
    than the whole.
    """
    if len(prompts) == 1:
        return 0
    first, last = min(prompts), max(prompts)
    alike = (a == b for a, b in zip(first, last, strict=False))
    start = min(len(list(takewhile(bool, alike))), min(map(len, prompts)) - 1)
    window = getattr(_config(model), "sliding_window", None) or model.context
    fits = max(map(len, prompts)) + new_tokens <= window
    apart = fits and model.takes_positions and _attends_only(model)
    return start if apart and start >= SHORTEST_SHARED else 0


def _attends_only(model: LanguageModel) -> bool:
    """Whether all the model carries from token to token is what its attention reads."""
    carried = transformers.DynamicCache(config=_config(model)).layers
    recurrent = transformers.cache_utils.LinearAttentionCacheLayerMixin
    return _takes(model, "past_key_values") and not any(
        isinstance(layer, recurrent) for layer in carried
    )


def _config(model: LanguageModel) -> Any:
    return model.model.config.get_text_config(decoder=True)


def _takes(model: LanguageModel, name: str) -> bool:
    return name in inspect.signature(model.model.forward).parameters


def _end_tokens(model: LanguageModel) -> set[int]:
    stated = (model.model.generation_config.eos_token_id, model.tokenizer.eos_token_id)
    ends: set[int] = set()
    for each in stated:
        ends |= set() if each is None else set(each) if isinstance(each, list) else {each}
    return ends


class _Decoding:
    """Rows that are continued a token at a time, over one cache.

    Attributes:
        rows: position of each row of the batch among the prompts.
    """

    def __init__(
        self, model: LanguageModel, prompts: Sequence[tuple[int, ...]], shared: int
    ) -> None:
        self._model = model
        self.rows = list(range(len(prompts)))
        self._cache: Any = transformers.DynamicCache(config=_config(model))
        self._cached = _takes(model, "past_key_values")
        if shared:
            self._ids = torch.tensor([prompts[0][:shared]], device=model.model.device)
            self._attended = torch.ones_like(self._ids)
            self._forward()
            copies: Any = torch.zeros(len(prompts), dtype=torch.long, device=self._device)
            self._cache.reorder_cache(copies)
        rest = [prompt[shared:] for prompt in prompts]
        width = max(map(len, rest))
        self._ids = torch.tensor([[model.pad] * (width - len(each)) + list(each) for each in rest])
        self._ids = self._ids.to(self._device)
        self._attended = torch.tensor(
            [[1] * shared + [0] * (width - len(each)) + [1] * len(each) for each in rest],
            device=self._device,
        )

    @property
    def _device(self) -> torch.device:
        device: torch.device = self._model.model.device
        return device

    def step(self) -> list[int]:
        """Read the tokens that were not read yet and return the likeliest next one of each row."""
        following = self._forward().argmax(-1)
        following = following[:, None]
        self._ids = following if self._cached else torch.cat([self._ids, following], 1)
        self._attended = torch.cat([self._attended, torch.ones_like(following)], 1)
        tokens: list[int] = following.flatten().tolist()
        return tokens

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with some of the rows only."""
        at = torch.tensor([self.rows.index(row) for row in rows], device=self._device)
        self._cache.reorder_cache(at)
        self._ids, self._attended = self._ids[at], self._attended[at]
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
            **{name: value for name, value in inputs.items() if _takes(self._model, name)},
        )
        logits: torch.Tensor = out.logits[:, -1]
        return logits
