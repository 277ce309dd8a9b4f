"""A GGUF file from the user's word to a proved model, and the ways in which that fails."""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

import gguf as gguf_package
import pytest
import tokenizers
import torch
import transformers

from bridgex.errors import ModelError, StoreError
from bridgex.lm import gguf
from bridgex.lm.digests import file_digest
from bridgex.lm.source import load
from tests.tiny_gguf import CONTEXT, LAYERS, WIDTH, save_tiny_gguf


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return save_tiny_gguf(tmp_path / "tiny.gguf")


def left_behind(cache: Path) -> list[str]:
    names = {path.name for path in cache.rglob("*") if path.is_file()}
    return sorted(name for name in names if not name.endswith(".lock") and name != "digests.json")


def test_a_file_becomes_a_proved_model_with_its_own_weights(file: Path) -> None:
    model = load(str(file), device="cpu", dtype="float32")
    assert model.widths == (WIDTH,) * LAYERS
    assert model.context == CONTEXT
    assert model.identity.name == "tiny.gguf"
    assert model.identity.digest == file_digest(file)
    kept = {each.name: each.data for each in gguf_package.GGUFReader(file).tensors}
    gate = model.base.get_parameter("layers.1.mlp.gate_proj.weight")
    assert torch.equal(gate, torch.tensor(kept["blk.1.ffn_gate.weight"].copy()))


@pytest.mark.parametrize(("score", "kept"), [(-1.0, 676), (-100.0, 0)])
def test_a_tokenizer_that_breaks_its_own_words_is_refused(
    file: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, score: float, kept: int
) -> None:
    letters = list(ascii_lowercase)
    words = [f"{first}ord{last}" for first in letters for last in letters]
    scores = [*((letter, -1.0) for letter in letters), *((word, score) for word in words)]
    whole = tokenizers.Tokenizer(tokenizers.models.Unigram(scores, 0))
    read = transformers.PreTrainedTokenizerFast(tokenizer_object=whole)
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *_, **__: read)
    if kept:
        assert gguf.is_converted(gguf.convert(file).folder)
        return
    with pytest.raises(ModelError, match="keeps 0 of 676 of the file's own words whole"):
        gguf.convert(file)
    assert left_behind(own_cache) == []


def test_what_lies_beside_a_file_changes_nothing(file: Path, tiny_folder: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (file.parent / name).write_bytes((tiny_folder / name).read_bytes())
    mixed = transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model = load(str(file), device="cpu")
    assert model.tokenizer.convert_ids_to_tokens(256) == "th"
    assert mixed.convert_ids_to_tokens(256) != "th"


def test_conversion_is_announced_and_done_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    said: list[str] = []

    @contextmanager
    def progress(what: str, total: int | None = None) -> Any:
        said.append(what)
        yield lambda _units: None

    folder = gguf.convert(file, progress)
    assert said == ["Computing the identity of tiny.gguf", "Converting tiny.gguf, once"]
    said.clear()
    monkeypatch.setattr(gguf, "_convert", None)
    assert gguf.convert(file, progress) == folder
    assert "Converting tiny.gguf, once" not in said


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused_and_leaves_nothing(
    file: Path, own_cache: Path, share: float
) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match=r"cannot be read .* cut short or damaged"):
        load(str(file), device="cpu")
    assert left_behind(own_cache) == []


def test_the_room_asked_for_is_that_of_the_weights(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(gguf, "require_space", lambda _folder, size: asked.append(size))
    folder = gguf.convert(file).folder
    size = (folder / "model.safetensors").stat().st_size
    assert asked[0] <= size < asked[0] + 10_000


def test_a_disk_that_fills_up_meanwhile_is_said_in_one_sentence(
    file: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any, **_named: Any) -> None:
        raise Exception("No space left on device (os error 28)")  # noqa: TRY002  (tokenizers')

    monkeypatch.setattr(transformers.PreTrainedTokenizerBase, "save_pretrained", full)
    with pytest.raises(StoreError, match=r"No space left on device.*make room"):
        load(str(file), device="cpu")
    assert left_behind(own_cache) == []


def test_a_file_changed_while_it_is_converted_is_refused(
    file: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = gguf._convert

    def changing(source: Path, folder: Path) -> None:
        real(source, folder)
        save_tiny_gguf(source, seed=1)

    monkeypatch.setattr(gguf, "_convert", changing)
    with pytest.raises(ModelError, match="was changed while it was converted"):
        load(str(file), device="cpu")
    assert left_behind(own_cache) == []


def test_a_conversion_that_cannot_be_read_names_its_folder_and_the_remedy(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = gguf.convert(file).folder

    def denied(*_given: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(gguf, "remembered_digests", denied)
    with pytest.raises(StoreError, match=r"cannot be read \(permission denied\); make it readable"):
        gguf.damaged_file(folder)
