"""What a model is, in a form that stage keys and signatures can hold."""

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgex.errors import ModelError
from bridgex.lm.checkpoint import Checkpoint
from bridgex.lm.digests import remembered_digests
from bridgex.progress import Progress, silent

if TYPE_CHECKING:
    import torch

GIVEN = "given:"
"""Beginning of a digest that the user states, so that it never equals a computed one."""
CHUNK = 2**24
PASSING = ("_name_or_path", "transformers_version", "dtype", "torch_dtype")
"""Fields of a configuration that are not of the model: where it came from, and what its weights
themselves say."""


_TORCH_PATCH = re.compile(r"(torch \d+\.\d+)[^,]*")

_NOT_COMPUTED = (
    "The identity of the model in memory cannot be computed, since some of its weights show no "
    "bytes (a quantised form); give one by hand with digest='…', another for each state of them."
)


@dataclass(frozen=True)
class ModelIdentity:
    """What determines a model's numbers.

    Attributes:
        name: what the user called it (a Hub id, the name of a folder or file, ``demo``).
        digest: Hub commit, or SHA-256 of the weights, tokenizer and configuration; ``given:…``
            where the user states it for a model in memory.
        dtype: floating-point type the forward pass runs in.
        device: processor type it runs on (``cpu``, ``cuda``): kernels differ in the last bit.
        libraries: versions of torch and transformers; only the release series of torch (``2.13``)
            is keyed, since its patches and builds keep the numbers and machines of one cluster
            often differ in them.
    """

    name: str
    digest: str
    dtype: str
    device: str
    libraries: str

    def key(self) -> dict[str, str]:
        """Return what belongs in a stage key: everything but the name, which is only a label."""
        values = {field: value for field, value in asdict(self).items() if field != "name"}
        return values | {"libraries": _TORCH_PATCH.sub(r"\1", self.libraries)}

    def __str__(self) -> str:
        short = self.digest if self.digest.startswith(GIVEN) else self.digest[:12]
        return f"{self.name}@{short}"


def folder_digest(checkpoint: Checkpoint, progress: Progress = silent) -> str:
    """Return the SHA-256 over every file of a model folder that is read.

    A folder of many gigabytes is read once: the digest of each file is remembered.

    Raises:
        OSError: a file cannot be read.
        StoreError: the cache cannot be written.
    """
    what = f"Computing the identity of {checkpoint.folder.name}"
    digests = remembered_digests(checkpoint.files, what, progress)
    names = [path.relative_to(checkpoint.folder).as_posix() for path in checkpoint.files]
    return _sha256_of([list(pair) for pair in zip(names, digests, strict=True)])


def model_digest(model: Any, tokenizer: Any, progress: Progress = silent) -> str:
    """Return the SHA-256 of a model in memory: configuration, weights, tokenizer, chat template.

    The same for the same model and tokenizer wherever they lie and however often they have been
    used; a change of a weight, of the attention implementation or of the template changes it.

    Args:
        model: a model of transformers.
        tokenizer: its tokenizer.
        progress: shows the bytes of weights read.

    Raises:
        ModelError: weights are in a form that shows no bytes.
    """
    import torch

    kind = type(model)
    config = {
        name: value for name, value in model.config.to_dict().items() if name not in PASSING
    } | {"attention": getattr(model.config, "_attn_implementation", None)}
    state = dict(sorted(model.state_dict().items()))
    if not all(isinstance(part, torch.Tensor) for part in state.values()):
        raise ModelError(_NOT_COMPUTED)
    tensors, known = [], dict[tuple[Any, ...], str]()
    size = sum(tensor.nbytes for tensor in state.values())
    with progress("Computing the identity of the model in memory", size) as advance:
        for name, tensor in state.items():
            place = (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
            if place not in known:  # tied tensors are read once
                known[place] = _tensor_digest(tensor)
            advance(tensor.nbytes)
            tensors.append([name, str(tensor.dtype), list(tensor.shape), known[place]])
    generation = getattr(model, "generation_config", None)
    return _sha256_of(
        [
            f"{kind.__module__}.{kind.__qualname__}",
            config,
            [] if generation is None else [generation.eos_token_id],
            tensors,
            _tokenizer_state(tokenizer),
        ]
    )


def _tensor_digest(tensor: "torch.Tensor") -> str:
    import torch

    total = hashlib.sha256()
    try:
        flat = tensor.detach().contiguous().flatten().view(torch.uint8)
        for chunk in flat.split(CHUNK):
            total.update(chunk.cpu().numpy())
    except (RuntimeError, TypeError, NotImplementedError) as problem:
        raise ModelError(_NOT_COMPUTED) from problem
    return total.hexdigest()


def _tokenizer_state(tokenizer: Any) -> list[Any]:
    """Return what a tokenizer does; padding and truncation are how it was last called."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        core: Any = _saved_vocabulary(tokenizer)
    else:
        core = json.loads(backend.to_str())
        core = {name: part for name, part in core.items() if name not in {"padding", "truncation"}}
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items()}
    template = getattr(tokenizer, "chat_template", None)
    return [type(tokenizer).__qualname__, core, special, template]


def _saved_vocabulary(tokenizer: Any) -> list[Any]:
    """Vocabulary of a tokenizer written in Python: its words, and the files it would save."""
    with tempfile.TemporaryDirectory() as folder:
        saved: Sequence[str] = tokenizer.save_vocabulary(folder) or ()
        files = [hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in saved]
    return [sorted(tokenizer.get_vocab().items()), files]


def _sha256_of(content: Any) -> str:
    plain = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
