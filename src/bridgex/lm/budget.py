"""How many padded tokens a GPU is given at once: as many as its free memory lets it have.

A GPU that is given a batch of the size that suits a CPU waits for the CPU most of the time. The
budget is found once for a loaded model, by passes of doubling size over padding tokens; it is
recorded beside what is counted with it and is no part of what that depends on: in float32 the size
of a batch changes nothing beyond rounding.
"""

from collections.abc import Callable

import torch

from bridgex.lm.memory import require_memory_problem
from bridgex.lm.model import LanguageModel

MOST = 2**16
"""Padded tokens beyond which a batch of a small model is no faster."""
SHARE = 1 / 2
"""Share of the free memory that a pass may need; the rest is for what is kept of it."""
ROW = 64


def padded_tokens(model: LanguageModel, least: int) -> int:
    """Return how many padded tokens a batch may have.

    Args:
        model: the model.
        least: the number that suits a CPU, and that any device is given at least.
    """
    if model.model.device.type != "cuda":
        return least
    if model.padded_tokens is None:
        device = model.model.device
        free, _ = torch.cuda.mem_get_info(device)
        model.padded_tokens = ramp(lambda tokens: _needed(model, tokens), free)
    return max(model.padded_tokens, least)


def ramp(needed: Callable[[int], int], free: int, first: int = 2**10, most: int = MOST) -> int:
    """Return the most tokens, by doubling, that stay within the share of the free memory.

    Args:
        needed: runs a pass of so many tokens, and returns the bytes it needed beyond what was held.
        free: bytes that are free before.
        first: tokens of the first pass.
        most: tokens at most.
    """
    tokens = first
    while 2 * tokens <= most:
        try:
            bytes_needed = needed(tokens)
        except RuntimeError as problem:
            require_memory_problem(problem, tokens)
            return max(tokens // 2, first)
        if 2 * bytes_needed > SHARE * free:
            break
        tokens *= 2
    return tokens


def _needed(model: LanguageModel, tokens: int) -> int:
    device = model.model.device
    width = min(ROW, model.context)
    ids = torch.full((tokens // width, width), model.pad, device=device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    with torch.inference_mode():
        model.base(input_ids=ids, use_cache=True)
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before
