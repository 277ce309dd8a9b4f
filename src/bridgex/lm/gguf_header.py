"""How many weights a GGUF file holds, from its header alone.

The package gguf reads the same, and every word of the vocabulary with it, in many seconds. Layout:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import os
import struct
from math import prod
from pathlib import Path
from typing import BinaryIO

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value by the number of its type; 8 is a string and 9 an array."""
_STRING, _ARRAY = 8, 9


def weights_in(gguf: Path) -> int:
    """Return the number of weights of all tensors.

    Raises:
        ValueError: the header is damaged or cut short.
    """
    with gguf.open("rb") as file:
        header = _Header(file)
        try:
            tensors, fields = header.counts()
            for _ in range(fields):
                header.skip_string()
                header.skip_value(header.number("I"))
            return sum(header.weights_of_next_tensor() for _ in range(tensors))
        except (struct.error, KeyError, OverflowError, OSError) as problem:
            raise ValueError("its header is damaged") from problem


class _Header:
    """A file read from its beginning on. Version 1 counts in 32 bits, later ones in 64."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._file.seek(4)
        self._count = "I" if self.number("I") == 1 else "Q"

    def number(self, kind: str) -> int:
        value: int = struct.unpack(f"<{kind}", self._file.read(struct.calcsize(kind)))[0]
        return value

    def counts(self) -> tuple[int, int]:
        return self.number(self._count), self.number(self._count)

    def skip_string(self) -> None:
        self._file.seek(self.number(self._count), os.SEEK_CUR)

    def skip_value(self, kind: int, times: int = 1) -> None:
        if kind == _STRING:
            for _ in range(times):
                self.skip_string()
        elif kind == _ARRAY:
            inner = self.number("I")
            self.skip_value(inner, self.number(self._count))
        else:
            self._file.seek(_SIZES[kind] * times, os.SEEK_CUR)

    def weights_of_next_tensor(self) -> int:
        self.skip_string()
        dimensions = self.number("I")
        shape = [self.number(self._count) for _ in range(dimensions)]
        self.number("I")  # type
        self.number("Q")  # place in the file
        return prod(shape)
