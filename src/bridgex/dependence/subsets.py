"""Subsets of neurons, given by their row numbers."""

import torch
from torch import Tensor

from bridgex.errors import DependenceUndefinedError


def check_subsets(subsets: Tensor, available: int) -> None:
    """Refuse what is not an int64 matrix (draws, m) of rows below ``available``, m at least 1.

    Raises:
        DependenceUndefinedError: with the shape and range that are needed.
    """
    if subsets.ndim != 2 or subsets.dtype != torch.int64 or subsets.numel() == 0:
        raise DependenceUndefinedError(
            f"subsets must be an int64 tensor (draws, neurons) with at least one of each, "
            f"not {subsets.dtype} of shape {tuple(subsets.shape)}"
        )
    if subsets.min() < 0 or subsets.max() >= available:
        raise DependenceUndefinedError(
            f"subsets name neurons from {int(subsets.min())} to {int(subsets.max())} and there "
            f"are rows 0 to {available - 1}; number them within the prepared neurons"
        )
