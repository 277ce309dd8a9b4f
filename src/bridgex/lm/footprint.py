"""How much memory a model takes, from the headers and the configuration of its files alone."""

from dataclasses import dataclass
from math import prod
from typing import Any

import torch

from bridgex.lm.checkpoint import Checkpoint, tensor_shapes
from bridgex.lm.generate import PROMPT_TOKENS

SHORT_PROMPT = 16
"""Tokens of a prompt of which the most fit into a batch."""
ANSWER = 32
"""Tokens that each of them is continued by, as many as a word or a short answer has."""


@dataclass(frozen=True)
class Footprint:
    """What a model takes in memory, in bytes.

    Attributes:
        weights: all of its weights in the type of the forward pass.
        batch: the largest batch of generation beside them: keys and values, the FFN of one layer,
            and the head on the last token of each row.
    """

    weights: int
    batch: int


def footprint(checkpoint: Checkpoint, dtype: torch.dtype) -> Footprint:
    """Return how much memory a model takes; weights in a quantised form stay as they lie on disk.

    Keys and values: 2 · layers · key-value heads · head width numbers a token. Sliding windows and
    recurrent layers, which keep less, are counted like any other.

    Args:
        checkpoint: the model's files.
        dtype: of the forward pass.

    Raises:
        ModelError: a file of weights is damaged.
        OSError: the configuration is of no model that transformers knows, or cannot be read.
        ValueError: likewise.
    """
    from transformers import AutoConfig

    shapes = tensor_shapes(checkpoint.weights)
    weights = sum(map(prod, shapes.values())) * dtype.itemsize
    if "quantization_config" in checkpoint.config:
        weights = sum(path.stat().st_size for path in checkpoint.weights)
    config: Any = AutoConfig.from_pretrained(checkpoint.folder).get_text_config()
    heads = config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    cached = getattr(config, "num_key_value_heads", None) or heads
    hidden = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    rows = PROMPT_TOKENS // SHORT_PROMPT
    numbers = (
        (PROMPT_TOKENS + rows * ANSWER) * 2 * config.num_hidden_layers * cached * width
        + PROMPT_TOKENS * (2 * hidden + 4 * config.hidden_size)
        + rows * config.vocab_size
    )
    return Footprint(weights, numbers * dtype.itemsize)
