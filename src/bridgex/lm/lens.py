"""The logit lens: what would follow a prompt if a middle layer were the last (nostalgebraist 2020).

The residual stream after a layer, at the prompt's last token, takes the place of the last layer's
output; the final norm, the head and whatever a family puts around them are the model's own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from bridgex.lm.batches import Batch, Encoded, batches
from bridgex.lm.capture import Progress
from bridgex.lm.memory import OnOomSplit, compute_rows
from bridgex.lm.model import LanguageModel

HEAD_VALUES = 2**26
"""Logits held at once: 256 MiB in float32."""

SCHEME = f"first tokens after the prompt's own, at most {HEAD_VALUES} logits"

SHARED, UNSEPARATED, TOO_LONG = "shared", "unseparated", "too long"


@dataclass(frozen=True)
class LensPrompt:
    """A prompt and the words that may follow it.

    Attributes:
        text: the prompt, up to the first letter of the word.
        words: name → the words looked for under it.
        excluded: words whose first token counts for no name.
    """

    text: str
    words: Mapping[str, tuple[str, ...]]
    excluded: tuple[str, ...]


Reading = tuple[float, ...] | str
"""Per layer the probability of a name's first tokens, or why there is none: ``shared`` (all of them
begin a word of `LensPrompt.excluded` too), ``unseparated`` (the tokenizer joins the words with the
prompt's end), ``too long`` (the prompt fills the context)."""


def read(
    model: LanguageModel,
    prompts: Sequence[LensPrompt],
    layers: Sequence[int],
    *,
    chat: bool = False,
    progress: Progress | None = None,
    oom_splits: OnOomSplit | None = None,
) -> list[dict[str, Reading]]:
    """Read off middle layers how likely the first tokens of words are; one pass per prompt.

    Args:
        model: the model.
        prompts: with the words under each name.
        layers: after which layers to read, from 0.
        chat: whether prompts carry the special tokens of a chat template already.
        progress: called with the number of prompts just finished.
        oom_splits: called with the new size when a batch is split for lack of memory.

    Returns:
        Per prompt: name → the summed probability of its distinct first tokens, layer by layer.

    Raises:
        ModelError: the model computes values that are not a number.
    """
    texts = _encode(model, [prompt.text for prompt in prompts], chat)
    names = [_names(model, prompt, text, chat) for prompt, text in zip(prompts, texts, strict=True)]
    wanted = [sorted(_tokens(by_name)) for by_name in names]
    rows = [at for at, text in enumerate(texts) if wanted[at] and len(text) <= model.context]
    values = dict(
        zip(
            rows,
            probabilities(
                model,
                [texts[at] for at in rows],
                [wanted[at] for at in rows],
                layers,
                progress=progress,
                oom_splits=oom_splits,
            ),
            strict=True,
        )
    )
    return [
        {name: _reading(tokens, wanted[at], values.get(at)) for name, tokens in by_name.items()}
        for at, by_name in enumerate(names)
    ]


def probabilities(
    model: LanguageModel,
    texts: Sequence[Encoded],
    tokens: Sequence[Sequence[int]],
    layers: Sequence[int],
    *,
    progress: Progress | None = None,
    oom_splits: OnOomSplit | None = None,
) -> list[Tensor]:
    """Return the probability of each text's tokens as its continuation, (layers, tokens) float32.

    Raises:
        ModelError: the model computes values that are not a number.
    """
    results: list[Tensor] = [torch.empty(0)] * len(texts)
    model.require_embeddings(texts)

    def compute(rows: list[int]) -> Iterator[tuple[int, Tensor]]:
        batch = next(batches([texts[row] for row in rows], model.pad, 2**62))
        order = [rows[at] for at in batch.rows]
        with torch.inference_mode():
            states = _states(model, batch.to(model.model.device), layers)
            values = _continued(model, states, [tokens[row] for row in order], len(layers))
        return zip(order, values, strict=True)

    groups = [batch.rows for batch in batches(texts, model.pad)]
    for row, value, _ in compute_rows(groups, compute, oom_splits):
        results[row] = value
        if progress:
            progress(1)
    return results


def _encode(model: LanguageModel, texts: Sequence[str], chat: bool) -> list[Encoded]:
    return model.encode_prompts(texts, chat=chat, whole=True)


def _names(
    model: LanguageModel, prompt: LensPrompt, text: Encoded, chat: bool
) -> dict[str, set[int] | str]:
    """Return name → first tokens of its words that begin no word of ``excluded``, or why not."""
    words = [*prompt.excluded, *(word for some in prompt.words.values() for word in some)]
    joined = _encode(model, [prompt.text + word for word in words], chat)
    first = {word: _first(tokens, text) for word, tokens in zip(words, joined, strict=True)}
    taken = {first[word] for word in prompt.excluded}
    names: dict[str, set[int] | str] = {}
    for name, some in prompt.words.items():
        begins = {token for word in some if (token := first[word]) is not None}
        names[name] = (begins - taken or SHARED) if begins else UNSEPARATED
    return names


def _first(joined: Encoded, text: Encoded) -> int | None:
    same = joined.ids[: len(text)] == text.ids
    return joined.ids[len(text)] if same and len(joined) > len(text) else None


def _tokens(names: Mapping[str, set[int] | str]) -> set[int]:
    return {token for first in names.values() if not isinstance(first, str) for token in first}


def _reading(tokens: set[int] | str, wanted: Sequence[int], values: Tensor | None) -> Reading:
    if isinstance(tokens, str):
        return tokens
    if values is None:
        return TOO_LONG
    columns = [wanted.index(token) for token in sorted(tokens)]
    return tuple(values[:, columns].sum(1).tolist())


def blocks(model: LanguageModel) -> Sequence[nn.Module]:
    """Return the layers of a model, whose outputs are the residual stream after each."""
    layers: Any = model.base.get_submodule(model.architecture.layers)
    return list(layers)


def forward_inputs(model: LanguageModel, batch: Batch) -> dict[str, Any]:
    """Return what a padded batch is run with, beside its ids."""
    inputs: dict[str, Any] = {"attention_mask": batch.attended.long(), "use_cache": False}
    if model.takes_positions:
        inputs["position_ids"] = (batch.attended.cumsum(1) - 1).clamp_min(0)
    return inputs


def _states(model: LanguageModel, batch: Batch, layers: Sequence[int]) -> Tensor:
    """Return the residual stream after layers at each text's last token, (layers · texts, width).

    A family that keeps several streams (Gemma 3n) has them as dimensions before.
    """
    layered = blocks(model)
    kept: dict[int, Tensor] = {}
    texts = torch.arange(len(batch.rows), device=batch.ids.device)
    last = batch.attended.sum(1) - 1

    def keep(layer: int) -> Callable[..., None]:
        def hook(_block: nn.Module, _inputs: Any, output: Any) -> None:
            state = output if isinstance(output, Tensor) else output[0]
            kept[layer] = state[..., texts.to(state.device), last.to(state.device), :]

        return hook

    handles = [layered[layer].register_forward_hook(keep(layer)) for layer in layers]
    try:
        model.base(input_ids=batch.ids, **forward_inputs(model, batch))
    finally:
        for handle in handles:
            handle.remove()
    device = kept[layers[-1]].device
    return torch.cat([kept[layer].to(device) for layer in layers], dim=-2)


def _continued(
    model: LanguageModel, states: Tensor, tokens: Sequence[Sequence[int]], layers: int
) -> list[Tensor]:
    """Return, text by text, the probability of its tokens after each layer, (layers, tokens)."""
    texts = len(tokens)
    size = max(1, HEAD_VALUES // model.vocabulary)
    result = [torch.zeros(layers, len(of_text)) for of_text in tokens]
    for start in range(0, layers * texts, size):
        part = states[..., start : start + size, :]
        probability = _head(model, part).softmax(-1)
        if bool(probability.isnan().any()):
            raise model.not_a_number()
        for row, distribution in enumerate(probability, start):
            layer, text = divmod(row, texts)
            result[text][layer] = distribution[list(tokens[text])].cpu()
    return result


def _head(model: LanguageModel, states: Tensor) -> Tensor:
    """Return the logits the model gives where its last layer gives ``states``, float32.

    One token a row is run, and the last layer's output replaced: what follows it, whatever its
    name and order in a family, is then the model's own.
    """
    last = blocks(model)[-1]

    def replace(_block: nn.Module, _inputs: Any, output: Any) -> Any:
        here = output if isinstance(output, Tensor) else output[0]
        state = states[..., None, :].to(here)
        return state if isinstance(output, Tensor) else (state, *output[1:])

    ids = torch.full((states.shape[-2], 1), model.pad, device=model.model.device)
    handle = last.register_forward_hook(replace)
    try:
        logits: Tensor = model.model(input_ids=ids, use_cache=False).logits
    finally:
        handle.remove()
    return logits[:, -1].float()
