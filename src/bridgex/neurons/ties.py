"""The highest entries of a score, and which of them only the tie-breaking rule put there."""

import torch


def first(score: torch.Tensor, then: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Take the ``size`` entries of highest score.

    Among equals, those lowest in ``then`` come first, then the lowest index.

    Args:
        score: (entries,).
        then: (entries,), what decides among equal scores.
        size: how many to take, at least one.

    Returns:
        Two masks, (entries,) bool: the entries taken; and those of them that were taken over an
        equal left outside, empty where the score alone decided.
    """
    by_then = torch.sort(then, stable=True).indices
    by_score = torch.sort(score[by_then], descending=True, stable=True).indices
    order = by_then[by_score]
    taken = torch.zeros(len(score), dtype=torch.bool)
    taken[order[:size]] = True
    at_edge = score == score[order[size - 1]]
    split = bool((at_edge & ~taken).any())
    return taken, at_edge & taken & split
