"""GGUF files from strangers: refused from their header and size, before a library believes them."""

import struct
import time
from collections.abc import Callable
from pathlib import Path

import gguf as gguf_package
import pytest

from bridgex.errors import ModelError, StoreError
from bridgex.lm import gguf, gguf_header
from bridgex.lm.gguf_header import read_header
from bridgex.lm.source import ModelSource, load
from tests.tiny_gguf import HIDDEN, LAYERS, save_tiny_gguf

COUNTS = 8
"""Where the number of tensors is; that of fields follows."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return save_tiny_gguf(tmp_path / "tiny.gguf")


def test_the_header_says_what_the_package_reads(file: Path) -> None:
    header, read = read_header(file), gguf_package.GGUFReader(file)
    assert {name: tensor.shape for name, tensor in header.tensors.items()} == {
        each.name: tuple(each.shape.tolist()) for each in read.tensors
    }
    assert header.weights == sum(each.n_elements for each in read.tensors)
    assert header.data == read.data_offset
    assert header.fields["llama.block_count"] == LAYERS
    assert header.fields["llama.embedding_length"] == HIDDEN
    assert header.fields["general.architecture"] == "llama"


def put(kind: str, value: int, at: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        new = struct.pack(f"<{kind}", value)
        return content[:at] + new + content[at + len(new) :]

    return change


def after(name: str, skip: int, kind: str, value: int) -> Callable[[bytes], bytes]:
    """Change a number so many bytes behind a name."""

    def change(content: bytes) -> bytes:
        at = content.index(name.encode()) + len(name) + skip
        return put(kind, value, at)(content)

    return change


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert len(old) == len(new)
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return change


def append(size: int) -> Callable[[bytes], bytes]:
    return lambda content: content + bytes(size)


BLOCKS = "llama.block_count"
REFUSED: dict[str, Callable[[bytes], bytes]] = {
    "no tensors": put("Q", 0, COUNTS),
    "a tensor less": put("Q", 20, COUNTS),
    "a tensor more": put("Q", 22, COUNTS),
    "2^31 tensors": put("Q", 2**31, COUNTS),
    "2^40 tensors": put("Q", 2**40, COUNTS),
    "2^64 tensors": put("Q", 2**64 - 1, COUNTS),
    "2^40 fields": put("Q", 2**40, COUNTS + 8),
    "no fields": put("Q", 0, COUNTS + 8),
    "0 layers": after(BLOCKS, 4, "I", 0),
    "1 layer": after(BLOCKS, 4, "I", 1),
    "3 layers": after(BLOCKS, 4, "I", 3),
    "a million layers": after(BLOCKS, 4, "I", 10**6),
    "2^31 layers": after(BLOCKS, 4, "I", 2**31 - 1),
    "no number of layers": swap(BLOCKS, "llama.block_counX"),
    "no context": swap("llama.context_length", "llama.context_lengtX"),
    "no epsilon": swap("rms_epsilon", "rms_epsiloX"),
    "no heads": swap("attention.head_count", "attention.head_counX"),
    "another type": after(BLOCKS, 0, "I", 99),
    "an array of 2^40": after("tokenizer.ggml.tokens", 8, "Q", 2**40),
    "an array of 2^63": after("tokenizer.ggml.token_type", 8, "Q", 2**63),
    "a word of 2^40": after("tokenizer.ggml.tokens", 16, "Q", 2**40),
    "a long name": put("Q", 2**40, 24),
    "no name": put("Q", 0, 24),
    "renamed embedding": swap("token_embd.weight", "token_embX.weight"),
    "renamed norm": swap("output_norm.weight", "output_norX.weight"),
    "renamed gate": swap("blk.1.ffn_gate.weight", "blk.1.ffn_gatX.weight"),
    "renamed layer": swap("blk.1.ffn_gate.weight", "blk.2.ffn_gate.weight"),
    "renamed twice": swap("blk.1.ffn_gate.weight", "blk.0.ffn_gate.weight"),
    "0 dimensions": after("blk.0.attn_q.weight", 0, "I", 0),
    "2^31 dimensions": after("blk.0.attn_q.weight", 0, "I", 2**31),
    "a dimension of 0": after("blk.0.attn_q.weight", 4, "Q", 0),
    "a dimension of 2^40": after("blk.0.attn_q.weight", 4, "Q", 2**40),
    "another dimension": after("blk.0.attn_q.weight", 4, "Q", 8),
    "another type of numbers": after("blk.0.attn_q.weight", 20, "I", 250),
    "an offset of 2^40": after("blk.0.attn_q.weight", 24, "Q", 2**40),
    "bytes of no tensor": append(2**21),
    "another architecture": swap("llama", "lluma"),
    "no text": put("B", 0xFF, 40),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_that_cannot_be_true_is_refused_at_once(
    file: Path, own_cache: Path, name: str
) -> None:
    file.write_bytes(REFUSED[name](file.read_bytes()))
    start = time.monotonic()
    with pytest.raises(ModelError) as caught:
        load(str(file), device="cpu", dtype="float32")
    assert time.monotonic() - start < 10
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)
    left = [path.name for path in own_cache.rglob("*.safetensors")]
    assert left == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("renamed gate", r"no tensor for model\.layers\.1\.mlp\.gate_proj\.weight"),
        ("no tensors", "its header names no tensors"),
        ("2^31 layers", "says llama.block_count 2147483647 and contains tensors of 2 layers"),
        ("2^40 tensors", "its header counts 1099511627776 tensors"),
        ("an offset of 2^40", "bytes and its header describes"),
    ],
)
def test_what_is_wrong_with_it_is_said(file: Path, name: str, message: str) -> None:
    file.write_bytes(REFUSED[name](file.read_bytes()))
    with pytest.raises(ModelError, match=message):
        load(str(file), device="cpu", dtype="float32")


def sparse(path: Path, counts: tuple[int, int], size: int) -> Path:
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, *counts))
    with path.open("ab") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("counts", [(2**40, 0), (0, 2**40), (1, 1), (10**6, 10**4)])
def test_a_sparse_file_is_refused_at_once(tmp_path: Path, counts: tuple[int, int]) -> None:
    path = sparse(tmp_path / "sparse.gguf", counts, 2**42)
    start = time.monotonic()
    with pytest.raises(ModelError, match="cannot be read"):
        ModelSource(str(path), device="cpu")
    assert time.monotonic() - start < 5


def test_a_sparse_file_whose_header_agrees_is_refused_for_its_size(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(file.read_bytes())
    for name in ("output.weight", "token_embd.weight"):
        at = content.index(name.encode()) + len(name) + 4
        content[at : at + 8] = struct.pack("<Q", 2**34)
    file.write_bytes(bytes(content))
    with file.open("ab") as grown:
        grown.truncate(2**43)
    monkeypatch.setattr(gguf_header, "_require_data", lambda _header: None)
    monkeypatch.setattr(gguf, "remembered_digests", lambda *_: pytest.fail("all of it was read"))
    with pytest.raises(StoreError, match="GiB of disk"):
        ModelSource(str(file), device="cpu")


def test_one_part_of_several_says_how_to_merge(tmp_path: Path) -> None:
    writer = gguf_package.GGUFWriter(tmp_path / "part.gguf", "llama")
    writer.add_uint16("split.count", 3)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelError, match="one of 3 parts, which llama-gguf-split --merge makes"):
        ModelSource(str(tmp_path / "part.gguf"), device="cpu")
