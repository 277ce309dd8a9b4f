"""Log-probabilities of several continuations of a prompt.

Prompt and option are tokenised together, as the model would read them. All options of a prompt are
scored from the same token on: the first that differs between them or reaches beyond the prompt.
Where an option merges with the end of the prompt (``:`` and a quotation mark, one token), that end
is then part of what is scored for every option. The tokens before are run once, and their keys and
values serve every option; the head runs on the options' positions only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from bridgex.errors import ModelError, RequestError
from bridgex.lm.attention import key_value_cache
from bridgex.lm.backend import ScoredOptions
from bridgex.lm.batches import last_ordinary
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.memory import OnOomSplit, compute_rows
from bridgex.lm.model import LanguageModel

PADDED_TOKENS = 8192
HEAD_VALUES = 2**26
"""Logits held at once: 256 MiB in float32. A vocabulary of 262,144 leaves 256 positions a batch."""

SCHEME = (
    "joint tokens, options of a prompt scored from one token on, in a chat from where the "
    "assistant begins, shared prefix, length-sorted, at most "
    f"{PADDED_TOKENS} padded tokens and {HEAD_VALUES} logits"
)


class Tokenizes(Protocol):
    """A model whose tokenizer is all that is needed of it."""

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""

    @property
    def identity(self) -> ModelIdentity:
        """What it is."""


@dataclass(frozen=True)
class EncodedOptions:
    """A prompt with its options, tokenised.

    Attributes:
        ids: per option, the tokens of prompt and option.
        start: where scoring begins; the tokens before it are the same for every option.
    """

    ids: tuple[tuple[int, ...], ...]
    start: int

    @property
    def longest(self) -> int:
        """Tokens of the longest option with the prompt."""
        return max(map(len, self.ids))

    @property
    def head_positions(self) -> int:
        """Most positions that the head runs on for one option."""
        return self.longest - 1 - self.start


def encode_options(
    model: Tokenizes,
    prompts: Sequence[str],
    options: Sequence[Sequence[str]],
    *,
    special: bool = True,
) -> list[EncodedOptions]:
    """Tokenise each prompt with each of its options, whatever the context of the model.

    Args:
        model: the model, which need not be loaded.
        prompts: what the options continue.
        options: of each prompt, at least one.
        special: whether the tokenizer adds its special tokens (BOS).

    Raises:
        ModelError: the tokenizer gives no offsets of its tokens in the text.
        RequestError: a prompt without options, an option without tokens, or nothing before it.
    """
    if not getattr(model.tokenizer, "is_fast", False):
        raise ModelError(
            f"The tokenizer of {model.identity.name} gives no offsets of its tokens in the "
            "text, which scoring options needs; use a model with a tokenizer.json, or generate."
        )
    if not all(options):
        raise RequestError("A prompt has no options to score; leave it out, or generate.")
    pairs = zip(prompts, options, strict=True)
    texts = [prompt + option for prompt, of_prompt in pairs for option in of_prompt]
    if not texts:
        return []
    out = model.tokenizer(
        texts,
        add_special_tokens=special,
        return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )
    rows = zip(out["input_ids"], out["special_tokens_mask"], out["offset_mapping"], strict=True)
    return [
        _encoded(prompt, of_prompt, rows)
        for prompt, of_prompt in zip(prompts, options, strict=True)
    ]


def _encoded(prompt: str, options: Sequence[str], rows: Iterator[Any]) -> EncodedOptions:
    ids, starts = [], []
    for option, (row, special, offsets) in zip(options, rows, strict=False):
        end = last_ordinary(special) + 1
        beyond = (at for at in range(end) if not special[at] and offsets[at][1] > len(prompt))
        start = next(beyond, None)
        if start is None:
            raise RequestError(f"The option '{option}' has no token of its own; leave it out.")
        ids.append(tuple(row[:end]))
        starts.append(start)
    start = min(common_start(ids), *starts)
    if start == 0:
        raise RequestError(
            f"The option '{options[0]}' has nothing before it and cannot be scored; give a prompt."
        )
    return EncodedOptions(tuple(ids), start)


def common_start(ids: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all rows begin with."""
    columns = enumerate(zip(*ids, strict=False))
    return next((at for at, column in columns if len(set(column)) > 1), min(map(len, ids)))


def likelihoods(
    model: LanguageModel,
    prompts: Sequence[EncodedOptions],
    *,
    on_result: Callable[[int, ScoredOptions], None],
    oom_splits: OnOomSplit | None = None,
) -> None:
    """Score the options of each prompt: float64 sums of float32 log-probabilities.

    Args:
        model: the model.
        prompts: from `encode_options`.
        on_result: called with the position of a prompt and its values, batch by batch.
        oom_splits: called with the new size when a batch is split for lack of memory.

    Raises:
        ModelError: a prompt with an option is longer than the context, or the model computes
            values that are not a number, or has no embedding for a token.
    """
    for prompt in prompts:
        if prompt.longest > model.context:
            raise ModelError(
                f"A prompt with its option has {prompt.longest} tokens, more than the context of "
                f"{model.context}; shorten it."
            )
    model.require_embeddings(ids for prompt in prompts for ids in prompt.ids)

    def compute(rows: list[int]) -> Iterator[tuple[int, list[float]]]:
        with torch.inference_mode():
            values = _score(model, [prompts[row] for row in rows])
        return zip(rows, values, strict=True)

    batches = _batches(prompts, HEAD_VALUES // model.vocabulary)
    for row, nats, split in compute_rows(batches, compute, oom_splits):
        tokens = tuple(len(ids) - prompts[row].start for ids in prompts[row].ids)
        on_result(row, ScoredOptions(tuple(nats), tokens, split))


def _batches(prompts: Sequence[EncodedOptions], positions: int) -> list[list[int]]:
    """Form batches, shortest first, of bounded tokens and bounded positions for the head."""
    batches: list[list[int]] = []
    options = head = 0
    for row in sorted(range(len(prompts)), key=lambda row: prompts[row].longest):
        prompt = prompts[row]
        options, head = options + len(prompt.ids), max(head, prompt.head_positions)
        fits = options * prompt.longest <= PADDED_TOKENS and options * head <= positions
        if batches and fits:
            batches[-1].append(row)
        else:
            batches.append([row])
            options, head = len(prompt.ids), prompt.head_positions
    return batches


def _score(model: LanguageModel, prompts: Sequence[EncodedOptions]) -> list[list[float]]:
    """Return the log-probability of each option of each prompt."""
    cache, next_logprobs = _prefixes(model, prompts)
    rows = [ids for prompt in prompts for ids in prompt.ids]
    starts = [prompt.start for prompt in prompts for _ in prompt.ids]
    read = starts if cache else [0] * len(rows)
    totals = torch.zeros(len(rows), dtype=torch.float64)
    if cache:
        first = torch.tensor([row[start] for row, start in zip(rows, starts, strict=True)])
        totals += next_logprobs.gather(1, first[:, None]).squeeze(1)
    if any(len(row) - skip > 1 for row, skip in zip(rows, read, strict=True)):
        totals += _rest(model, rows, starts, read, cache)
    if totals.isnan().any():
        raise model.not_a_number()
    values = iter(totals.tolist())
    return [[next(values) for _ in prompt.ids] for prompt in prompts]


def _prefixes(model: LanguageModel, prompts: Sequence[EncodedOptions]) -> tuple[Any, torch.Tensor]:
    """Run what each prompt's options share.

    Returns:
        The cache, and the log-probabilities of the next token, (options, vocabulary), both
        with a row per option. The cache is None, and nothing was run, where no prompt has several
        options and where the model carries something else than keys and values.
    """
    several = max(len(prompt.ids) for prompt in prompts) > 1
    cache = key_value_cache(model) if several else None
    if cache is None:
        return None, torch.zeros(0)
    left = max(prompt.start for prompt in prompts)
    ids = torch.full((len(prompts), left), model.pad)
    attended = torch.zeros((len(prompts), left), dtype=torch.bool)
    for at, prompt in enumerate(prompts):
        ids[at, left - prompt.start :] = torch.tensor(prompt.ids[0][: prompt.start])
        attended[at, left - prompt.start :] = True
    device = model.model.device
    inputs = _inputs(model, ids.to(device), attended.to(device), cache)
    logprobs = model.model(**inputs, logits_to_keep=1).logits[:, -1].float().log_softmax(-1)
    repeated = torch.tensor([at for at, prompt in enumerate(prompts) for _ in prompt.ids])
    cache.batch_select_indices(repeated)  # each layer has its own device, and takes the CPU's
    return cache, logprobs.cpu()[repeated]


def _rest(
    model: LanguageModel,
    rows: Sequence[Sequence[int]],
    starts: Sequence[int],
    read: Sequence[int],
    cache: Any,
) -> torch.Tensor:
    """Return the log-probability of each option behind what was read already, (options,)."""
    left = max(read)
    width = max(len(row) - skip - 1 for row, skip in zip(rows, read, strict=True))
    ids = torch.full((len(rows), width), model.pad)
    attended = torch.zeros((len(rows), left + width), dtype=torch.bool)
    wanted = torch.full((len(rows), width), -1)  # the next token where it is of the option
    for at, (row, skip, start) in enumerate(zip(rows, read, starts, strict=True)):
        length = len(row) - skip - 1
        own = max(start - skip - 1, 0)
        ids[at, :length] = torch.tensor(row[skip:-1])
        attended[at, left - skip : left + length] = True
        wanted[at, own:length] = torch.tensor(row[skip + 1 + own :])
    first = int((wanted >= 0).any(0).nonzero().min())
    device = model.model.device
    inputs = _inputs(model, ids.to(device), attended.to(device), cache)
    keep = torch.arange(first, width, device=device)
    logits = model.model(**inputs, logits_to_keep=keep).logits.float()
    wanted = wanted[:, first:].to(logits.device)
    logprobs = logits.log_softmax(-1).gather(-1, wanted.clamp_min(0)[..., None]).squeeze(-1)
    summed: torch.Tensor = logprobs.double().masked_fill(wanted < 0, 0).sum(1)
    return summed.cpu()


def _inputs(
    model: LanguageModel, ids: torch.Tensor, attended: torch.Tensor, cache: Any
) -> dict[str, Any]:
    """What the model is called with; positions count the attended tokens, wherever padding is."""
    inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": attended.long()}
    inputs |= {"past_key_values": cache, "use_cache": True} if cache else {"use_cache": False}
    if model.takes_positions:
        positions = (attended.cumsum(1) - 1).clamp_min(0)
        inputs["position_ids"] = positions[:, -ids.shape[1] :]
    return inputs
