"""From the word a user gives for a model to a folder on disk, with its identity's digest.

The word is ``demo``, a GGUF file, a local folder, or a Hugging Face id (``name`` or
``name@revision``). Only safetensors weights are loaded and no code of a repository is ever run.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import ModelError
from bridgex.lm import demo
from bridgex.lm.gguf import convert
from bridgex.lm.identity import folder_digest
from bridgex.progress import Progress, silent

FILES = ["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt"]
OTHERS = ["*/*", "consolidated*"]
"""Weights in other forms, which some publish beside those of transformers."""


@dataclass(frozen=True)
class ModelFolder:
    """A model on disk: what the user called it, where it is, and what its bytes are."""

    name: str
    path: Path
    digest: str


def find_model(name: str, progress: Progress = silent) -> ModelFolder:
    """Return the folder of a model, fetching it from the Hub or converting it when needed.

    Args:
        name: the user's word.
        progress: told when a GGUF file has to be converted.

    Raises:
        ModelError: there is no such model, or it cannot be reached or read.
        StoreError: the cache cannot be written.
    """
    if name == demo.NAME:
        return ModelFolder(name, demo.demo_folder(progress), demo.SHA256)
    try:
        path = Path(name).expanduser()
        if path.is_file():
            return _gguf_file(path, progress)
        if path.is_dir():
            return _local_folder(path)
    except (OSError, RuntimeError) as problem:
        raise ModelError(f"{name} cannot be read ({problem}); check the path.") from problem
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no model folder or GGUF file at {name}; check the path.")
    if path.suffix.lower() == ".gguf":
        raise ModelError(f"There is no GGUF file {name} here; check the path.")
    return _from_hub(name)


def _gguf_file(path: Path, progress: Progress) -> ModelFolder:
    if path.suffix.lower() != ".gguf":
        raise ModelError(f"{path} is a file but not GGUF; give a model folder or a .gguf file.")
    folder = convert(path, progress)
    return ModelFolder(path.name, folder, folder.name.partition("-")[0])


def _local_folder(path: Path) -> ModelFolder:
    if not (path / "config.json").is_file():
        raise ModelError(
            f"{path} has no config.json; give the folder that save_pretrained() wrote."
        )
    return ModelFolder(path.resolve().name, path, folder_digest(path))


def _from_hub(name: str) -> ModelFolder:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    repository, _, revision = name.partition("@")
    try:
        folder = snapshot_download(
            repository, revision=revision or None, allow_patterns=FILES, ignore_patterns=OTHERS
        )
    except HFValidationError as problem:
        raise ModelError(
            f"'{name}' is neither demo, a folder, a GGUF file nor a Hugging Face id."
        ) from problem
    except GatedRepoError as problem:
        raise ModelError(
            f"{repository} is gated: accept its terms on its page on the Hub, then log in with "
            "'hf auth login'."
        ) from problem
    except (RepositoryNotFoundError, RevisionNotFoundError) as problem:
        raise ModelError(
            f"The Hub has no model '{name}' (or it is private); check the spelling, or log in "
            "with 'hf auth login'."
        ) from problem
    except LocalEntryNotFoundError as problem:
        why = (
            "HF_HUB_OFFLINE is set"
            if constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE")
            else "the Hub cannot be reached"
        )
        raise ModelError(
            f"'{name}' is not on this disk and {why}; connect, or give a local folder, a GGUF "
            "file, or demo."
        ) from problem
    except OSError as problem:
        raise ModelError(
            f"'{name}' could not be fetched from the Hub ({problem}); check the connection, or "
            "give a local folder, a GGUF file, or demo."
        ) from problem
    path = Path(folder)
    if not any(path.glob("*.safetensors")):
        raise ModelError(
            f"{repository} has no safetensors weights on this disk, and pickled ones are never "
            "loaded; connect to fetch them, or look for a converted revision."
        )
    return ModelFolder(repository, path, path.name)
