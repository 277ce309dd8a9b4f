"""Which row of the architecture table a model is read by, and how to add one.

`bridgex.lm.rows` says what a row is, `bridgex.lm.families` holds those of bridgex; every row is
proved on the loaded model before it is used (`bridgex.lm.proof`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgex.errors import ModelError, RequestError
from bridgex.lm.families import ENCODERS, FAMILIES, REFUSED
from bridgex.lm.rows import Architecture
from bridgex.registry import Registry

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Listing:
    """One line of the list of model families.

    Attributes:
        family: name of the family.
        model_types: values of ``config.model_type`` that belong to it.
        kind: ``gated``, ``plain``, ``experts``, or ``refused``.
        proved: whether a test proves it.
        reason: why it is refused; empty otherwise.
    """

    family: str
    model_types: tuple[str, ...]
    kind: str
    proved: bool
    reason: str


def _checked(row: object) -> Architecture:
    if not isinstance(row, Architecture):
        raise RequestError(f"{row!r} is not an Architecture; describe the family with one.")
    if not row.model_types or (row.dense is None and row.experts is None):
        raise RequestError(
            f"The row '{row.family}' needs at least one model type, and a dense FFN or experts."
        )
    return row


def _built_in() -> dict[str, Architecture]:
    return {row.family: row for row in FAMILIES}


ARCHITECTURES: Registry[Architecture] = Registry(
    "architecture", "bridgex.architectures", _built_in, _checked
)
"""Family → row. Packages add theirs in the entry point group ``bridgex.architectures``."""


def register_architecture(row: Architecture) -> None:
    """Add a row of your own; it precedes the rows of bridgex and is proved like them at load.

    Args:
        row: where the neurons of a family are; its name must be new.

    Raises:
        RequestError: a row of that family exists, it names no model type, or has neither a dense
            FFN nor experts.
    """
    ARCHITECTURES.register(row.family, row)


def rows() -> tuple[Architecture, ...]:
    """Return every row, those of bridgex last."""
    built_in = _built_in()
    own = [ARCHITECTURES[name] for name in ARCHITECTURES if name not in built_in]
    return (*own[::-1], *built_in.values())


def architecture_table() -> list[Listing]:
    """Return what is known of every family: readable ones first, then refused ones."""
    known = [Listing(row.family, row.model_types, row.kind, row.proved, "") for row in rows()]
    refused = [
        Listing(no.family, no.model_types, "refused", proved=False, reason=no.reason)
        for no in REFUSED
    ]
    return known + refused


def text_config(config: Any) -> Any:
    """Return the configuration of the text model, which a multimodal wrapper nests.

    Raises:
        ModelError: the wrapper holds several text models.
    """
    try:
        return config.get_text_config(decoder=True)
    except ValueError as problem:
        raise ModelError(
            f"A '{config.model_type}' model holds several text models; save the one that "
            "generates text by itself and load that."
        ) from problem


def refuse_unreadable(config: Any, name: str) -> None:
    """Refuse a model that its configuration alone shows cannot be read.

    Raises:
        ModelError: an encoder–decoder, an encoder, or a family that is refused.
    """
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(
            f"{name} is an encoder–decoder ('{config.model_type}'); bridgex reads decoder-only "
            "language models."
        )
    types = _types(config)
    if types[-1] in ENCODERS:
        raise ModelError(
            f"{name} is an encoder ('{types[-1]}'), which does not generate text; bridgex reads "
            "decoder-only language models."
        )
    taken = {model_type for row in rows() for model_type in row.model_types}
    for refusal in REFUSED:
        if set(types) & set(refusal.model_types) and not set(types) & taken:
            raise ModelError(
                f"{name} is of the family {refusal.family}, which bridgex does not read: "
                f"{refusal.reason}."
            )


def architecture_of(model: "nn.Module") -> Architecture:
    """Return the row that fits a loaded transformers model.

    Raises:
        ModelError: no row names the model's type; the message names what may be activations.
    """
    types = _types(model.config)
    for model_type in types:
        for row in rows():
            if model_type in row.model_types:
                return row
    seen = _activation_like(model)
    where = (
        f"modules that look like its activations: {', '.join(seen)}"
        if seen
        else "no module of it looks like an activation, so it may call them as functions"
    )
    raise ModelError(
        f"Models of type '{types[0]}' have no architecture row ({where}); describe the family with "
        "bridgex.register_architecture(Architecture(family=…, model_types=…)), see "
        "docs/models.md."
    )


def _types(config: Any) -> tuple[str, ...]:
    """Model types of a configuration and of the text model in it, the outer one first."""
    names = (str(part.model_type) for part in (config, text_config(config)))
    return tuple(dict.fromkeys(names))


def is_activation(module: "nn.Module") -> bool:
    """Tell whether a module is an activation function of torch or transformers."""
    homes = {"torch.nn.modules.activation", "transformers.activations"}
    return type(module).__module__ in homes and "Attention" not in type(module).__name__


def _activation_like(model: "nn.Module", most: int = 4) -> list[str]:
    """Paths of activation modules, layer numbers replaced by ``*``."""
    paths = dict.fromkeys(
        ".".join("*" if part.isdigit() else part for part in path.split("."))
        + f" ({type(module).__name__})"
        for path, module in model.named_modules()
        if is_activation(module)
    )
    return list(paths)[:most]
