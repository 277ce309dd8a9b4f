"""A loaded model and tokenizer: encodes, generates, and is captured from."""

import functools
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn

from bridgex.errors import ModelError
from bridgex.lm.architectures import (
    Architecture,
    architecture_of,
    refuse_unreadable,
    text_config,
)
from bridgex.lm.batches import Encoded, quoted
from bridgex.lm.gguf import is_converted, read_tokenizer
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.loading import find_model
from bridgex.lm.proof import prove
from bridgex.lm.quiet import quiet_transformers
from bridgex.lm.wiring import FeedForward, feed_forwards, text_model

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
        takes_positions: whether its forward pass can be told the tokens' positions.
    """

    def __init__(self, model: Any, tokenizer: Any, identity: ModelIdentity) -> None:
        refuse_unreadable(model.config, identity.name)
        if model.get_output_embeddings() is None:
            raise ModelError(
                f"{identity.name} has no language-model head; bridgex reads models that "
                "transformers loads as AutoModelForCausalLM."
            )
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.identity = identity
        self.architecture: Architecture = architecture_of(model)
        self.layers: tuple[FeedForward, ...] = feed_forwards(model, self.architecture)
        self.context = _context(text_config(model.config))
        self.takes_positions = "position_ids" in inspect.signature(self.base.forward).parameters
        self.pad = _padding_token(tokenizer)
        prove(self)

    @property
    def base(self) -> nn.Module:
        """The text model without its head."""
        return text_model(self.model)

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of neurons of each layer."""
        return tuple(layer.width for layer in self.layers)

    def encode(
        self, texts: Sequence[str], *, special: bool = True, whole: bool = False
    ) -> list[Encoded]:
        """Tokenise texts, without truncation.

        Args:
            texts: what to tokenise.
            special: whether the tokenizer adds its special tokens (BOS); a chat template has
                added them already.
            whole: whether a text may be longer than the context, since it will be cut.

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
        if not whole:
            self._require_room(texts, encoded)
        return encoded

    def encode_quoted(
        self, prompts: Sequence[str], spans: Sequence[tuple[int, int]], *, special: bool = True
    ) -> list[Encoded]:
        """Tokenise prompts that quote a word each, and mark the tokens of the word.

        A token is of the word when it covers a character of it; one that reaches beyond the word
        (``"fire`` as one token) is included and counted as straddling.

        Args:
            prompts: what to tokenise.
            spans: of each word, its first character in the prompt and the one after its last.
            special: whether the tokenizer adds its special tokens (BOS).

        Raises:
            ModelError: the tokenizer does not say where its tokens are in the text, drops a word,
                or a prompt is longer than the model's context.
        """
        if not getattr(self.tokenizer, "is_fast", False):
            raise ModelError(
                f"The tokenizer of {self.identity.name} does not say where its tokens are in the "
                "text, as pooling over the word needs; use pooling 'last' or 'mean', or a model "
                "with a tokenizer.json."
            )
        if not prompts:
            return []
        out = self.tokenizer(
            list(prompts),
            add_special_tokens=special,
            return_special_tokens_mask=True,
            return_offsets_mapping=True,
        )
        fields = (out["input_ids"], out["special_tokens_mask"], out["offset_mapping"])
        encoded = [
            quoted(ids, mask, offsets, span)
            for ids, mask, offsets, span in zip(*fields, spans, strict=True)
        ]
        self._require_room(prompts, encoded)
        for prompt, (start, stop), each in zip(prompts, spans, encoded, strict=True):
            if not any(each.word or ()):
                raise ModelError(
                    f"The tokenizer of {self.identity.name} leaves nothing of "
                    f"'{prompt[start:stop]}'; leave that word out."
                )
        return encoded

    def _require_room(self, texts: Sequence[str], encoded: Sequence[Encoded]) -> None:
        for text, each in zip(texts, encoded, strict=True):
            if len(each) > self.context:
                raise ModelError(
                    f"A text of {len(each)} tokens is longer than the context of "
                    f"{self.context} ('{text[:40]}…'); shorten it."
                )

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


class ModelSource:
    """A model that was found and identified, and is loaded when first needed.

    Attributes:
        identity: what determines its numbers; known without loading it.
    """

    def __init__(self, name: str = "demo", *, device: str = "auto", dtype: str = "auto") -> None:
        """Find a model.

        Args:
            name: ``demo``, a Hugging Face id (``id`` or ``id@revision``), a folder or a GGUF file.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
            dtype: ``auto`` (what the processor does well), ``bfloat16``, ``float16``, ``float32``.

        Raises:
            ModelError: the model is not there or cannot be read, the device is not there, or the
                dtype is unknown.
            StoreError: the cache cannot be written.
        """
        self._device = _device(device)
        self._dtype = _dtype(dtype, self._device)
        self._folder = find_model(name)
        self.identity = ModelIdentity(
            name=self._folder.name,
            digest=self._folder.digest,
            dtype=str(self._dtype).removeprefix("torch."),
            device=self._device.type,
            libraries=f"torch {torch.__version__}, transformers {transformers.__version__}",
        )

    def load(self) -> LanguageModel:
        """Load the model for capture and generation, once.

        Raises:
            ModelError: it cannot be read, or has no architecture row.
        """
        return self._loaded

    @property
    def is_loaded(self) -> bool:
        """Whether `load` has been called."""
        return "_loaded" in vars(self)

    @functools.cached_property
    def _loaded(self) -> LanguageModel:
        model, tokenizer = _read(self._folder.path, self._dtype, self._folder.name)
        return LanguageModel(model.to(self._device), tokenizer, self.identity)


def load(name: str = "demo", *, device: str = "auto", dtype: str = "auto") -> LanguageModel:
    """Find and load a model at once; see `ModelSource`."""
    return ModelSource(name, device=device, dtype=dtype).load()


def _read(path: Path, dtype: torch.dtype, name: str) -> tuple[Any, Any]:
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with quiet_transformers():
        try:
            config = transformers.AutoConfig.from_pretrained(path, **local)
            refuse_unreadable(config, name)
            if is_converted(path):
                tokenizer = read_tokenizer(path)
            else:
                tokenizer = transformers.AutoTokenizer.from_pretrained(path, **local)
            model, loading = _loader(config, name).from_pretrained(
                path, dtype=dtype, use_safetensors=True, output_loading_info=True, **local
            )
        except ModelError:
            raise
        except Exception as problem:
            first = (str(problem).strip() or type(problem).__name__).splitlines()[0]
            raise ModelError(
                f"{name} cannot be loaded ({first}); the files may be damaged, or transformers "
                f"{transformers.__version__} may not know this model."
            ) from problem
    missing = sorted(loading["missing_keys"])
    if missing:
        raise ModelError(
            f"The weights of {name} lack {len(missing)} tensors (first {missing[0]}), which would "
            "be drawn at random; fetch the model again, or save it whole."
        )
    return model, tokenizer


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


UNLIMITED = 2048
"""Tokens read at once where the configuration states no bound (ALiBi), as trained: BLOOM, MPT."""


def _context(config: Any) -> int:
    names = ("max_position_embeddings", "n_positions", "max_seq_len")
    stated = (getattr(config, name, None) for name in names)
    return int(next((size for size in stated if size), UNLIMITED))


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
