"""Where a model comes from: a name, located and loaded when needed, or a model in memory."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import torch
import transformers

from bridgex.errors import ModelError
from bridgex.lm.architectures import refuse_unreadable
from bridgex.lm.identity import GIVEN, ModelIdentity, model_digest
from bridgex.lm.loading import find_model
from bridgex.lm.model import LanguageModel
from bridgex.lm.placement import Placement, resolve_device, resolve_dtype
from bridgex.lm.pretrained import (
    Pretrained,
    read_model,
    read_tokenizer,
    require_same_vocabulary,
)
from bridgex.progress import Progress, silent


class ModelSource:
    """A model that is located and identified, and loaded when first needed.

    Attributes:
        identity: what determines its numbers; known without loading it.
    """

    def __init__(
        self,
        name: str = "demo",
        *,
        device: str = "auto",
        dtype: str = "auto",
        progress: Progress = silent,
    ) -> None:
        """Locate a model.

        Args:
            name: ``demo``, a Hugging Face id (``id`` or ``id@revision``), a folder or a GGUF file.
            device: ``auto`` (one GPU where there is one), ``balanced`` (its layers spread over all
                GPUs), ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
            dtype: ``auto`` (what the processor does well), ``bfloat16``, ``float16``, ``float32``.
            progress: shows the reading of files for their identity, and the conversion of a GGUF.

        Raises:
            ModelError: the model is not there or cannot be read, the device is not there, or the
                dtype is unknown.
            StoreError: the cache cannot be written.
        """
        where = resolve_device(device)
        number_type = resolve_dtype(dtype, where.device)
        folder = find_model(name, progress)

        def read() -> Pretrained:
            pretrained = read_model(folder.checkpoint, folder.name, number_type, where)
            folder.require_unchanged()
            return pretrained

        self._read_model: Callable[[], Pretrained] = read
        self._read_tokenizer: Callable[[], Any] = lambda: read_tokenizer(folder.path, folder.name)
        self._require_unchanged: Callable[[], None] = lambda: None
        self._notes = folder.notes
        self.identity = _identity(folder.name, folder.digest, number_type, where)

    @classmethod
    def in_memory(
        cls,
        model: Any,
        tokenizer: Any,
        *,
        digest: str | None = None,
        progress: Progress = silent,
    ) -> Self:
        """Take a model and tokenizer of transformers that are in memory already.

        They are neither moved nor cast nor changed, and stay where they are. Hooks that others have
        put on the model are not part of its identity.

        Args:
            model: a decoder-only model with its head, in evaluation mode.
            tokenizer: its tokenizer.
            digest: a name under which its results are kept, instead of the SHA-256 over its
                configuration, weights, tokenizer and chat template, which takes one to three
                seconds per GB; another name for every state of the weights.
            progress: shows the computation of the digest.

        Raises:
            ModelError: it is no decoder with a head, is in training mode, has no weights (meta
                device), or the tokenizer is absent or another model's.
        """
        name = _require_usable(model, tokenizer, digest)
        weight = next(weight for weight in model.parameters() if weight.is_floating_point())
        given = None if digest is None else f"{GIVEN}{digest}"
        self = cls.__new__(cls)
        self.identity = _identity(
            name,
            given or model_digest(model, tokenizer, progress),
            model.dtype,
            Placement(weight.device),
        )
        before = _versions(model)

        def require_unchanged() -> None:
            _require_evaluation(model, name)
            if _versions(model) != before:
                raise ModelError(
                    f"The weights of {name} were changed after its identity had been computed; "
                    "open a new session for the changed model."
                )

        self._read_model = lambda: Pretrained(model, ())
        self._read_tokenizer = lambda: tokenizer
        self._require_unchanged = require_unchanged
        self._notes = ()
        return self

    @classmethod
    def only_asked(cls, identity: ModelIdentity) -> Self:
        """Take a model that is elsewhere, on a server: nothing in it can be read.

        Args:
            identity: what the server says of it.
        """

        def refuse() -> Any:
            raise ModelError(
                f"{identity.name} is only asked, on a server, so nothing in it can be read; name "
                "the model with --model too, or use a chooser that only asks."
            )

        self = cls.__new__(cls)
        self.identity = identity
        self._read_model = self._read_tokenizer = refuse
        self._require_unchanged = lambda: None
        self._notes = ()
        return self

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on its files, in sentences; unused tensors are known once loaded."""
        return self._notes

    def tokenizer(self) -> Any:
        """Load the tokenizer alone, without the weights, once.

        Raises:
            ModelError: it cannot be read.
        """
        return self._tokenizer

    def load(self) -> LanguageModel:
        """Load the model for capture and generation, once.

        Raises:
            ModelError: it cannot be read, has no architecture row, or is not the one any more that
                was identified.
        """
        self._require_unchanged()
        return self._loaded

    @property
    def is_loaded(self) -> bool:
        """Whether `load` has been called."""
        return "_loaded" in vars(self)

    @functools.cached_property
    def _tokenizer(self) -> Any:
        return self._read_tokenizer()

    @functools.cached_property
    def _loaded(self) -> LanguageModel:
        tokenizer = self.tokenizer()
        pretrained = self._read_model()
        require_same_vocabulary(pretrained.model, tokenizer, self.identity.name)
        self._notes = (*self._notes, *pretrained.notes)
        return LanguageModel(pretrained.model, tokenizer, self.identity)


def load(name: str = "demo", *, device: str = "auto", dtype: str = "auto") -> LanguageModel:
    """Locate and load a model at once; see `ModelSource`."""
    return ModelSource(name, device=device, dtype=dtype).load()


def _identity(name: str, digest: str, dtype: torch.dtype, where: Placement) -> ModelIdentity:
    return ModelIdentity(
        name=name,
        digest=digest,
        dtype=str(dtype).removeprefix("torch."),
        device=where.device.type,
        libraries=f"torch {torch.__version__}, transformers {transformers.__version__}",
    )


def _require_usable(model: Any, tokenizer: Any, digest: str | None) -> str:
    """Refuse what cannot be read, and return a name for the model."""
    if not isinstance(model, transformers.PreTrainedModel):
        raise ModelError(
            f"A model in memory is a model of transformers and this is a {type(model).__name__}; "
            "give what AutoModelForCausalLM.from_pretrained() returns, or the name of a model."
        )
    path = str(model.config._name_or_path)
    name = (Path(path).name if Path(path).is_absolute() else path) or str(model.config.model_type)
    refuse_unreadable(model.config, name)
    if model.get_output_embeddings() is None:
        raise ModelError(
            f"{name} in memory has no language-model head; load it with "
            "AutoModelForCausalLM.from_pretrained()."
        )
    if any(weight.is_meta for weight in model.parameters()):
        raise ModelError(
            f"{name} in memory has weights on the meta device, where there are no numbers; load it "
            "onto a device that has room for all of it."
        )
    _require_evaluation(model, name)
    if not isinstance(tokenizer, transformers.PreTrainedTokenizerBase):
        raise ModelError(
            f"{name} in memory needs its tokenizer and was given {type(tokenizer).__name__}; give "
            "what AutoTokenizer.from_pretrained() returns."
        )
    require_same_vocabulary(model, tokenizer, name)
    if digest is not None and not digest.strip():
        raise ModelError(
            f"The digest given for {name} is empty; give a name for this state of its weights, or "
            "leave it out."
        )
    return name


def _require_evaluation(model: Any, name: str) -> None:
    if any(module.training for module in model.modules()):
        raise ModelError(
            f"{name} in memory is in training mode, where dropout changes its answers; call "
            "model.eval() first."
        )


def _versions(model: Any) -> list[tuple[int, int]]:
    """What changes about the weights when somebody writes to them or replaces them."""
    return [
        (weight.data_ptr(), 0 if weight.is_inference() else weight._version)
        for weight in model.parameters()
    ]
