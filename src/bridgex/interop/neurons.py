"""Language neurons as other tools take them: lists of indices, by language and layer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save

from bridgex.errors import RequestError, ResultError, reason
from bridgex.neurons import NeuronSet
from bridgex.storage.outputs import write_output

KIND, SCHEMA = "language-neurons", 1
LARGEST = 2**30
"""Bytes of a file of neurons; LAPE's of a 13B model have some 100 KB."""


@dataclass(frozen=True, eq=False)
class NeuronLists:
    """Neurons of one model by language and layer.

    Attributes:
        neurons: code of a language → per layer, the indices of its neurons, (chosen,) int64,
            ascending.
        probability: the same → per layer, how often each of them is active on the language,
            (chosen,) float64; None where it is not known.
        model: the model's identity; empty where it is not known.
        selection: how the neurons were chosen, in words; empty where it is not known.
    """

    neurons: Mapping[str, tuple[torch.Tensor, ...]]
    probability: Mapping[str, tuple[torch.Tensor, ...]] | None = None
    model: str = ""
    selection: str = ""

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(next(iter(self.neurons.values())))

    def sets(self, widths: tuple[int, ...]) -> dict[str, NeuronSet]:
        """Return the neurons of each language as a set, for models of these widths.

        Args:
            widths: number of neurons of each layer.

        Raises:
            RequestError: they are neurons of a model of another shape.
        """
        highest = [
            max(
                int(layers[at].max()) if len(layers[at]) else -1 for layers in self.neurons.values()
            )
            for at in range(self.layers)
        ]
        if len(widths) != self.layers or any(
            index >= width for index, width in zip(highest, widths, strict=True)
        ):
            raise RequestError(
                f"The neurons are of a model of {self.layers} layers with neurons up to "
                f"{max(highest)}, not of one of {len(widths)} layers of {max(widths, default=0)}; "
                "name the model they were found in."
            )
        return {
            code: NeuronSet((code,), tuple(map(_mask, layers, widths)), self.selection)
            for code, layers in self.neurons.items()
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield layer, neuron, languages and probabilities, each neuron once.

        The probabilities are in the order of the languages; None where they are not known.
        """
        found: dict[tuple[int, int], dict[str, float | None]] = {}
        for code, layers in self.neurons.items():
            for layer, indices in enumerate(layers):
                known = None if self.probability is None else self.probability[code][layer].tolist()
                for at, neuron in enumerate(indices.tolist()):
                    found.setdefault((layer, neuron), {})[code] = known[at] if known else None
        for (layer, neuron), by_language in sorted(found.items()):
            yield {
                "layer": layer,
                "neuron": neuron,
                "languages": list(by_language),
                "probability": None if self.probability is None else list(by_language.values()),
            }

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        return {
            "kind": KIND,
            "schema": SCHEMA,
            "model": self.model,
            "selection": self.selection,
            "neurons": _plain(self.neurons),
            "probability": None if self.probability is None else _plain(self.probability),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "NeuronLists":
        """Return what `to_dict` wrote.

        Raises:
            ResultError: it is something else, or damaged.
        """
        known = (KIND, SCHEMA)
        if not isinstance(values, dict) or (values.get("kind"), values.get("schema")) != known:
            raise ResultError("No list of language neurons of this version; export it again.")
        try:
            probability = values["probability"]
            return checked(
                cls(
                    _tensors(values["neurons"], torch.int64),
                    None if probability is None else _tensors(probability, torch.float64),
                    str(values["model"]),
                    str(values["selection"]),
                )
            )
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as problem:
            raise ResultError(
                f"The list of language neurons is damaged ({reason(problem)}); export it again."
            ) from problem


def checked(lists: NeuronLists) -> NeuronLists:
    """Return the lists, if they are lists of neurons.

    Raises:
        ResultError: no language, unequal numbers of layers, or indices that are none.
    """
    layers = {len(each) for each in lists.neurons.values()}
    if len(layers) != 1 or 0 in layers:
        raise ResultError(
            "The languages have no layers, or different numbers of them; export anew."
        )
    for code, of_language in lists.neurons.items():
        for at, indices in enumerate(of_language):
            ascending = bool((indices.diff() > 0).all())
            if indices.dim() != 1 or (len(indices) and int(indices[0]) < 0) or not ascending:
                raise ResultError(
                    f"Layer {at} of {code} is no ascending list of neurons; export it again."
                )
            known = None if lists.probability is None else lists.probability[code][at]
            if known is not None and known.shape != indices.shape:
                raise ResultError(f"Layer {at} of {code} has other probabilities than neurons.")
    return lists


def write_neurons(lists: NeuronLists, path: Path) -> None:
    """Write neurons in the format that a file's name ends in, whole or not at all.

    ``.parquet`` (extra ``parquet``) and ``.csv`` have a row for each neuron; ``.json`` and
    ``.safetensors`` have lists of indices by language and layer, and can be read back.

    Raises:
        RequestError: the name ends in something else, or pyarrow is not installed.
        StoreError: the file cannot be written.
    """
    formats = {
        ".parquet": _parquet,
        ".csv": _csv,
        ".json": lambda lists: (json.dumps(lists.to_dict(), indent=1) + "\n").encode(),
        ".safetensors": _safetensors,
    }
    if path.suffix not in formats:
        raise RequestError(f"{path} ends in no format of neurons; use {', '.join(formats)}.")
    write_output(path, formats[path.suffix](lists))


def read_neurons(path: Path) -> NeuronLists:
    """Read neurons from ``.json`` or ``.safetensors``.

    Raises:
        ResultError: the file is missing, too large, something else, or damaged.
    """
    require_file(path)
    try:
        values = _packed(path) if path.suffix == ".safetensors" else json.loads(path.read_bytes())
        return NeuronLists.from_dict(values)
    except ResultError as problem:
        raise problem.of(path) from problem
    except Exception as problem:
        raise ResultError(
            f"{path} cannot be read as neurons ({reason(problem)}); export it again."
        ) from problem


def require_file(path: Path) -> None:
    """Refuse a file of neurons that is missing or too large.

    Raises:
        ResultError: it is.
    """
    try:
        if not path.is_file():
            raise ResultError(f"{path} is not a file; check the path.")
        size = path.stat().st_size
    except OSError as problem:
        raise ResultError(f"{path} cannot be read ({reason(problem)}); check it.") from problem
    if size > LARGEST:
        raise ResultError(f"{path} is too large for a list of neurons; name another file.")


def _mask(indices: torch.Tensor, width: int) -> torch.Tensor:
    mask = torch.zeros(width, dtype=torch.bool)
    mask[indices] = True
    return mask


def _plain(layers: Mapping[str, tuple[torch.Tensor, ...]]) -> dict[str, list[list[Any]]]:
    return {code: [layer.tolist() for layer in each] for code, each in layers.items()}


def _tensors(
    plain: Mapping[str, list[list[Any]]], dtype: torch.dtype
) -> dict[str, tuple[torch.Tensor, ...]]:
    return {
        str(code): tuple(torch.tensor(layer, dtype=dtype) for layer in layers)
        for code, layers in plain.items()
    }


def _csv(lists: NeuronLists) -> bytes:
    lines = ["layer,neuron,languages,probability"]
    for row in lists.rows():
        known = ";".join(map(str, row["probability"] or ()))
        lines.append(f"{row['layer']},{row['neuron']},{';'.join(row['languages'])},{known}")
    return ("\n".join(lines) + "\n").encode()


def _parquet(lists: NeuronLists) -> bytes:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise RequestError(
            "Parquet needs pyarrow; run: pip install 'bridgex[parquet]', or write .csv."
        ) from None
    schema = arrow.schema(
        [
            ("layer", arrow.int32()),
            ("neuron", arrow.int32()),
            ("languages", arrow.list_(arrow.string())),
            ("probability", arrow.list_(arrow.float64())),
        ],
        metadata={"model": lists.model, "selection": lists.selection},
    )
    table = arrow.Table.from_pylist(list(lists.rows()), schema)
    content = BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


def _safetensors(lists: NeuronLists) -> bytes:
    tensors: dict[str, torch.Tensor] = {}
    for name, by_language in (("neurons", lists.neurons), ("probability", lists.probability or {})):
        for code, layers in by_language.items():
            tensors |= {f"{name}/{code}/{at:04d}": layer for at, layer in enumerate(layers)}
    plain = {"kind": KIND, "schema": str(SCHEMA), "languages": json.dumps([*lists.neurons])}
    return save(tensors, metadata=plain | {"model": lists.model, "selection": lists.selection})


def _packed(path: Path) -> dict[str, Any]:
    """Return the values of a safetensors file as `NeuronLists.to_dict` has them."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        codes = json.loads(metadata.get("languages", "[]"))
        lists: dict[str, dict[str, list[list[Any]]]] = {"neurons": {code: [] for code in codes}}
        lists["probability"] = {}
        for name in sorted(file.keys()):
            kind, code, _layer = name.split("/")
            lists[kind].setdefault(code, []).append(file.get_tensor(name).tolist())
    return {
        **metadata,
        "schema": int(metadata.get("schema", 0)),
        "neurons": lists["neurons"],
        "probability": lists["probability"] or None,
    }
