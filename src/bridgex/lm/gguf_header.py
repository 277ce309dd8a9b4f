"""What the header of a GGUF file describes, checked against the size of the file.

The packages that read GGUF trust its counts: a damaged or forged one keeps them busy for hours.
They read every word of the vocabulary too, in many seconds. Layout:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

NEWEST = 3
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value by the number of its type; 8 is a string and 9 an array."""
_WHOLE = {0: "B", 2: "H", 4: "I", 10: "Q", 1: "b", 3: "h", 5: "i", 11: "q"}
"""Types of whole numbers."""
_STRING, _ARRAY = 8, 9
_MOST_FIELDS, _MOST_TENSORS, _MOST_ITEMS, _MOST_DIMENSIONS = 10_000, 1_000_000, 2**24, 8
"""Far beyond any model: vocabularies have at most some 2^18 words."""
_LONGEST_NAME = 2**16
_REQUIRED = ("context_length", "embedding_length", "feed_forward_length", "attention.head_count")
_EPSILON = ("attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon")
_DAMAGE = (struct.error, KeyError, OverflowError, UnicodeDecodeError, RecursionError, OSError)


@dataclass(frozen=True)
class Tensor:
    """A tensor of a GGUF file.

    Attributes:
        shape: its dimensions, the fastest first.
        kind: number of its GGML type.
        offset: where it begins, from the beginning of the data.
    """

    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True)
class GgufHeader:
    """The header of a GGUF file.

    Attributes:
        fields: the metadata; None for what is neither a whole number nor a short text.
        tensors: the tensors by name.
        data: where the data of the tensors begin.
        size: bytes of the file.
    """

    fields: Mapping[str, int | str | None]
    tensors: Mapping[str, Tensor]
    data: int
    size: int

    @property
    def weights(self) -> int:
        """Number of weights of all tensors."""
        return sum(prod(tensor.shape) for tensor in self.tensors.values())


def read_header(gguf: Path) -> GgufHeader:
    """Read the header of a GGUF file, and refuse one that cannot be true.

    Raises:
        ValueError: it is damaged, cut short, or describes other tensors than the file can hold.
    """
    size = gguf.stat().st_size
    with gguf.open("rb") as file:
        try:
            header = _Reader(file, size).header()
        except _DAMAGE as problem:
            raise ValueError("its header is damaged") from problem
    _require_data(header)
    _require_layers(header)
    _require_described(header)
    return header


def _require_data(header: GgufHeader) -> None:
    """Refuse a file that does not end where its last tensor does."""
    from gguf.constants import GGML_QUANT_SIZES

    known = {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()}
    end = header.data
    for name, tensor in header.tensors.items():
        if tensor.kind not in known:
            raise ValueError(f"its tensor {name!r} is of the unknown type {tensor.kind}")
        block, block_bytes = known[tensor.kind]
        size = prod(tensor.shape) // block * block_bytes
        end = max(end, header.data + tensor.offset + size)
    if end > header.size:
        raise ValueError(f"it has {header.size} bytes and its header describes {end}")
    if header.size - end >= 2**20:
        raise ValueError(f"it has {header.size - end} bytes that belong to no tensor")


def _require_layers(header: GgufHeader) -> None:
    """Refuse a file whose number of layers is not that of its tensors."""
    parts = header.fields.get("split.count", 1)
    if parts != 1:
        raise ValueError(
            f"it is one of {parts} parts, which llama-gguf-split --merge makes one file of"
        )
    if not header.tensors:
        raise ValueError("its header names no tensors")
    numbers = (re.match(r"blk\.(\d{1,9})\.", name) for name in header.tensors)
    layers = len({number[1] for number in numbers if number})
    field = f"{header.fields.get('general.architecture')}.block_count"
    if header.fields.get(field) != layers:
        raise ValueError(
            f"it says {field} {header.fields.get(field)!r} and contains tensors of {layers} layers"
        )


def _require_described(header: GgufHeader) -> None:
    """Refuse a file without the fields for which transformers would put a default of its own."""
    family = header.fields.get("general.architecture")
    for name in _REQUIRED:
        if f"{family}.{name}" not in header.fields:
            raise ValueError(f"it has no field {family}.{name}")
    if not any(f"{family}.{name}" in header.fields for name in _EPSILON):
        raise ValueError(f"it has no field {family}.{_EPSILON[0]}")


class _Reader:
    """A file read from its beginning on. Version 1 counts in 32 bits, later ones in 64."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._items = 0
        self._file.seek(4)
        self._count = "I" if self._number("I") == 1 else "Q"

    def header(self) -> GgufHeader:
        tensors, fields = self._number(self._count), self._number(self._count)
        if tensors > _MOST_TENSORS or fields > _MOST_FIELDS:
            raise ValueError(f"its header counts {tensors} tensors and {fields} fields")
        values: dict[str, int | str | None] = {}
        for _ in range(fields):
            name = self._text()
            values[name] = self._value(self._number("I"))
        table = dict(self._tensor() for _ in range(tensors))
        if len(table) < tensors:
            raise ValueError("its header names a tensor twice")
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1:
            raise ValueError("its header is damaged")
        data = -(-self._file.tell() // alignment) * alignment
        return GgufHeader(values, table, data, self._size)

    def _number(self, kind: str) -> int:
        value: int = struct.unpack(f"<{kind}", self._file.read(struct.calcsize(kind)))[0]
        return value

    def _text(self) -> str:
        length = self._number(self._count)
        if not 0 < length <= _LONGEST_NAME:
            raise ValueError("its header is damaged")
        return self._file.read(length).decode()

    def _skip(self, length: int) -> None:
        if self._file.seek(length, os.SEEK_CUR) > self._size:
            raise ValueError("its header is damaged or cut short")

    def _value(self, kind: int) -> int | str | None:
        """Return a number or short text; None for any other value, which is skipped."""
        if kind in _WHOLE:
            return self._number(_WHOLE[kind])
        if kind == _STRING:
            length = self._number(self._count)
            if length <= _LONGEST_NAME:
                return self._file.read(length).decode(errors="replace")
            self._skip(length)
        elif kind == _ARRAY:
            self._skip_items(self._number("I"), self._number(self._count))
        else:
            self._skip(_SIZES[kind])
        return None

    def _skip_items(self, kind: int, items: int) -> None:
        self._items += items
        if self._items > _MOST_ITEMS:
            raise ValueError(f"its header counts {self._items} items in its fields")
        if kind == _STRING:
            for _ in range(items):
                self._skip(self._number(self._count))
        elif kind == _ARRAY:
            for _ in range(items):
                self._skip_items(self._number("I"), self._number(self._count))
        else:
            self._skip(_SIZES[kind] * items)

    def _tensor(self) -> tuple[str, Tensor]:
        name = self._text()
        dimensions = self._number("I")
        if not 0 < dimensions <= _MOST_DIMENSIONS:
            raise ValueError(f"its tensor {name!r} has {dimensions} dimensions")
        shape = tuple(self._number(self._count) for _ in range(dimensions))
        if not all(shape):
            raise ValueError(f"its tensor {name!r} has no weights")
        return name, Tensor(shape, self._number("I"), self._number("Q"))
