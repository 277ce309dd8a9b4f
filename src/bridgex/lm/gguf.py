"""GGUF files, converted once into a safetensors folder of the cache.

transformers reads GGUF but dequantises every tensor at every load; the converted folder loads in a
few seconds. The key is the SHA-256 of the file, so that another file never meets an old folder.
"""

import io
import json
import struct
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

from bridgex.cache import cache_folder, locked, require_space, writing
from bridgex.errors import ModelError
from bridgex.lm.identity import file_digest

MANIFEST = "bridgex.json"
SCHEMA = 1
GROWTH = 10
"""A 3-bit file grows about tenfold when its weights become float32."""


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


def convert(gguf: Path) -> Path:
    """Return the safetensors folder of a GGUF file, converting it on the first call.

    Raises:
        ModelError: the file is not GGUF, or is damaged or of a family transformers cannot read.
        StoreError: the cache cannot be written or lacks room.
    """
    _check_magic(gguf)
    target = converted_folder(file_digest(gguf))
    if is_converted(target):
        return target
    with locked(target):
        if not is_converted(target):
            require_space(target, gguf.stat().st_size * GROWTH)
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


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bridgex.lm.quiet import quiet_transformers

    source: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    try:
        with quiet_transformers(), redirect_stderr(io.StringIO()):
            tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **source)
            model: Any = AutoModelForCausalLM.from_pretrained(
                gguf.parent, dtype=torch.float32, **source
            )
    except ImportError as problem:
        raise ModelError(
            "Reading GGUF needs the packages gguf and accelerate: pip install 'bridgex[gguf]'."
        ) from problem
    except Exception as problem:
        raise ModelError(
            f"transformers cannot read {gguf} ({_first_line(problem)}); the file may be cut short, "
            "or give the original model's id or folder instead."
        ) from problem
    model.hf_quantizer = None
    with suppress(AttributeError):
        del model.config.quantization_config
    model.config._name_or_path = gguf.stem
    try:
        with quiet_transformers():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except SafetensorError as problem:
        raise OSError(str(problem)) from problem
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    (folder / MANIFEST).write_text(json.dumps({"sizes": sizes}), encoding="utf-8")


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__
