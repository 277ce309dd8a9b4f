"""A loaded model and tokenizer: encodes, generates, and is captured from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn

from bridgex.errors import ModelError
from bridgex.lm.architectures import Architecture, architecture_of
from bridgex.lm.batches import Encoded
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.loading import find_model
from bridgex.lm.quiet import quiet_transformers
from bridgex.lm.wiring import FeedForward, feed_forwards, prove

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


class LanguageModel:
    """A decoder-only model of transformers with its tokenizer and its architecture row.

    Attributes:
        model: the transformers model, in evaluation mode.
        tokenizer: its tokenizer.
        identity: what determines its numbers.
        architecture: where its neurons are.
        layers: the FFN of each layer, in order.
        context: number of tokens it can read at once.
    """

    def __init__(self, model: Any, tokenizer: Any, identity: ModelIdentity) -> None:
        if getattr(model.config, "is_encoder_decoder", False) or not hasattr(model, "lm_head"):
            raise ModelError(
                f"{identity.name} is not a decoder-only language model; bridgex reads models that "
                "transformers loads as AutoModelForCausalLM."
            )
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.identity = identity
        self.architecture: Architecture = architecture_of(model)
        self.layers: tuple[FeedForward, ...] = feed_forwards(model, self.architecture)
        self.context = int(getattr(model.config, "max_position_embeddings", 2048))
        self.pad = _padding_token(tokenizer)
        prove(self)

    @property
    def base(self) -> nn.Module:
        """The model without its head."""
        base: nn.Module = self.model.base_model
        return base

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of neurons of each layer."""
        return tuple(layer.width for layer in self.layers)

    def encode(self, texts: Sequence[str], *, special: bool = True) -> list[Encoded]:
        """Tokenise texts, without truncation.

        Args:
            texts: what to tokenise.
            special: whether the tokenizer adds its special tokens (BOS); a chat template has
                added them already.

        Raises:
            ModelError: a text is longer than the model's context.
        """
        if not texts:
            return []
        out = self.tokenizer(
            list(texts), add_special_tokens=special, return_special_tokens_mask=True
        )
        encoded = [
            Encoded(tuple(ids), tuple(bool(flag) for flag in mask))
            for ids, mask in zip(out["input_ids"], out["special_tokens_mask"], strict=True)
        ]
        for text, each in zip(texts, encoded, strict=True):
            if len(each) > self.context:
                raise ModelError(
                    f"A text of {len(each)} tokens is longer than the context of "
                    f"{self.context} ('{text[:40]}…'); shorten it."
                )
        return encoded

    def chat(self, prompt: str) -> str:
        """Return a prompt wrapped in the tokenizer's chat template, ready for the answer.

        Raises:
            ModelError: the tokenizer has no chat template.
        """
        if not self.tokenizer.chat_template:
            raise ModelError(
                f"{self.identity.name} has no chat template; leave out --chat for a base model."
            )
        return str(
            self.tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
            )
        )


def load(name: str = "demo", *, device: str = "auto", dtype: str = "auto") -> LanguageModel:
    """Load a model for capture and generation.

    Args:
        name: ``demo``, a Hugging Face id (``id`` or ``id@revision``), a folder or a GGUF file.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        dtype: ``auto`` (what the processor does well), ``bfloat16``, ``float16``, ``float32``.

    Raises:
        ModelError: the model is not there, cannot be read, or has no architecture row; the device
            is not there; the dtype is unknown.
        StoreError: the cache cannot be written.
    """
    where = _device(device)
    number = _dtype(dtype, where)
    folder = find_model(name)
    model, tokenizer = _read(folder.path, number, folder.name)
    identity = ModelIdentity(
        name=folder.name,
        digest=folder.digest,
        dtype=str(number).removeprefix("torch."),
        device=where.type,
        attention=str(getattr(model.config, "_attn_implementation", "")),
        libraries=f"torch {torch.__version__}, transformers {transformers.__version__}",
    )
    return LanguageModel(model.to(where), tokenizer, identity)


def _read(path: Path, dtype: torch.dtype, name: str) -> tuple[Any, Any]:
    try:
        with quiet_transformers():
            tokenizer = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                path, dtype=dtype, local_files_only=True, use_safetensors=True
            )
    except Exception as problem:
        first = (str(problem).strip() or type(problem).__name__).splitlines()[0]
        raise ModelError(
            f"{name} cannot be loaded ({first}); the files may be damaged, or transformers "
            f"{transformers.__version__} may not know this model."
        ) from problem
    return model, tokenizer


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as problem:
        raise ModelError(
            f"The device '{name}' is not available here; use --device cpu, or install a torch "
            "build for it."
        ) from problem
    return device


def _dtype(name: str, device: torch.device) -> torch.dtype:
    if name != "auto":
        if name not in DTYPES:
            raise ModelError(f"Unknown dtype '{name}'; use auto, {', '.join(DTYPES)}.")
        return DTYPES[name]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.float16
    fast = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def _padding_token(tokenizer: Any) -> int:
    """Any id serves: padded places are masked, never attended to and never counted."""
    for candidate in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if candidate is not None:
            return int(candidate)
    return 0
