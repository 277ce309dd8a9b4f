"""A model folder read by transformers, onto the place where it is to run."""

from pathlib import Path
from typing import Any

import torch
import transformers

from bridgex.errors import ModelError
from bridgex.lm.architectures import refuse_unreadable
from bridgex.lm.gguf import is_converted, read_tokenizer
from bridgex.lm.placement import Placement
from bridgex.lm.quiet import quiet_transformers

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def read(path: Path, name: str, dtype: torch.dtype, place: Placement) -> tuple[Any, Any]:
    """Return model and tokenizer of a folder.

    Args:
        path: the folder.
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
            config = transformers.AutoConfig.from_pretrained(path, **LOCAL)
            refuse_unreadable(config, name)
            if is_converted(path):
                tokenizer = read_tokenizer(path)
            else:
                tokenizer = transformers.AutoTokenizer.from_pretrained(path, **LOCAL)
            model, missing = _weights(path, config, name, dtype, place)
        except ModelError:
            raise
        except torch.OutOfMemoryError as problem:
            raise ModelError(
                f"{name} does not fit into the memory of {place.device} in {_short(dtype)}; use "
                "--dtype bfloat16, a smaller model, --device balanced (all GPUs), or --device cpu."
            ) from problem
        except Exception as problem:
            raise ModelError(_cannot_be_loaded(name, config, problem)) from problem
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} tensors (first {missing[0]}), which would "
            "be drawn at random; fetch the model again, or save it whole."
        )
    return model, tokenizer


def _weights(
    path: Path, config: Any, name: str, dtype: torch.dtype, place: Placement
) -> tuple[Any, list[str]]:
    """Return the model where it is to run, and the names of tensors that its files lack.

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
    elsewhere = any(each.device.type != place.device.type for each in model.parameters())
    if place.spread and elsewhere:
        raise ModelError(
            f"{name} does not fit into the memory of this machine's GPUs in {_short(dtype)}; use "
            "--dtype bfloat16, a smaller or quantised model, or --device cpu."
        )
    if not where:
        model = model.to(place.device)
    if _quantised(config):
        _run_once(model)
    return model, sorted(loading["missing_keys"])


def _run_once(model: Any) -> None:
    """Run the whole model on a token: compressed-tensors unpacks the weights in the first pass.

    It waits for a call of the whole, and capture calls the text model without its head.
    """
    with torch.no_grad():
        model(input_ids=torch.zeros((1, 1), dtype=torch.int64, device=model.device))


def _quantised(config: Any) -> str | None:
    """Name of the quantisation of a model, or None."""
    settings = getattr(config, "quantization_config", None)
    if settings is None:
        return None
    fields = settings if isinstance(settings, dict) else settings.to_dict()
    return str(fields.get("quant_method", "an unknown method"))


def _cannot_be_loaded(name: str, config: Any, problem: Exception) -> str:
    first = (str(problem).strip() or type(problem).__name__).splitlines()[0]
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
