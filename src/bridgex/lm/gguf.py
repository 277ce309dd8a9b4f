"""GGUF files, converted once into a safetensors folder of the cache.

transformers reads GGUF but dequantises every tensor at every load; the converted folder loads in a
few seconds. The key is the SHA-256 of the file, so that another file never meets an old folder.
"""

import io
import json
import shutil
import struct
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

from bridgex.errors import ModelError
from bridgex.lm.gguf_header import weights_in
from bridgex.lm.identity import remembered_digests
from bridgex.progress import Progress, silent
from bridgex.storage.files import cache_folder, locked, require_space, writing

MANIFEST = "bridgex.json"
SCHEMA = 1
WORDS_TRIED = 1000
KEPT = 0.25
"""Least share of its own words that a tokenizer keeps whole: right ones keep 1, or about half where
the file has words of the beginning and of the inside of a word; a wrong one was seen at 0.07."""


def converted_folder(digest: str) -> Path:
    """Return where the conversion of the GGUF file with this SHA-256 belongs."""
    return cache_folder() / "models" / f"{digest}-v{SCHEMA}"


def is_converted(folder: Path) -> bool:
    """Tell whether a folder is a whole conversion: every file there, at its recorded size."""
    try:
        sizes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sizes"]
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def convert(gguf: Path, progress: Progress = silent) -> Path:
    """Return the safetensors folder of a GGUF file, converting it on the first call.

    Args:
        gguf: the file.
        progress: told when it has to be converted.

    Raises:
        ModelError: the file is not GGUF, or is damaged or of a family transformers cannot read.
        StoreError: the cache cannot be written or lacks room.
    """
    _check_magic(gguf)
    target = converted_folder(remembered_digests([gguf])[0])
    if is_converted(target):
        return target
    with progress(f"Converting {gguf.name}, once"), locked(target):
        if not is_converted(target):
            require_space(target, _converted_size(gguf))
            with writing(target) as temporary:
                _convert(gguf, temporary)
    return target


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
    if len(start) < 8 or start[:4] != b"GGUF" or struct.unpack("<I", start[4:])[0] > 3:
        raise ModelError(f"{gguf} is not a GGUF file of version 1 to 3; download it again.")


def _converted_size(gguf: Path) -> int:
    """Return the bytes that the weights of a file take in float32."""
    try:
        return 4 * weights_in(gguf)
    except ValueError as problem:
        raise ModelError(_cannot_read(gguf, problem)) from problem


def _convert(gguf: Path, folder: Path) -> None:
    """Write the converted model to ``folder``, in a room of its own."""
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
            model: Any = AutoModelForCausalLM.from_pretrained(
                alone.parent, dtype=torch.float32, **source
            )
    except ImportError as problem:
        raise ModelError(_NEEDS_PACKAGES) from problem
    except Exception as problem:
        raise ModelError(_cannot_read(gguf, problem)) from problem
    _check_tokenizer(tokenizer, gguf)
    model.hf_quantizer = None
    with suppress(AttributeError):
        del model.config.quantization_config
    model.config._name_or_path = gguf.stem
    try:
        with quiet_transformers():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except Exception as problem:  # safetensors and tokenizers tell a full disk in words only
        raise OSError(str(problem)) from problem
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    (folder / MANIFEST).write_text(json.dumps({"sizes": sizes}), encoding="utf-8")


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
    first = (str(problem).strip() or type(problem).__name__).splitlines()[0]
    return (
        f"transformers cannot read {gguf} ({first}); the file may be cut short, or give the "
        "original model's id or folder instead."
    )
