"""A changed file gives a refusal in one sentence, another identity, or the same numbers: no fourth.

Every change keeps the time of modification, as ``cp -p``, ``rsync -t`` and ``tar`` do.
"""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from bridgex.errors import BridgexError
from bridgex.lm import gguf
from bridgex.lm.source import ModelSource
from bridgex.storage.files import cache_folder
from tests.tiny_gguf import save_tiny_gguf
from tests.tiny_llama import save_tiny_llama

IDS = torch.tensor([[1, 70, 80, 90]])
Change = Callable[[Path], None]


def numbers(path: Path) -> tuple[str, torch.Tensor, tuple[str, ...]]:
    """Identity, logits, and notes of a model; the tokens of a word stand for the tokenizer."""
    source = ModelSource(str(path), device="cpu", dtype="float32")
    model = source.load()
    with torch.inference_mode():
        logits = model.model(input_ids=IDS).logits
    words = torch.tensor(model.tokenizer("the house")["input_ids"]).float()
    return source.identity.digest, torch.cat([logits.flatten(), words]), source.notes


def flip(name: str, share: float, bit: int) -> Change:
    """Change one bit at a relative place of a file."""

    def change(folder: Path) -> None:
        path = folder / name
        content = bytearray(path.read_bytes())
        content[int(share * (len(content) - 1))] ^= 1 << bit
        path.write_bytes(bytes(content))

    return change


def fields(name: str, **values: Any) -> Change:
    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps({**content, **values}), encoding="utf-8")

    return change


def blank(name: str, start: float, stop: float) -> Change:
    """Fill part of a file with zeros, as a disk does that lost a block."""

    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        first, last = int(start * len(content)), int(stop * len(content))
        content[first:last] = bytes(last - first)
        (folder / name).write_bytes(bytes(content))

    return change


def cut(name: str, share: float) -> Change:
    def change(folder: Path) -> None:
        os.truncate(folder / name, int(share * (folder / name).stat().st_size))

    return change


def gone(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def another(name: str, seed: int) -> Change:
    """Put the file of another model of the same shape in the place of this one's."""

    def change(folder: Path) -> None:
        other = save_tiny_llama(folder.with_name("other"), seed)
        shutil.copyfile(other / name, folder / name)

    return change


def in_folder() -> Iterator[tuple[str, Change]]:
    draw = random.Random(0)  # noqa: S311
    for name in ("model.safetensors", "tokenizer.json", "config.json", "generation_config.json"):
        for _ in range(5):
            share, bit = draw.random(), draw.randrange(8)
            yield f"{name} {share:.2f} bit {bit}", flip(name, share, bit)
    for share in (0.0, 0.00001, 0.0001, 0.001):
        yield f"header {share}", flip("model.safetensors", share, 1)
    for field, value in (
        ("num_hidden_layers", 9),
        ("num_hidden_layers", 11),
        ("hidden_act", "relu"),
        ("rope_parameters", {"rope_theta": 1.0, "rope_type": "default"}),
        ("model_type", "mistral"),
        ("vocab_size", 258),
        ("intermediate_size", 41),
        ("num_attention_heads", 4),
        ("tie_word_embeddings", True),
        ("torch_dtype", "float16"),
        ("rms_norm_eps", "much"),
        ("architectures", ["Other"]),
        ("quantization_config", {"quant_method": "none"}),
    ):
        yield f"{field}={value}", fields("config.json", **{field: value})
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        yield f"half of {name}", cut(name, 0.5)
        yield f"no {name}", gone(name)
        yield f"zeros in {name}", blank(name, 0.6, 0.9)
    yield "other weights", another("model.safetensors", 1)
    yield "empty tokenizer_config", fields("tokenizer_config.json", bos_token="a")


def mutate(home: Path, target: Path, change: Change) -> None:
    """Change a file and keep all times of modification."""
    times = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    change(target)
    for path, time in times.items():
        if path.exists():
            os.utime(path, ns=(time, time))


def require_sound(path: Path, digest: str, expected: torch.Tensor) -> str:
    """Return which of the three it was."""
    try:
        found, values, _notes = numbers(path)
    except BridgexError as problem:
        assert "\n" not in str(problem)  # noqa: PT017
        return "refused"
    if found != digest:
        return "another identity"
    assert torch.equal(values, expected)
    return "same numbers"


FOLDER = dict(in_folder())


@dataclass(frozen=True)
class Unchanged:
    """A model as it was saved, its numbers, and a cache in which it was read once."""

    path: Path
    cache: Path
    digest: str
    expected: torch.Tensor

    def copy(self, target: Path) -> Path:
        """Copy the model and the cache; the copy's digest is remembered as any model's is."""
        shutil.copytree(self.cache, cache_folder(), dirs_exist_ok=True)
        put = shutil.copytree if self.path.is_dir() else shutil.copy2
        path = Path(put(self.path, target / self.path.name))
        assert ModelSource(str(path), device="cpu", dtype="float32").identity.digest == self.digest
        return path


def unchanged(path: Path, cache: Path) -> Unchanged:
    cache.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIDGEX_CACHE", str(cache))
        digest, expected, notes = numbers(path)
    assert notes == ()
    return Unchanged(path, cache, digest, expected)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Unchanged:
    room = tmp_path_factory.mktemp("whole")
    return unchanged(save_tiny_llama(room / "model"), room / "cache")


@pytest.mark.parametrize("name", FOLDER)
def test_a_changed_folder(name: str, whole: Unchanged, tmp_path: Path) -> None:
    folder = whole.copy(tmp_path)
    mutate(folder, folder, FOLDER[name])
    outcome = require_sound(folder, whole.digest, whole.expected)
    assert outcome in {"refused", "another identity"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Unchanged:
    room = tmp_path_factory.mktemp("gguf")
    return unchanged(save_tiny_gguf(room / "tiny.gguf"), room / "cache")


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_gguf(seed: int, file: Unchanged, tmp_path: Path) -> None:
    draw = random.Random(seed)  # noqa: S311
    path = file.copy(tmp_path)
    size = path.stat().st_size
    header = 7500 / size  # the header holds the vocabulary; the rest is weights
    share = draw.random() * (header if seed % 4 else 1)
    mutate(tmp_path, tmp_path, flip(path.name, share, draw.randrange(8)))
    outcome = require_sound(path, file.digest, file.expected)
    assert outcome in {"refused", "another identity"}


CONVERTED = {
    name: change
    for name, change in FOLDER.items()
    if not name.startswith(("other weights", "empty tokenizer_config"))
} | {
    "manifest": flip(gguf.MANIFEST, 0.5, 0),
    "no manifest": gone(gguf.MANIFEST),
    "template": lambda folder: (folder / "chat_template.jinja").write_text("x", "utf-8") and None,
    "index": lambda folder: (folder / "model.safetensors.index.json").write_text("{}") and None,
}


@pytest.mark.parametrize("name", CONVERTED)
def test_a_changed_conversion_is_made_again_and_named(
    name: str, file: Unchanged, tmp_path: Path, own_cache: Path
) -> None:
    path = file.copy(tmp_path)
    folder = gguf.converted_folder(file.digest)
    assert gguf.is_converted(folder)
    mutate(folder, folder, CONVERTED[name])
    found, values, notes = numbers(path)
    assert found == file.digest
    assert torch.equal(values, file.expected)
    assert len(notes) == 1
    assert notes[0].startswith(f"The converted model in {folder} was damaged (")
    assert ModelSource(str(path), device="cpu", dtype="float32").notes == ()
    assert [each.name for each in (own_cache / "models").glob(".partial-*")] == []
