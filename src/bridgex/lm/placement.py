"""Where a model runs, and in which floating-point type."""

from dataclasses import dataclass

import torch

from bridgex.errors import ModelError

BALANCED = "balanced"
DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True)
class Placement:
    """Where a model runs.

    Attributes:
        device: the device, or the first of several.
        spread: whether its layers are spread over all GPUs of the machine.
    """

    device: torch.device
    spread: bool = False


def resolve_device(name: str) -> Placement:
    """Return the place that a user's word means.

    Args:
        name: ``auto`` (one GPU where there is one), ``balanced`` (all GPUs), or a device of torch.

    Raises:
        ModelError: there is no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return Placement(torch.device("cuda"))
        return Placement(torch.device("mps" if torch.backends.mps.is_available() else "cpu"))
    if name == BALANCED:
        if not torch.cuda.is_available():
            raise ModelError(
                "The device 'balanced' is all GPUs of the machine, and there is none here; use "
                "--device cpu, or install a torch build for the GPUs."
            )
        return Placement(torch.device("cuda", 0), spread=True)
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as problem:
        raise ModelError(
            f"The device '{name}' is not available here; use --device cpu, or install a torch "
            "build for it."
        ) from problem
    return Placement(device)


def resolve_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the floating-point type that a user's word means on a device.

    ``auto`` is bfloat16 where the processor has instructions for it, else float32. It is never
    float16: models trained in bfloat16 overflow in it (the embedded one does).

    Raises:
        ModelError: the word is none of those known.
    """
    if name != "auto":
        if name not in DTYPES:
            raise ModelError(f"Unknown dtype '{name}'; use auto, {', '.join(DTYPES)}.")
        return DTYPES[name]
    fast = False
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        fast = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if fast else torch.float32
