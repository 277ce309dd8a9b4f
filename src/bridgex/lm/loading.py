"""From the word a user gives for a model to a folder on disk, with its identity's digest.

The word is ``demo``, a GGUF file, a local folder, or a Hugging Face id (``name`` or
``name@revision``). Only safetensors weights are loaded and no code of a repository is ever run.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridgex.errors import ModelError, nearest, reason
from bridgex.lm import demo
from bridgex.lm.checkpoint import Checkpoint, is_hub_blob, open_checkpoint
from bridgex.lm.digests import Stamp, remembered_digests, stamp
from bridgex.lm.gguf import Conversion, convert
from bridgex.lm.identity import folder_digest
from bridgex.progress import Progress, silent

FILES = ["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt", "*.tiktoken", "*.spm"]
OTHERS = ["*/*", "consolidated*"]
"""Weights in other forms, which some publish beside those of transformers."""
SHA256_LENGTH, GIT_LENGTH = 64, 40
"""Hexadecimal digits in the names of the Hub's blobs."""


@dataclass(frozen=True)
class ModelFolder:
    """A model on disk.

    Attributes:
        name: what the user called it.
        checkpoint: its files.
        digest: Hub commit, SHA-256 of the GGUF file, or that of the files.
        notes: remarks for the user, in sentences.
        stamps: how its files looked when they were identified.
    """

    name: str
    checkpoint: Checkpoint
    digest: str
    notes: tuple[str, ...] = ()
    stamps: Mapping[Path, Stamp] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> Path:
        """The folder."""
        return self.checkpoint.folder

    def require_unchanged(self) -> None:
        """Refuse files that were written or replaced since they were identified.

        Raises:
            ModelError: a file is another one, or gone.
        """
        for path, before in self.stamps.items():
            try:
                same = stamp(path) == before
            except OSError:
                same = False
            if not same:
                raise ModelError(
                    f"{path} was changed after {self.name} had been identified; start again, so "
                    "that results are kept under the name of the model that gave them."
                )


def require_name(name: str) -> None:
    """Refuse at once what can name no model; nothing is read, fetched or asked of the Hub.

    Raises:
        ModelError: it is neither ``demo``, a folder, a GGUF file nor of the form of a Hub's id.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    if name == demo.NAME or _local_path(name) is not None:
        return
    try:
        validate_repo_id(name.partition("@")[0])
    except HFValidationError as problem:
        raise ModelError(_no_name(name)) from problem


def find_model(name: str, progress: Progress = silent) -> ModelFolder:
    """Return the folder of a model, fetching it from the Hub or converting it when needed.

    Args:
        name: the user's word.
        progress: shows the reading of files for their identity, and the conversion of a GGUF file.

    Raises:
        ModelError: there is no such model, or it cannot be reached or read.
        StoreError: the cache cannot be written.
    """
    if name == demo.NAME:
        return _converted(name, demo.SHA256, demo.demo_conversion(progress))
    path = _local_path(name)
    if path is None:
        return _from_hub(name, progress)
    try:
        return _local_folder(path, progress) if path.is_dir() else _gguf_file(path, progress)
    except (OSError, RuntimeError, ValueError) as problem:
        raise _not_read(name, problem) from problem


def _local_path(name: str) -> Path | None:
    """Return the folder or GGUF file of that name; None where it can only be an id of the Hub."""
    if not name.strip():
        raise ModelError(_no_name(name))
    try:
        path = Path(name).expanduser()
        if path.is_dir():
            return path
        if path.is_file():
            if path.suffix.lower() == ".gguf":
                return path
            raise ModelError(f"{path} is a file but not GGUF; give a model folder or a .gguf file.")
        if path.exists():
            raise ModelError(f"{name} is a device or pipe; give a model folder or a GGUF file.")
    except (OSError, RuntimeError, ValueError) as problem:
        raise _not_read(name, problem) from problem
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no model folder or GGUF file at {name}; check the path.")
    if path.suffix.lower() == ".gguf":
        raise ModelError(f"There is no GGUF file {name} here; check the path.")
    return None


def _not_read(name: str, problem: Exception) -> ModelError:
    return ModelError(f"{name} cannot be read ({reason(problem)}); check the path.")


def _no_name(name: str) -> str:
    return (
        f"'{name}' is neither demo, a folder, a GGUF file nor a Hugging Face id"
        f" (owner/name).{nearest(name, [demo.NAME])}"
    )


def _gguf_file(path: Path, progress: Progress) -> ModelFolder:
    conversion = convert(path, progress)
    return _converted(path.name, conversion.digest, conversion)


def _converted(name: str, digest: str, conversion: Conversion) -> ModelFolder:
    checkpoint = open_checkpoint(conversion.folder)
    return ModelFolder(name, checkpoint, digest, conversion.notes, _stamps(checkpoint))


def _local_folder(path: Path, progress: Progress) -> ModelFolder:
    checkpoint = open_checkpoint(path)
    stamps = _stamps(checkpoint)
    digest = folder_digest(checkpoint, progress)
    return ModelFolder(path.resolve().name, checkpoint, digest, stamps=stamps)


def _stamps(checkpoint: Checkpoint) -> dict[Path, Stamp]:
    return {path: stamp(path) for path in checkpoint.files}


def _from_hub(name: str, progress: Progress) -> ModelFolder:
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
        raise ModelError(_no_name(name)) from problem
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
            f"'{name}' could not be fetched from the Hub ({reason(problem)}); check the "
            "connection, or give a local folder, a GGUF file, or demo."
        ) from problem
    path = Path(folder)
    if not any(path.glob("*.safetensors")):
        raise ModelError(
            f"{repository} has no safetensors weights on this disk, and pickled ones are never "
            "loaded; connect to fetch them, or look for a converted revision."
        )
    checkpoint = open_checkpoint(path)
    stamps = _stamps(checkpoint)
    if _is_of_commit(checkpoint, repository, progress):
        return ModelFolder(repository, checkpoint, path.name, stamps=stamps)
    note = (
        f"The files of {repository} on this disk are copies that do not show their commit, so they "
        "are identified by their content."
    )
    digest = folder_digest(checkpoint, progress)
    return ModelFolder(repository, checkpoint, digest, (note,), stamps)


def _is_of_commit(checkpoint: Checkpoint, repository: str, progress: Progress) -> bool:
    """Tell whether the files of a snapshot are shown to be those of its commit.

    huggingface_hub links each file to a blob whose name is the content's SHA-256, or its git hash;
    a copy in the place of a link, as on Windows, shows nothing.

    Raises:
        ModelError: a blob is not what its name says.
    """
    blobs = {path: path.parent / path.readlink() for path in checkpoint.files if path.is_symlink()}
    if len(blobs) < len(checkpoint.files) or not all(
        is_hub_blob(blob.parent.resolve() / blob.name) for blob in blobs.values()
    ):
        return False
    what = f"Computing the identity of {repository}"
    digests = remembered_digests(checkpoint.files, what, progress)
    for path, digest in zip(checkpoint.files, digests, strict=True):
        blob_name = blobs[path].name
        if len(blob_name) not in {SHA256_LENGTH, GIT_LENGTH}:
            return False
        if blob_name != (digest if len(blob_name) == SHA256_LENGTH else _git_hash(path)):
            raise ModelError(
                f"{path} is not the file that the Hub has at commit {checkpoint.folder.name[:12]}; "
                f"delete {blobs[path].resolve()} and fetch the model again."
            )
    return True


def _git_hash(path: Path) -> str:
    """Return the hash by which git names a file: SHA-1 over its size and content."""
    content = path.read_bytes()
    header = f"blob {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
