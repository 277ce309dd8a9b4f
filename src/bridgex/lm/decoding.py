"""Rows that are continued a token at a time, over one cache that rows join and leave."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import transformers

from bridgex.lm.architectures import text_config
from bridgex.lm.attention import key_value_cache, takes
from bridgex.lm.model import LanguageModel

OPTIONAL = ("position_ids", "logits_to_keep", "past_key_values", "use_cache")


class Decoding:
    """Rows that are continued a token at a time.

    Padding stands before a row's tokens, or between the shared start and the rest of them.

    Attributes:
        rows: the name of each row.
        merges: whether rows can join while others are being continued: not where the model carries
            something else than keys and values from token to token.
    """

    @torch.inference_mode()
    def __init__(self, model: LanguageModel, shared: int) -> None:
        """Begin without rows.

        Args:
            model: the model.
            shared: number of tokens that all prompts begin with, and that are read once for all.
        """
        self.rows: list[int] = []
        self.merges = key_value_cache(model) is not None
        self._model = model
        self._taken = [name for name in OPTIONAL if takes(model, name)]
        self._shared = shared
        self._start: Any = None
        self._cache: Any = None
        self._ids = self._attended = torch.zeros(0, 0, dtype=torch.long)

    @property
    def width(self) -> int:
        """Columns of the cache, with the tokens that are read next."""
        return self._attended.shape[1]

    @torch.inference_mode()
    def step(self) -> list[int]:
        """Read the token of each row that was not read yet, and return its likeliest next one."""
        return self._continue() if self.rows else []

    @torch.inference_mode()
    def admit(self, prompts: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
        """Read the prompts of new rows, and return the likeliest first token of each.

        Args:
            prompts: row → its tokens, which begin with the shared ones and go on after them.
        """
        if not prompts:
            return {}
        before = self.rows, self._cache, self._ids, self._attended
        self.rows = list(prompts)
        self._cache = self._begun(next(iter(prompts.values()))[: self._shared])
        rest = [prompt[self._shared :] for prompt in prompts.values()]
        width = max(map(len, rest))
        device = self._model.model.device
        padded = [[self._model.pad] * (width - len(ids)) + list(ids) for ids in rest]
        attended = [[1] * self._shared + [0] * (width - len(ids)) + [1] * len(ids) for ids in rest]
        self._ids = torch.tensor(padded, device=device)
        self._attended = torch.tensor(attended, device=device)
        tokens = dict(zip(self.rows, self._continue(), strict=True))
        if before[0]:
            self._join(*before)
        return tokens

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """Drop all rows but some, and the columns that none of these attends to."""
        kept = torch.tensor([self.rows.index(row) for row in rows], device=self._ids.device)
        self.rows = list(rows)
        if not rows:
            return
        self._cache.reorder_cache(kept)
        self._ids, self._attended = self._ids[kept], self._attended[kept]
        if self.merges:
            columns = self._attended.any(0).nonzero().squeeze(1)
            self._attended = self._attended[:, columns]
            for layer in self._layers():
                _select(layer, columns[columns < layer.get_seq_length()])

    def _begun(self, start: tuple[int, ...]) -> Any:
        """Return a cache for new rows, which holds the shared start if there is one."""
        new = transformers.DynamicCache(config=text_config(self._model.model.config))
        if not self._shared:
            return new
        if self._start is None:
            self._cache = new
            self._ids = torch.tensor([start], device=self._model.model.device)
            self._attended = torch.ones_like(self._ids)
            self._forward()
            self._start = self._cache
        begun = copy.deepcopy(self._start)
        begun.reorder_cache(torch.zeros(len(self.rows), dtype=torch.long))
        return begun

    def _join(self, rows: list[int], cache: Any, ids: torch.Tensor, attended: torch.Tensor) -> None:
        """Put the rows that were there before the new ones, both padded to the same width."""
        width = max(attended.shape[1], self.width)
        both = [_padded_left(each, width) for each in (attended, self._attended)]
        self._attended = torch.cat(both)
        self._ids = torch.cat([ids, self._ids])
        self.rows = [*rows, *self.rows]
        for layer, other in zip(cache.layers, self._cache.layers, strict=True):
            if layer.is_initialized:
                _widen(layer, width - 1)
                _widen(other, width - 1)
                layer.keys = torch.cat([layer.keys, other.keys])
                layer.values = torch.cat([layer.values, other.values])
        self._cache = cache

    def _layers(self) -> list[Any]:
        return [layer for layer in self._cache.layers if layer.is_initialized]

    def _continue(self) -> list[int]:
        logits = self._forward()
        following = logits.argmax(-1, keepdim=True)  # that of a value not a number, if there is one
        finite = logits.gather(-1, following).isfinite().all()
        self._ids = following if "past_key_values" in self._taken else self._longer(following)
        self._attended = torch.cat([self._attended, torch.ones_like(following)], 1)
        *tokens, is_finite = torch.cat([following.flatten(), finite.long()[None]]).tolist()
        if not is_finite:
            raise self._model.not_a_number()
        return tokens

    def _longer(self, following: torch.Tensor) -> torch.Tensor:
        return torch.cat([self._ids, following], 1)

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


def _padded_left(values: torch.Tensor, width: int) -> torch.Tensor:
    return torch.nn.functional.pad(values, (width - values.shape[1], 0))


def _widen(layer: Any, length: int) -> None:
    """Pad the keys and values of a layer before their columns, as if it had read so many."""
    added = length - layer.get_seq_length()
    window = getattr(layer, "sliding_window", None)
    columns = length if window is None else min(length, window - 1)
    missing = columns - layer.keys.shape[-2]
    layer.keys = torch.nn.functional.pad(layer.keys, (0, 0, missing, 0))
    layer.values = torch.nn.functional.pad(layer.values, (0, 0, missing, 0))
    if window is not None:
        layer.cumulative_length += added


def _select(layer: Any, columns: torch.Tensor) -> None:
    """Keep some columns of a layer; one with a window may hold the last of them only."""
    held = layer.keys.shape[-2]
    left = columns + held - layer.get_seq_length()
    left = left[left >= 0].to(layer.keys.device)
    layer.keys, layer.values = layer.keys[:, :, left], layer.values[:, :, left]
    if hasattr(layer, "cumulative_length"):
        layer.cumulative_length = len(columns)
