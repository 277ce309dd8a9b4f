"""Results of one stage stored item by item, as they come.

A folder of journals in JSON Lines, sharded by the first digit of the item's key and only ever
appended to. Each line states its whole key, which covers stage, inputs and item, and a checksum
over key and value, so that a torn, altered, swapped or copied line never answers for another.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar, overload

from bridgex.storage.bounds import keep_within, mark_used
from bridgex.storage.files import file_lock, open_kept, require_writable, storage_errors
from bridgex.storage.labels import UNKNOWN, write_label

Value = TypeVar("Value")

_LINE = re.compile(
    rb'\{"key":"([0-9a-f]{64})","checksum":"([0-9a-f]{32})","value":(\{.*\})\}\n', re.DOTALL
)

_KEY = slice(8, 72)
"""Where the key is in a line."""


class ItemStore:
    """The items of one stage with the same inputs; made by `Store.items`.

    Several processes may add at once, and one that is killed loses at most the item it was
    writing. The first valid line of a key is the one that counts.
    """

    def __init__(
        self,
        folder: Path,
        inputs_key: str,
        computed: list[str],
        damaged: list[Path],
        model: str = UNKNOWN,
    ) -> None:
        self._folder = folder
        self._model = model
        self._inputs_key = inputs_key
        self._computed = computed
        self._damaged = damaged

    def key(self, item: Any) -> str:
        """Return the key of an item.

        Args:
            item: everything that determines this item's result beside the common inputs, as plain
                values.
        """
        plain = json.dumps([self._inputs_key, item], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()

    @overload
    def load(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]: ...

    @overload
    def load(
        self, keys: Iterable[str], parse: Callable[[dict[str, Any]], Value]
    ) -> dict[str, Value]: ...

    def load(
        self, keys: Iterable[str], parse: Callable[[dict[str, Any]], Any] = dict
    ) -> dict[str, Any]:
        """Return the stored values of those keys that have one.

        A journal with damaged lines goes to the store's ``damaged`` if a key is missing in it.

        Args:
            keys: of the items, from `key`.
            parse: turns a stored value into the result; whatever it raises means that the line is
                damaged.

        Raises:
            StoreError: a journal cannot be read.
        """
        loaded: dict[str, Any] = {}
        for path, wanted in self._by_journal(keys).items():
            mark_used(path)
            values, damaged = _read_journal(path, {key.encode() for key in wanted}, parse)
            loaded |= values
            if damaged and path not in self._damaged:
                self._damaged.append(path)
        return loaded

    def require_writable(self) -> None:
        """Refuse early a folder that nothing could be added to.

        Raises:
            StoreError: it cannot be written to.
        """
        require_writable(self._folder / ".lock")

    def add(self, key: str, value: Mapping[str, Any]) -> None:
        """Store one value as plain values; see `add_many`."""
        self.add_many({key: value})

    def add_many(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Store values by key.

        Raises:
            StoreError: the folder cannot be written to, or the disk is full.
        """
        with file_lock(self._folder / ".lock"):
            write_label(self._folder, self._model)
            for path, keys in self._by_journal(values).items():
                lines = b"".join(_line(key, values[key]) for key in keys)
                with storage_errors(path), path.open("ab+", buffering=0) as file:
                    _append(file, lines)
                self._computed.extend(keys)
        keep_within(self._folder.parent.parent)

    def _by_journal(self, keys: Iterable[str]) -> dict[Path, list[str]]:
        journals: dict[Path, list[str]] = {}
        for key in dict.fromkeys(keys):
            journals.setdefault(self._folder / f"{key[0]}.jsonl", []).append(key)
        return journals


def _line(key: str, value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    plain = text.encode("utf-8", "surrogatepass")
    head = f'{{"key":"{key}","checksum":"{_checksum(key.encode(), plain)}","value":'
    return head.encode() + plain + b"}\n"


def _checksum(key: bytes, value: bytes) -> str:
    return hashlib.blake2b(key + value, digest_size=16).hexdigest()


def _append(file: FileIO, lines: bytes) -> None:
    """Append whole lines, after ending one that a killed process left torn; or nothing."""
    size = file.seek(0, os.SEEK_END)
    if size:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            lines = b"\n" + lines
    try:
        left = memoryview(lines)
        while left:
            left = left[file.write(left) :]
    except BaseException:
        with suppress(OSError):
            file.truncate(size)
        raise


def _read_journal(
    path: Path, wanted: set[bytes], parse: Callable[[dict[str, Any]], Any]
) -> tuple[dict[str, Any], bool]:
    """Return the first valid value of each wanted key, and whether damage may hide one."""
    values: dict[str, Any] = {}
    file = open_kept(path)
    if file is None:
        return values, False
    left, unexpected = set(wanted), False
    with storage_errors(path, "read"), file:
        for line in file:
            if line[_KEY] in left and (valid := _valid(line)):
                try:
                    value = parse(json.loads(valid[3].decode("utf-8", "surrogatepass")))
                except MemoryError:
                    raise
                except Exception:
                    unexpected = True
                else:
                    values[valid[1].decode()] = value
                    left.discard(valid[1])
        file.seek(0)
        return values, bool(left) and (unexpected or not all(map(_valid, file)))


def valid_lines(path: Path) -> tuple[int, int]:
    """Return how many lines of a journal are whole, and how many are damaged.

    Raises:
        StoreError: it cannot be read.
    """
    whole = damaged = 0
    with storage_errors(path, "read"), path.open("rb") as file:
        for line in file:
            if _valid(line):
                whole += 1
            elif line.strip():
                damaged += 1
    return whole, damaged


def _valid(line: bytes) -> re.Match[bytes] | None:
    match = _LINE.fullmatch(line)
    return match if match and match[2].decode() == _checksum(match[1], match[3]) else None
