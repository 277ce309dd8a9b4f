"""A Hugging Face id is resolved to the commit on this disk, without a network."""

import hashlib
import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants

from bridgex.errors import ModelError
from bridgex.lm.loading import FILES, OTHERS, find_model
from bridgex.lm.source import load

COMMIT, OLDER = "1" * 40, "2" * 40


def blob_name(path: Path) -> str:
    """How the Hub names a content: by its SHA-256 where it is large, else as git does."""
    content = path.read_bytes()
    if path.suffix == ".safetensors":
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324


@pytest.fixture
def hub(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache as huggingface_hub keeps it, of a model with two commits, and no network."""
    repository = tmp_path / "models--someone--tiny"
    (repository / "blobs").mkdir(parents=True)
    for commit in (COMMIT, OLDER):
        (repository / "snapshots" / commit).mkdir(parents=True)
        for path in tiny_folder.iterdir():
            blob = repository / "blobs" / blob_name(path)
            shutil.copyfile(path, blob)
            link = repository / "snapshots" / commit / path.name
            link.symlink_to(Path("..", "..", "blobs", blob.name))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    (repository / "refs" / "v1").write_text(OLDER)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return repository


@pytest.mark.parametrize(
    ("name", "commit"),
    [("someone/tiny", COMMIT), ("someone/tiny@v1", OLDER), (f"someone/tiny@{OLDER}", OLDER)],
)
def test_an_id_is_resolved_to_its_commit(hub: Path, name: str, commit: str) -> None:
    found = find_model(name)
    assert (found.name, found.digest) == ("someone/tiny", commit)
    assert found.path == hub / "snapshots" / commit


def test_the_commit_is_recorded_and_the_model_read(hub: Path) -> None:
    model = load("someone/tiny@v1", device="cpu", dtype="float32")
    assert str(model.identity) == f"someone/tiny@{OLDER[:12]}"
    assert model.identity.key()["digest"] == OLDER


@pytest.mark.parametrize("name", ["someone/tiny@v9", "someone/other", "other"])
def test_what_is_not_on_this_disk_is_said(hub: Path, name: str) -> None:
    with pytest.raises(ModelError, match=f"'{name}' is not on this disk and HF_HUB_OFFLINE is set"):
        find_model(name)


def test_a_snapshot_without_weights_is_refused(hub: Path) -> None:
    (hub / "snapshots" / COMMIT / "model.safetensors").unlink()
    (hub / "snapshots" / COMMIT / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match="no safetensors weights on this disk, and pickled ones"):
        find_model("someone/tiny")


def test_a_name_the_hub_would_not_take_is_refused(hub: Path) -> None:
    with pytest.raises(ModelError, match="neither demo, a folder, a GGUF file nor"):
        find_model("what is this?")


def test_weights_are_fetched_once_and_never_pickled_or_code() -> None:
    from huggingface_hub.utils._paths import filter_repo_objects

    published = [
        "config.json",
        "model-00001-of-00002.safetensors",
        "model.safetensors.index.json",
        "tokenizer.model",
        "consolidated.safetensors",
        "original/model.safetensors",
        "pytorch_model.bin",
        "modeling.py",
    ]
    fetched = filter_repo_objects(published, allow_patterns=FILES, ignore_patterns=OTHERS)
    assert list(fetched) == published[:4]


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_file_that_is_not_the_commit_s_is_refused(hub: Path, name: str) -> None:
    blob = (hub / "snapshots" / COMMIT / name).resolve()
    content = bytearray(blob.read_bytes())
    content[-2] ^= 1
    blob.write_bytes(bytes(content))
    with pytest.raises(ModelError, match=r"not (the file|valid|JSON)|cannot be read"):
        find_model("someone/tiny")


def test_copies_that_show_no_commit_are_known_by_their_content(hub: Path) -> None:
    snapshot = hub / "snapshots" / COMMIT
    weights = snapshot / "model.safetensors"
    content = weights.read_bytes()
    weights.unlink()
    weights.write_bytes(content)
    found = find_model("someone/tiny")
    copied = found.digest
    assert "copies that do not show their commit" in found.notes[0]
    assert copied not in {COMMIT, OLDER}
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert find_model("someone/tiny").digest not in {copied, COMMIT}
