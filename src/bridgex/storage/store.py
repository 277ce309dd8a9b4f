"""Stage results, kept under the digest of everything that determines them.

An entry is one safetensors file: tensors, plain values, and a checksum over both. A second run of
the same thing reads it; a torn or altered file is noticed and made again. Nothing is ever pickled.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from bridgex.storage.files import cache_folder, locked, writing

SCHEMA = 2


@dataclass(frozen=True)
class Entry:
    """What a stage stores: named tensors and plain values."""

    tensors: Mapping[str, torch.Tensor]
    values: Mapping[str, Any]


class Store:
    """A folder of stage results.

    Attributes:
        folder: where entries are.
        computed: keys of the entries this store had to make.
        damaged: files that were found torn or altered, and made again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder() / "store"
        self.computed: list[str] = []
        self.damaged: list[Path] = []

    def get(self, stage: str, inputs: Mapping[str, Any], make: Callable[[], Entry]) -> Entry:
        """Return the entry of a stage for these inputs, making and keeping it if it is not there.

        Args:
            stage: name of the stage.
            inputs: everything that determines the result, as plain values.
            make: computes the entry.

        Raises:
            StoreError: the folder cannot be written to.
        """
        key = stage_key(stage, inputs)
        path = self.folder / stage / f"{key}.safetensors"
        kept = self._read(path)
        if kept is not None:
            return kept
        with locked(path):
            kept = self._read(path)
            if kept is not None:
                return kept
            entry = make()
            with writing(path) as temporary:
                _write(temporary, entry)
            self.computed.append(key)
            return entry

    def _read(self, path: Path) -> Entry | None:
        if not path.is_file():
            return None
        entry = _read(path)
        if entry is None and path not in self.damaged:
            self.damaged.append(path)
        return entry


def stage_key(stage: str, inputs: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a stage's name, the schema version and its inputs."""
    plain = json.dumps([SCHEMA, stage, inputs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _write(path: Path, entry: Entry) -> None:
    tensors = {name: tensor.contiguous() for name, tensor in entry.tensors.items()}
    values = json.dumps(entry.values, ensure_ascii=False)
    checksum = _checksum(tensors, values)
    path.write_bytes(save(tensors, metadata={"values": values, "checksum": checksum}))


def _read(path: Path) -> Entry | None:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if metadata["checksum"] != _checksum(tensors, metadata["values"]):
            return None
        return Entry(tensors, json.loads(metadata["values"]))
    except (SafetensorError, OSError, KeyError, ValueError):
        return None


def _checksum(tensors: Mapping[str, torch.Tensor], values: str) -> str:
    total = hashlib.sha256(values.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        label = f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode()
        total.update(struct.pack("<I", len(label)) + label)
        total.update(tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()
