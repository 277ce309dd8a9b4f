"""What a model carries from token to token, and how far its attention reaches back."""

import inspect
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

if TYPE_CHECKING:
    from bridgex.lm.model import LanguageModel

_REACH = re.compile(r"window|chunk|local_attention|attention_span")
_OTHER = re.compile(r"layer|pattern|type|indices|dropout|feed_forward|theta|freq|embed")
"""Fields that name a window but count something else, such as Qwen's ``max_window_layers``."""


def key_value_cache(model: "LanguageModel") -> DynamicCache | None:
    """Return an empty cache where keys and values are all that the model carries, else None.

    A recurrent state cannot be taken up by several tokens at once, nor pass over padding.
    """
    if not takes(model, "past_key_values"):
        return None
    cache = DynamicCache(config=model.model.config)
    plain = (DynamicLayer, DynamicSlidingWindowLayer)
    return cache if all(type(layer) in plain for layer in cache.layers) else None


def takes(model: "LanguageModel", name: str) -> bool:
    """Tell whether a model's forward pass has an argument."""
    return name in inspect.signature(model.model.forward).parameters


def narrowest_window(config: Any) -> int | None:
    """Return how few tokens back the attention of a model may reach, None where no field says.

    Each family has its own name for it (``sliding_window``, ``window_size``, ``local_attention``,
    ``attention_chunk_size``), so every field counts that speaks of a window, even where no layer
    uses it: a bound that is too narrow costs time, one that is too wide gives wrong numbers.

    Args:
        config: configuration of the text model.
    """
    fields = config.to_dict() | {"sliding_window": getattr(config, "sliding_window", None)}
    return min(_windows(fields), default=None)


def _windows(fields: dict[str, Any]) -> Iterator[int]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _windows(value)
        elif _REACH.search(str(name)) and not _OTHER.search(str(name)):
            sizes = value if isinstance(value, list | tuple) else [value]
            yield from (size for size in sizes if type(size) is int and size > 0)
