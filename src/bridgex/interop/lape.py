"""The files that LAPE's script writes (Tang et al. 2024, ``identify.py``).

A list of languages, each a list of layers, each a LongTensor of neuron indices. The file has
neither codes nor the name of the model, so the order of languages has to be said; the authors' is
``en,zh,fr,es,vi,id,ja``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from bridgex import languages
from bridgex.errors import RequestError, ResultError, reason
from bridgex.interop.neurons import NeuronLists, checked, require_file


def read_lape(path: Path, names: Sequence[str]) -> NeuronLists:
    """Read LAPE's list of language neurons.

    Only tensors and lists are read (``weights_only``): a pickle of anything else is refused, and no
    code in it runs.

    Args:
        path: the ``.pth`` file.
        names: the languages in the order of the file, by any common code or name.

    Raises:
        ResultError: the file is missing, holds something else, or is damaged.
        RequestError: it has another number of languages, or one is named twice.
        UnknownLanguageError: a language nothing recognises.
    """
    codes = [languages.find(name).code for name in names]
    require_file(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:
        raise ResultError(
            f"{path} is no list of tensors and is not read (a pickle may hold code); write it with "
            "torch.save from LongTensors alone."
        ) from problem
    try:
        lists = [_layers(of_language) for of_language in _sequence(content)]
    except (TypeError, ValueError) as problem:
        raise ResultError(
            f"{path} is no LAPE file ({reason(problem)}): a list of languages, each a list of "
            "layers, each a LongTensor."
        ) from problem
    if len(set(codes)) != len(codes) or len(lists) != len(codes):
        raise RequestError(
            f"{path} has {len(lists)} languages and {len(set(codes))} are named; name each once, "
            "in the order of the file, with --languages."
        )
    neurons = dict(zip(codes, lists, strict=True))
    try:
        return checked(NeuronLists(neurons, selection="lape"))
    except ResultError as problem:
        raise problem.of(path) from problem


def _layers(of_language: Any) -> tuple[torch.Tensor, ...]:
    return tuple(_indices(layer) for layer in _sequence(of_language))


def _sequence(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"a {type(value).__name__} where a list belongs")
    return value


def _indices(layer: Any) -> torch.Tensor:
    if not isinstance(layer, torch.Tensor) or layer.dtype != torch.int64 or layer.dim() != 1:
        raise TypeError("a layer that is no LongTensor of indices")
    return layer.to_dense().contiguous().sort().values
