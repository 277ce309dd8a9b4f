"""The files of a model folder: which are read, and whether they may be.

A folder may come from a stranger. So before anything of it is handed to a library, every file that
will be read is known to be a regular file of that folder, the weights are safetensors, and what the
configuration says is checked against the tensors that the files have.
"""

import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from bridgex.errors import ModelError, reason

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
READ = {".json", ".model", ".jinja", ".txt", ".tiktoken", ".spm", ".bpe", ".vocab"}
"""Suffixes of configurations, tokenizers and templates."""
TEMPLATES = "additional_chat_templates"
LARGEST_TEXT = 2**30
"""Bytes beyond which a file beside the weights is no configuration and no tokenizer."""
DEPTHS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
"""What families call their number of layers."""


@dataclass(frozen=True)
class Checkpoint:
    """A model folder of which every file has been looked at.

    Attributes:
        folder: the folder.
        config: its ``config.json``.
        weights: the safetensors files that are read.
        others: configuration, tokenizer and chat templates.
    """

    folder: Path
    config: Mapping[str, Any]
    weights: tuple[Path, ...]
    others: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read, in the order of names."""
        return tuple(sorted((*self.weights, *self.others)))


def open_checkpoint(folder: Path) -> Checkpoint:
    """Return the files of a folder that hold a model.

    Raises:
        ModelError: there are no safetensors weights, a file is no regular file, lies outside the
            folder or is damaged, or the configuration describes more than the files hold.
    """
    if not (folder / "config.json").exists():
        raise ModelError(
            f"{folder} has no config.json; give the folder that save_pretrained() wrote."
        )
    others = tuple(_others(folder))
    if folder / "adapter_config.json" in others:
        raise ModelError(
            f"{folder} contains an adapter, not a whole model; merge it into its base model with "
            "merge_and_unload() and save that."
        )
    config = read_json(folder / "config.json")
    for name in ("generation_config.json", "tokenizer_config.json"):
        if folder / name in others:
            read_json(folder / name)  # transformers goes on without a damaged one
    named = config.get("transformers_weights")
    if named is not None and named != WEIGHTS:
        raise ModelError(
            f"The configuration of {folder} names other weights ({named!r}); bridgex reads "
            f"{WEIGHTS} or what {INDEX} lists."
        )
    weights = tuple(_weights(folder))
    _require_plausible(config, tensor_shapes(weights), folder)
    return Checkpoint(folder, config, weights, others)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        ModelError: it is damaged or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise ModelError(
            f"{path} cannot be read ({reason(problem)}); fetch the model again."
        ) from problem
    if not isinstance(content, dict):
        raise ModelError(f"{path} does not contain a JSON object; fetch the model again.")
    return content


def tensor_shapes(files: tuple[Path, ...]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor, from the headers of safetensors files alone.

    Raises:
        ModelError: a file is damaged or cut short.
    """
    from safetensors import SafetensorError, safe_open

    shapes: dict[str, tuple[int, ...]] = {}
    for path in files:
        try:
            with safe_open(path, framework="numpy") as file:
                for name in file.keys():  # noqa: SIM118  (not a mapping)
                    shapes[name] = tuple(file.get_slice(name).get_shape())
        except (SafetensorError, OSError, ValueError) as problem:
            raise ModelError(
                f"{path} cannot be loaded ({reason(problem)}); it may be damaged or cut short, so "
                "fetch the model again."
            ) from problem
    return shapes


def is_hub_blob(path: Path) -> bool:
    """Tell whether a path is where huggingface_hub keeps contents, to which snapshots link."""
    return path.parent.name == "blobs" and path.parent.parent.name.startswith("models--")


def _others(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix in READ and not path.is_dir():
            yield _regular(path, LARGEST_TEXT)
    templates = folder / TEMPLATES
    if templates.is_dir():
        for path in sorted(templates.iterdir()):
            if path.suffix == ".jinja":
                yield _regular(path, LARGEST_TEXT)


def _weights(folder: Path) -> Iterator[Path]:
    if _exists(folder / WEIGHTS):
        yield _regular(folder / WEIGHTS)
        return
    if not _exists(folder / INDEX):
        raise ModelError(
            f"{folder} contains neither {WEIGHTS} nor {INDEX}; pickled weights are never loaded, "
            "so save the model again with save_pretrained(), which writes .safetensors weights."
        )
    index = read_json(folder / INDEX)
    listed = index.get("weight_map")
    if (
        not isinstance(listed, dict)
        or not listed
        or not all(isinstance(name, str) for name in listed.values())
        or not isinstance(index.get("metadata"), dict)
    ):
        raise ModelError(
            f"{folder / INDEX} lists no weights, or lacks its metadata; fetch the model again."
        )
    for name in sorted(set(listed.values())):
        yield _listed(folder, name)


def _listed(folder: Path, name: str) -> Path:
    """Return a file of weights that the index lists."""
    if not name.endswith(".safetensors"):
        raise ModelError(
            f"The index of {folder} lists {name!r}, which is not safetensors; pickled weights are "
            "never loaded, so save the model again with save_pretrained()."
        )
    parts = {*PurePosixPath(name).parts, *PureWindowsPath(name).parts}
    leaves = (
        ".." in parts or PurePosixPath(name).is_absolute() or bool(PureWindowsPath(name).anchor)
    )
    path = folder / name
    if not leaves:
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as problem:
            raise ModelError(
                f"{path}, which the index lists, cannot be loaded ({reason(problem)}); fetch the "
                "model again."
            ) from problem
        inside = target.is_relative_to(folder.resolve())
        leaves = not (inside or _links_to_blob(path))
    if leaves:
        raise ModelError(
            f"The index of {folder} lists {name!r}, which is outside the folder; copy the weights "
            "into it and list them there."
        )
    return _regular(path)


def _links_to_blob(path: Path) -> bool:
    """Whether a file is a link as huggingface_hub makes them, in a folder that is no link."""
    if not path.is_symlink():
        return False
    target = path.parent / path.readlink()
    return is_hub_blob(target.parent.resolve() / target.name)


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _regular(path: Path, largest: int | None = None) -> Path:
    """Return a file, refused if reading it could wait or go on for ever."""
    try:
        status = path.stat()
    except (OSError, RuntimeError) as problem:
        raise ModelError(
            f"{path} cannot be read ({reason(problem)}); fetch the model again."
        ) from problem
    if not stat.S_ISREG(status.st_mode):
        raise ModelError(
            f"{path} is not a regular file (a device, pipe or folder); remove it or fetch the "
            "model again."
        )
    if largest is not None and status.st_size > largest:
        raise ModelError(
            f"{path} has {status.st_size / 2**30:.1f} GiB, more than any configuration or "
            "tokenizer; fetch the model again."
        )
    return path


def _require_plausible(
    config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]], folder: Path
) -> None:
    """Refuse a configuration with more layers than the files hold tensors of."""
    stored = stored_layers(shapes)
    for field, value in _depths(config):
        if type(value) is not int or value < 1:
            raise ModelError(
                f"The configuration of {folder} says {field} {value!r}, which is not a "
                "valid number of layers; fetch the model again."
            )
        if value > stored:
            raise ModelError(
                f"The configuration of {folder} says {field} {value} and its weights contain "
                f"tensors of {stored} layers; fetch the model again."
            )


def stored_layers(names: Mapping[str, Any]) -> int:
    """Return one more than the highest number in the names of tensors, as layers are numbered."""
    numbers = (int(number) for name in names for number in re.findall(r"\.(\d{1,9})\.", name))
    return 1 + max(numbers, default=-1)


def stored_numbers(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return how many numbers all tensors have."""
    return sum(prod(shape) for shape in shapes.values())


def _depths(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every number of layers of a configuration and of those nested in it, with its name."""
    for name, value in config.items():
        if name in DEPTHS and value is not None:
            yield f"{above}{name}", value
        elif isinstance(value, dict):
            yield from _depths(value, f"{above}{name}.")
