"""What a model is, in a form that stage keys and signatures can hold."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bridgex.errors import ModelError
from bridgex.storage.files import cache_folder, writing


@dataclass(frozen=True)
class ModelIdentity:
    """What determines a model's numbers.

    Attributes:
        name: what the user called it (a Hub id, the name of a folder or file, ``demo``).
        digest: Hub commit, or SHA-256 of the weights, tokenizer and configuration.
        dtype: floating-point type the forward pass runs in.
        device: processor type it runs on (``cpu``, ``cuda``): kernels differ in the last bit.
        libraries: versions of torch and transformers.
    """

    name: str
    digest: str
    dtype: str
    device: str
    libraries: str

    def key(self) -> dict[str, str]:
        """Return what belongs in a stage key: everything but the name, which is only a label."""
        return {field: value for field, value in asdict(self).items() if field != "name"}

    def __str__(self) -> str:
        return f"{self.name}@{self.digest[:12]}"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 over a model folder's configuration, tokenizer and weights.

    A folder of many gigabytes is read once: the digest of each file is remembered.

    Raises:
        ModelError: the folder holds no safetensors weights.
    """
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix in {".json", ".safetensors", ".model", ".jinja", ".txt"}
    )
    if not any(path.suffix == ".safetensors" for path in files):
        raise ModelError(
            f"{folder} holds no .safetensors weights; pickled weights are never loaded, so save "
            "the model again with save_pretrained(safe_serialization=True)."
        )
    total = hashlib.sha256()
    for path, digest in zip(files, remembered_digests(files), strict=True):
        total.update(f"{path.name}={digest};".encode())
    return total.hexdigest()


def remembered_digests(files: Sequence[Path]) -> list[str]:
    """Return the SHA-256 of each file, read from memory where path, size and time are the same.

    Raises:
        StoreError: the cache, which is the memory, cannot be written.
    """
    memory = cache_folder() / "digests.json"
    known = _read_memory(memory)
    digests, fresh = [], False
    for path in files:
        stat = path.stat()
        label = f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
        if label not in known:
            known[label] = file_digest(path)
            fresh = True
        digests.append(known[label])
    if fresh:
        with writing(memory) as temporary:
            temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return digests


def _read_memory(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
