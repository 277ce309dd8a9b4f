"""Stage results, kept under the digest of everything that determines them.

An entry is one safetensors file: tensors, plain values, the stage, key and model it belongs to, and
a checksum over all of these. A second run of the same thing reads it; a file that is torn, altered,
or stands in the place of another is noticed and made again. Nothing is ever pickled.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

import torch
from safetensors import safe_open
from safetensors.torch import save

from bridgex.storage.bounds import keep_within, mark_used
from bridgex.storage.files import cache_folder, locked, open_kept, sweep_cache, writing
from bridgex.storage.items import ItemStore
from bridgex.storage.labels import UNKNOWN, model_label

SCHEMA = 3

Value = TypeVar("Value")


@dataclass(frozen=True)
class Entry:
    """What a stage stores: named tensors and plain values."""

    tensors: Mapping[str, torch.Tensor]
    values: Mapping[str, Any]


def _as_stored(entry: Entry) -> Entry:
    return entry


class Store:
    """A folder of stage results.

    Attributes:
        folder: where entries are.
        computed: keys of the entries and items this store had to make.
        damaged: files that were found torn or altered, and made again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "store"
        self.computed: list[str] = []
        self.damaged: list[Path] = []

    @overload
    def get(self, stage: str, inputs: Mapping[str, Any], make: Callable[[], Entry]) -> Entry: ...

    @overload
    def get(
        self,
        stage: str,
        inputs: Mapping[str, Any],
        make: Callable[[], Entry],
        parse: Callable[[Entry], Value],
    ) -> Value: ...

    def get(
        self,
        stage: str,
        inputs: Mapping[str, Any],
        make: Callable[[], Entry],
        parse: Callable[[Entry], Any] = _as_stored,
    ) -> Any:
        """Return the result of a stage for these inputs, making and keeping it if it is not there.

        Args:
            stage: name of the stage.
            inputs: everything that determines the result, as plain values.
            make: computes the entry.
            parse: turns an entry into the result. It gets values as JSON gives them back, whether
                they were just made or read; whatever it raises on a stored entry means that the
                entry is damaged.

        Raises:
            StoreError: the folder cannot be read or written to.
        """
        key = stage_key(stage, inputs)
        path = self.folder / stage / f"{key}.safetensors"
        stored = self._read(path, stage, key, parse)
        if stored is not None:
            return stored.result
        sweep_cache(cache_folder())
        with locked(path):
            stored = self._read(path, stage, key, parse)
            if stored is not None:
                return stored.result
            made = make()
            values = json.dumps(made.values)
            result = parse(Entry(made.tensors, json.loads(values)))
            with writing(path) as temporary:
                temporary.write_bytes(
                    _packed(stage, key, made.tensors, values, model_label(inputs))
                )
            self.computed.append(key)
        keep_within(self.folder)
        return result

    def items(self, stage: str, inputs: Mapping[str, Any]) -> ItemStore:
        """Return the items of a stage, stored one by one.

        Args:
            stage: name of the stage.
            inputs: everything that determines all items alike, as plain values.
        """
        key = stage_key(stage, inputs)
        folder = self.folder / stage / key
        return ItemStore(folder, key, self.computed, self.damaged, model_label(inputs))

    def _read(
        self, path: Path, stage: str, key: str, parse: Callable[[Entry], Any]
    ) -> "_Stored | None":
        """Return what a stored entry says; None where it is absent or damaged."""
        file = open_kept(path)
        if file is None:
            return None
        file.close()
        mark_used(path)
        try:
            return _Stored(parse(_unpacked(path, stage, key)))
        except MemoryError:
            raise
        except Exception:
            if path not in self.damaged:
                self.damaged.append(path)
            return None


@dataclass(frozen=True)
class _Stored:
    """A result that was in the store, which may itself be None."""

    result: Any


def stage_key(stage: str, inputs: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a stage's name, the schema version and its inputs."""
    plain = json.dumps([SCHEMA, stage, inputs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _packed(
    stage: str, key: str, tensors: Mapping[str, torch.Tensor], values: str, model: str
) -> bytes:
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    metadata = {"stage": stage, "key": key, "values": values, "model": model}
    checksum = _checksum(whole, metadata)
    return save(whole, metadata={**metadata, "checksum": checksum})


def read_entry(path: Path) -> str:
    """Read an entry whole, and return the label of the model it is of.

    Raises:
        ValueError: it is altered, or belongs in another place; damaged files raise anything.
    """
    _unpacked(path, path.parent.name, path.stem)
    return entry_model(path)


def entry_model(path: Path) -> str:
    """Return the label of the model that an entry is of, without reading its tensors."""
    with safe_open(path, framework="pt") as file:
        return str((file.metadata() or {}).get("model", UNKNOWN))


def _unpacked(path: Path, stage: str, key: str) -> Entry:
    """Return the entry in a file.

    Raises:
        ValueError: it is altered, or belongs to another stage or key; damaged files raise anything.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    checksum = metadata.pop("checksum")
    if (metadata["stage"], metadata["key"]) != (stage, key):
        raise ValueError("an entry of another stage or key")
    if checksum != _checksum(tensors, metadata):
        raise ValueError("an altered entry")
    return Entry(tensors, json.loads(metadata["values"]))


def _checksum(tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> str:
    total = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        label = f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode()
        total.update(struct.pack("<I", len(label)) + label)
        total.update(tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
