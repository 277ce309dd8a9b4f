"""Which model what is stored is of, for people who look into the store."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

UNKNOWN = "unknown model"
LABEL = "model"
"""Name of the file beside journals that holds the label."""


def model_label(inputs: Mapping[str, Any]) -> str:
    """Return a label of the model among the inputs of a stage: its digest, dtype and device."""
    for place in (inputs, inputs.get("activations")):
        if isinstance(place, Mapping):
            for name in ("model", "backend"):
                identity = place.get(name)
                if isinstance(identity, Mapping) and "digest" in identity:
                    parts = (str(identity["digest"])[:12], identity.get("dtype"))
                    return " ".join(str(part) for part in (*parts, identity.get("device")) if part)
    return UNKNOWN


def write_label(folder: Path, label: str) -> None:
    """Write a label into a folder that has none; it is for people, so a failure is nothing."""
    path = folder / LABEL
    if not path.exists():
        with suppress(OSError):
            path.write_text(label, encoding="utf-8")


def read_label(folder: Path) -> str:
    """Return the label in a folder."""
    try:
        return (folder / LABEL).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return UNKNOWN
