"""A model folder read by transformers, onto the place where it is to run."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from bridgex.errors import ModelError, reason
from bridgex.lm.architectures import refuse_unreadable, rows
from bridgex.lm.checkpoint import Checkpoint, stored_numbers, tensor_shapes
from bridgex.lm.gguf import MANIFEST
from bridgex.lm.gguf import read_tokenizer as read_converted_tokenizer
from bridgex.lm.placement import Placement
from bridgex.lm.quiet import quiet_transformers

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
NAMED = 3
"""Unused tensors that a note names."""
PANIC = "PanicException"
"""What the library tokenizers raises on some damaged files; it is no Exception."""
SMALL = 2**28
"""Numbers that may be allocated before a configuration that the files contradict is refused by
name; tables of positions and masks are not in the files."""
PACKED = 32
"""Most weights that one stored number of a quantised model stands for: some have one bit each."""


@dataclass(frozen=True)
class Pretrained:
    """A model of transformers as its files have it.

    Attributes:
        model: the model.
        unused: names of tensors in the files that no part of the model reads.
    """

    model: Any
    unused: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence that names unused tensors, or nothing."""
        if not self.unused:
            return ()
        first = ", ".join(ascii(name)[1:-1] for name in self.unused[:NAMED])
        others = f" and {len(self.unused) - NAMED} more" if len(self.unused) > NAMED else ""
        return (
            f"The model's files contain tensors that its model type does not use: {first}{others}.",
        )


def read_tokenizer(path: Path, name: str) -> Any:
    """Return the tokenizer of a model folder, without its weights.

    Args:
        path: the folder.
        name: what the user called it, for messages.

    Raises:
        ModelError: it is damaged, absent, or needs a package that is not installed.
    """
    with quiet_transformers():
        try:
            if (path / MANIFEST).is_file():
                return read_converted_tokenizer(path)
            return transformers.AutoTokenizer.from_pretrained(path, **LOCAL)
        except BaseException as problem:
            if not isinstance(problem, Exception) and type(problem).__name__ != PANIC:
                raise
            what = f"The tokenizer of {name} cannot be loaded ({reason(problem)}); "
            remedy = (
                "install that package."
                if isinstance(problem, ImportError)
                else "its files may be absent or damaged, so fetch the model again."
            )
            raise ModelError(what + remedy) from problem


def read_model(
    checkpoint: Checkpoint, name: str, dtype: torch.dtype, place: Placement
) -> Pretrained:
    """Return the model of a folder.

    Args:
        checkpoint: the folder.
        name: what the user called it, for messages.
        dtype: floating-point type to load it in.
        place: where it is to run.

    Raises:
        ModelError: it is damaged or incomplete, does not fit into memory, needs a package that is
            not installed, or is no decoder-only language model.
    """
    config: Any = None
    with quiet_transformers():
        try:
            _require_known_quantisation(checkpoint, name)
            rows()  # a package with a row of its own may add its classes to transformers, too
            config = transformers.AutoConfig.from_pretrained(checkpoint.folder, **LOCAL)
            refuse_unreadable(config, name)
            _require_room_in_files(checkpoint, config, name)
            model, loading = _weights(checkpoint.folder, config, name, dtype, place)
        except ModelError:
            raise
        except torch.OutOfMemoryError as problem:
            raise ModelError(
                f"{name} does not fit into the memory of {place.device} in {_short(dtype)}; use "
                "--dtype bfloat16, a smaller model, --device balanced (all GPUs), or --device cpu."
            ) from problem
        except Exception as problem:
            raise ModelError(_cannot_be_loaded(name, config, problem)) from problem
    missing = sorted({*loading["missing_keys"], *_silently_missing(model, checkpoint)})
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} tensors (first {missing[0]}), which would "
            "be drawn at random; fetch the model again, or save it whole."
        )
    return Pretrained(model, tuple(sorted(loading["unexpected_keys"])))


def require_same_vocabulary(model: Any, tokenizer: Any, name: str) -> None:
    """Refuse a tokenizer with tokens that the model has no embedding of.

    Special tokens beyond the embedding (of images, in Gemma 3) are allowed, since no ordinary text
    leads to them; those of the beginning and end of a text are not.

    Raises:
        ModelError: there is such a token.
    """
    rows = len(model.get_input_embeddings().weight)
    added = getattr(tokenizer, "added_tokens_decoder", {})
    special = {number for number, token in added.items() if token.special}
    special -= {tokenizer.bos_token_id, tokenizer.eos_token_id}
    beyond = {number for number in (*range(rows, len(tokenizer)), *added) if number >= rows}
    for number in sorted(beyond - special):
        token = tokenizer.convert_ids_to_tokens(number)
        if token is not None:
            raise ModelError(
                f"The tokenizer of {name} has the token {token!r} with id {number} and the model "
                f"has {rows} embeddings; give the tokenizer the model was trained with, or call "
                "resize_token_embeddings() and train the new ones."
            )


def _weights(
    path: Path, config: Any, name: str, dtype: torch.dtype, place: Placement
) -> tuple[Any, dict[str, Any]]:
    """Return the model where it is to run, and what transformers says of its loading.

    transformers itself puts quantised weights on their device, since they cannot be moved later,
    and the layers of a model that is spread over several.
    """
    where: dict[str, Any] = {}
    if place.spread:
        where = {"device_map": "auto"}
    elif _quantised(config):
        where = {"device_map": {"": place.device}}
    model, loading = _loader(config, name).from_pretrained(
        path, dtype=dtype, use_safetensors=True, output_loading_info=True, **where, **LOCAL
    )
    elsewhere = any(weight.device.type != place.device.type for weight in model.parameters())
    if place.spread and elsewhere:
        raise ModelError(
            f"{name} does not fit into the memory of this machine's GPUs in {_short(dtype)}; use "
            "--dtype bfloat16, a smaller or quantised model, or --device cpu."
        )
    if not where:
        model = model.to(place.device)
    if _quantised(config):
        _run_once(model)
    return model, loading


def _require_room_in_files(checkpoint: Checkpoint, config: Any, name: str) -> None:
    """Refuse, before anything is allocated, a configuration of many more weights than the files.

    The model is built without memory for it.
    """
    with torch.device("meta"):
        model: Any = _loader(config, name).from_config(config)
    described = sum(numbers.numel() for numbers in (*model.parameters(), *model.buffers()))
    stored = stored_numbers(tensor_shapes(checkpoint.weights)) * (
        PACKED if _quantised(config) else 1
    )
    if described > 2 * stored + SMALL:
        raise ModelError(
            f"The configuration of {name} describes a model of {described} numbers and its files "
            f"contain {stored}; fetch the model again."
        )


def _silently_missing(model: Any, checkpoint: Checkpoint) -> list[str]:
    """Names of tensors that the model's class lets be drawn at random without a word."""
    patterns = getattr(model, "_keys_to_ignore_on_load_missing", None) or ()
    if not patterns:
        return []
    stored = tensor_shapes(checkpoint.weights)
    ignored = re.compile("|".join(f"({pattern})" for pattern in patterns))
    return [name for name in model.state_dict() if ignored.search(name) and name not in stored]


def _run_once(model: Any) -> None:
    """Run the whole model on a token: compressed-tensors unpacks the weights in the first pass.

    It waits for a call of the whole, and capture calls the text model without its head.
    """
    with torch.no_grad():
        model(input_ids=torch.zeros((1, 1), dtype=torch.int64, device=model.device))


def _require_known_quantisation(checkpoint: Checkpoint, name: str) -> None:
    """Refuse a method that transformers does not know: it would ignore that, with a warning."""
    for config in (checkpoint.config, checkpoint.config.get("text_config")):
        settings = config.get("quantization_config") if isinstance(config, dict) else None
        if settings is not None:
            _require_known_method(settings, name)


def _require_known_method(settings: Any, name: str) -> None:
    from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING

    fields = settings if isinstance(settings, dict) else {}
    if fields.get("load_in_8bit") or fields.get("load_in_4bit"):
        return  # bitsandbytes, as older versions wrote it
    method = fields.get("quant_method")
    if not isinstance(method, str) or method not in {
        *AUTO_QUANTIZATION_CONFIG_MAPPING,
        "bitsandbytes",
    }:
        raise ModelError(
            f"{name} is quantised by a method that transformers {transformers.__version__} does "
            f"not know ({json.dumps(method)}); install a version or package that does, or give "
            "the model without quantisation."
        )


def _quantised(config: Any) -> str | None:
    """Name of the quantisation of a model, or None."""
    settings = getattr(config, "quantization_config", None)
    if settings is None:
        return None
    fields = settings if isinstance(settings, dict) else settings.to_dict()
    return str(fields.get("quant_method", "an unknown method"))


def _cannot_be_loaded(name: str, config: Any, problem: Exception) -> str:
    first = reason(problem)
    method = _quantised(config)
    if method:
        return (
            f"{name} cannot be loaded ({first}); it is quantised ({method}), which needs the "
            "package of that method and mostly a GPU."
        )
    if isinstance(problem, ImportError) or "requires `accelerate`" in first:
        return f"{name} cannot be loaded ({first}); install that package."
    return (
        f"{name} cannot be loaded ({first}); the files may be damaged, or transformers "
        f"{transformers.__version__} may not know this model."
    )


def _loader(config: Any, name: str) -> Any:
    """Class that loads the model with its head, also within a multimodal wrapper."""
    if type(config) in transformers.MODEL_FOR_CAUSAL_LM_MAPPING:
        return transformers.AutoModelForCausalLM
    if type(config) in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        return transformers.AutoModelForImageTextToText
    raise ModelError(
        f"{name} ('{config.model_type}') is not a decoder-only language model; bridgex reads "
        "models that transformers loads as AutoModelForCausalLM."
    )


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
