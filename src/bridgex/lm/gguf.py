"""GGUF files, converted once into a safetensors folder of the cache.

transformers reads GGUF but dequantises every tensor at every load; the converted folder loads in a
few seconds. The key is the SHA-256 of the file, so that another file never meets an old folder. A
manifest holds the SHA-256 of each converted file; a folder that does not match is made again.
"""

import io
import json
import os
import shutil
import stat
import struct
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridgex.errors import ModelError, StoreError, reason
from bridgex.lm.digests import file_digest, recalled_digest, remembered_digests, stamp
from bridgex.lm.gguf_header import NEWEST, read_header
from bridgex.progress import Progress, silent
from bridgex.storage.files import CACHE_VARIABLE, cache_folder, locked, require_space, writing

MANIFEST = "bridgex.json"
SCHEMA = 2
WORDS_TRIED = 1000
KEPT = 0.25
"""Least share of its own words that a tokenizer keeps whole: right ones keep 1, or about half where
the file has words of the beginning and of the inside of a word; a wrong one was seen at 0.07."""


@dataclass(frozen=True)
class Conversion:
    """A GGUF file as a safetensors folder.

    Attributes:
        folder: where it is.
        digest: SHA-256 of the GGUF file.
        notes: remarks for the user, in sentences.
    """

    folder: Path
    digest: str
    notes: tuple[str, ...] = ()


def converted_folder(digest: str) -> Path:
    """Return where the conversion of the GGUF file with this SHA-256 belongs."""
    return cache_folder() / "models" / f"{digest}-v{SCHEMA}"


def is_converted(folder: Path) -> bool:
    """Tell whether a folder is a whole conversion: its files are those written, byte for byte."""
    return damaged_file(folder) is None


def damaged_file(folder: Path, progress: Progress = silent) -> str | None:
    """Return the name of a file of a conversion that is not as it was written, or None.

    The files are read where they may have changed; see `bridgex.lm.digests`.

    Raises:
        StoreError: a file may not be read, or the cache not be written.
    """
    try:
        written = _written(folder)
        paths = {path.name: path for path in folder.iterdir() if path.name != MANIFEST}
        for name in sorted({*written, *paths}):
            if name not in written or name not in paths or not paths[name].is_file():
                return name
        what = "Checking the converted model"
        digests = remembered_digests(list(paths.values()), what, progress)
    except (FileNotFoundError, NotADirectoryError):
        return MANIFEST
    except OSError as problem:
        raise StoreError(
            f"The converted model in {folder} cannot be read ({reason(problem)}); make it readable "
            f"or point {CACHE_VARIABLE} at another folder."
        ) from problem
    changed = (name for name, digest in zip(paths, digests, strict=True) if written[name] != digest)
    return next(changed, None if written else MANIFEST)


def _written(folder: Path) -> dict[str, str]:
    """Return the digests in a conversion's manifest; none where it is damaged."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    digests = content.get("sha256") if isinstance(content, dict) else None
    return digests if isinstance(digests, dict) else {}


def find_conversion(digest: str, progress: Progress = silent) -> Conversion | None:
    """Return the conversion of the GGUF file with this SHA-256, if a whole one is there.

    Raises:
        StoreError: the cache cannot be written.
    """
    folder = converted_folder(digest)
    return Conversion(folder, digest) if damaged_file(folder, progress) is None else None


def convert(gguf: Path, progress: Progress = silent) -> Conversion:
    """Return the safetensors folder of a GGUF file, converting it on the first call.

    Args:
        gguf: the file.
        progress: shows the reading for its digest, and the conversion.

    Raises:
        ModelError: the file is not GGUF, or is damaged or of a family transformers cannot read.
        StoreError: the cache cannot be written or lacks room.
    """
    _check_magic(gguf)
    before = stamp(gguf)
    digest = _digest(gguf, progress)
    existing = find_conversion(digest, progress)
    if existing is not None:
        return existing
    target = converted_folder(digest)
    with locked(target):
        damage = damaged_file(target)
        if damage is None:
            return Conversion(target, digest)
        notes = damage_notes(target, damage)
        again = "again, since it was damaged" if notes else "once"
        with progress(f"Converting {gguf.name}, {again}"):
            require_space(target, _converted_size(gguf))
            with writing(target) as temporary:
                _convert(gguf, temporary)
                if stamp(gguf) != before:
                    raise ModelError(f"{gguf} was changed while it was converted; start again.")
    return Conversion(target, digest, notes)


def _digest(gguf: Path, progress: Progress) -> str:
    """Return the SHA-256 of a file; one that cannot be true is refused before all of it is read."""
    known = recalled_digest(gguf)
    if known is not None:
        return known
    require_space(cache_folder() / "models", _converted_size(gguf))
    return remembered_digests([gguf], f"Computing the identity of {gguf.name}", progress)[0]


def damage_notes(folder: Path, damaged: str) -> tuple[str, ...]:
    """Return the sentence about a conversion that had to be made again; none for a first one."""
    if not folder.exists():
        return ()
    return (f"The converted model in {folder} was damaged ({damaged}) and was made again.",)


def read_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of a converted folder, straight from its tokenizer.json.

    The same tokenizer as AutoTokenizer's, in a third of the time: that one parses the file in
    Python and builds the vocabulary a second time.
    """
    from transformers import PreTrainedTokenizerFast

    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    template = folder / "chat_template.jinja"
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        chat_template=template.read_text(encoding="utf-8") if template.is_file() else None,
        **{name: token for name, token in config.items() if name.endswith("_token")},
    )


def _check_magic(gguf: Path) -> None:
    with gguf.open("rb") as file:
        start = file.read(8)
    if len(start) < 8 or start[:4] != b"GGUF" or struct.unpack("<I", start[4:])[0] > NEWEST:
        raise ModelError(f"{gguf} is not a GGUF file of version 1 to {NEWEST}; download it again.")


def _converted_size(gguf: Path) -> int:
    """Return the bytes that the weights of a file take in float32."""
    try:
        return 4 * read_header(gguf).weights
    except ImportError as problem:
        raise ModelError(_NEEDS_PACKAGES) from problem
    except ValueError as problem:
        raise ModelError(_cannot_read(gguf, problem)) from problem


def _convert(gguf: Path, folder: Path) -> None:
    """Write the converted model to ``folder``, beside a folder for the source."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bridgex.lm.quiet import quiet_transformers

    alone = _alone(gguf, folder.with_name("source"))
    source: dict[str, Any] = {
        "gguf_file": alone.name,
        "local_files_only": True,
        "trust_remote_code": False,
    }
    try:
        with quiet_transformers(), redirect_stderr(io.StringIO()):
            tokenizer = AutoTokenizer.from_pretrained(alone.parent, **source)
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                alone.parent, dtype=torch.float32, output_loading_info=True, **source
            )
    except ImportError as problem:
        raise ModelError(_NEEDS_PACKAGES) from problem
    except Exception as problem:
        raise ModelError(_cannot_read(gguf, problem)) from problem
    model, loading = loaded
    _require_whole(gguf, sorted(loading["missing_keys"]))
    _check_tokenizer(tokenizer, gguf)
    model.hf_quantizer = None
    with suppress(AttributeError):
        del model.config.quantization_config
    model.config._name_or_path = gguf.stem
    try:
        with quiet_transformers():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except Exception as problem:  # safetensors and tokenizers report a full disk in their text only
        raise OSError(str(problem)) from problem
    seal(folder)


def seal(folder: Path) -> None:
    """Write the manifest of a conversion, let others read it, and flush all of it to the disk."""
    paths = sorted(folder.iterdir())
    digests = {path.name: file_digest(path) for path in paths}
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps({"sha256": digests}, indent=1), encoding="utf-8")
    mode = stat.S_IMODE(manifest.stat().st_mode)  # what the umask says; safetensors writes 0600
    for path in (*paths, manifest):
        path.chmod(mode)
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _require_whole(gguf: Path, missing: Sequence[str]) -> None:
    if missing:
        raise ModelError(
            f"{gguf} has no tensor for {missing[0]} ({len(missing)} are missing in all), which "
            "would be drawn at random; download it again."
        )


def _check_tokenizer(tokenizer: Any, gguf: Path) -> None:
    """Refuse a tokenizer that breaks the longer words of its own vocabulary into pieces.

    Some versions of transformers build another kind of tokenizer than the file's: such a model
    loads, passes every check of its weights, and reads nonsense.
    """
    import transformers

    special = set(tokenizer.all_special_ids)
    tried = kept = 0
    for number in range(0, len(tokenizer), max(1, len(tokenizer) // WORDS_TRIED)):
        word = tokenizer.decode([number])
        if number in special or len(word.strip()) < 4 or "\ufffd" in word:
            continue
        tried += 1
        kept += tokenizer(word, add_special_tokens=False)["input_ids"] == [number]
    if kept < KEPT * tried:
        raise ModelError(
            f"transformers {transformers.__version__} reads the tokenizer of {gguf} wrongly: it "
            f"keeps {kept} of {tried} of the file's own words whole; install a newer transformers, "
            "or give the original model's id or folder."
        )


def _alone(gguf: Path, room: Path) -> Path:
    """Return the file in a folder of its own.

    transformers would mix in a tokenizer's settings that lie beside it, and the conversion is kept
    under the file's hash alone.
    """
    room.mkdir()
    alone = room / "model.gguf"
    try:
        alone.symlink_to(gguf.resolve())
    except OSError:  # Windows, without the right to make links
        shutil.copyfile(gguf, alone)
    return alone


_NEEDS_PACKAGES = (
    "Reading GGUF needs the packages gguf and accelerate: pip install 'bridgex[gguf]'."
)


def _cannot_read(gguf: Path, problem: Exception) -> str:
    return (
        f"{gguf} cannot be read ({reason(problem)}); the file may be cut short or damaged, so "
        "download it again, or give the original model's id or folder instead."
    )
