"""How likely a model finds each of several continuations of a prompt.

Prompt and option are tokenised together, as the model would read them; a token that straddles the
boundary belongs to the option. The tokens that all options of a prompt share are run once, and
their keys and values serve every option; the head runs on the options' positions only.
"""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from bridgex.errors import ModelError, RequestError
from bridgex.lm.capture import Progress
from bridgex.lm.memory import OnOomSplit, each_group
from bridgex.lm.model import LanguageModel

PADDED_TOKENS = 8192
HEAD_VALUES = 2**26
"""Logits held at once: 256 MiB in float32. A vocabulary of 262,144 leaves 256 positions a batch."""

SCHEME = (
    f"joint tokens, shared prefix, length-sorted, at most {PADDED_TOKENS} padded tokens and "
    f"{HEAD_VALUES} logits"
)


@dataclass(frozen=True)
class Likelihood:
    """How likely one option is.

    Attributes:
        logprob: sum of the natural log-probabilities of its tokens.
        tokens: number of those tokens.
        bytes: UTF-8 bytes of the option without white space around it.
    """

    logprob: float
    tokens: int
    bytes: int

    @property
    def per_byte(self) -> float:
        """Log-probability per byte: comparable between options of different length."""
        return self.logprob / self.bytes


@dataclass(frozen=True)
class Scored:
    """A prompt with its options, tokenised.

    Attributes:
        ids: per option, the tokens of prompt and option.
        starts: per option, where its first token is.
        bytes: per option, its UTF-8 bytes.
        shared: number of first tokens that are the same for every option and of no option.
    """

    ids: tuple[tuple[int, ...], ...]
    starts: tuple[int, ...]
    bytes: tuple[int, ...]
    shared: int

    @property
    def longest(self) -> int:
        """Tokens of the longest option with the prompt."""
        return max(map(len, self.ids))

    @property
    def apart(self) -> int:
        """Most positions that the head runs on for one option."""
        return self.longest - 1 - self.shared


def encode_options(
    model: LanguageModel,
    prompts: Sequence[str],
    options: Sequence[Sequence[str]],
    *,
    special: bool = True,
) -> list[Scored]:
    """Tokenise each prompt with each of its options, whatever the context of the model.

    Args:
        model: the model.
        prompts: what the options continue.
        options: of each prompt, at least one.
        special: whether the tokenizer adds its special tokens (BOS).

    Raises:
        ModelError: the tokenizer does not say where its tokens are in the text.
        RequestError: a prompt without options, an option without tokens, or nothing before it.
    """
    if not getattr(model.tokenizer, "is_fast", False):
        raise ModelError(
            f"The tokenizer of {model.identity.name} does not say where its tokens are in the "
            "text, as scoring options needs; use a model with a tokenizer.json, or generate."
        )
    texts = [prompt + each for prompt, some in zip(prompts, options, strict=True) for each in some]
    if not all(options):
        raise RequestError("A prompt has no options to score; leave it out, or generate.")
    if not texts:
        return []
    out = model.tokenizer(
        texts,
        add_special_tokens=special,
        return_special_tokens_mask=True,
        return_offsets_mapping=True,
    )
    rows = zip(out["input_ids"], out["special_tokens_mask"], out["offset_mapping"], strict=True)
    return [_scored(prompt, some, rows) for prompt, some in zip(prompts, options, strict=True)]


def _scored(prompt: str, options: Sequence[str], rows: Iterator[Any]) -> Scored:
    ids, starts = [], []
    for option, (row, special, offsets) in zip(options, rows, strict=False):
        last = max((at for at, flag in enumerate(special) if not flag), default=-1)
        own = (at for at in range(last + 1) if not special[at] and offsets[at][1] > len(prompt))
        start = next(own, None)
        if not start:
            what = "has nothing before it" if start == 0 else "has no token of its own"
            raise RequestError(f"The option '{option}' {what} and cannot be scored.")
        ids.append(tuple(row[: last + 1]))
        starts.append(start)
    sizes = tuple(len(option.strip().encode()) for option in options)
    return Scored(tuple(ids), tuple(starts), sizes, min(_alike(ids), *starts))


def _alike(ids: Sequence[Sequence[int]]) -> int:
    columns = enumerate(zip(*ids, strict=False))
    return next((at for at, column in columns if len(set(column)) > 1), min(map(len, ids)))


def likelihoods(
    model: LanguageModel,
    prompts: Sequence[Scored],
    *,
    progress: Progress | None = None,
    oom_splits: OnOomSplit | None = None,
) -> list[tuple[Likelihood, ...]]:
    """Score the options of each prompt.

    Args:
        model: the model.
        prompts: from `encode_options`.
        progress: told how many prompts each batch had.
        oom_splits: told the new size when a batch is halved for lack of memory.

    Returns:
        Per prompt, per option: float64 sums of float32 log-probabilities.

    Raises:
        ModelError: a prompt with an option is longer than the context, or the model computes
            values that are not a number.
    """
    for each in prompts:
        if each.longest > model.context:
            raise ModelError(
                f"A prompt with its option has {each.longest} tokens, more than the context of "
                f"{model.context}; shorten it."
            )
    results: list[tuple[Likelihood, ...]] = [()] * len(prompts)

    def compute(rows: list[int]) -> list[list[float]]:
        with torch.inference_mode():
            return _score(model, [prompts[row] for row in rows])

    groups = _groups(prompts, HEAD_VALUES // model.vocabulary)
    for rows, values in each_group(groups, compute, oom_splits):
        for row, logprobs in zip(rows, values, strict=True):
            each = prompts[row]
            sizes = zip(logprobs, each.ids, each.starts, each.bytes, strict=True)
            results[row] = tuple(
                Likelihood(logprob, len(ids) - start, size) for logprob, ids, start, size in sizes
            )
        if progress:
            progress(len(rows))
    return results


def _groups(prompts: Sequence[Scored], positions: int) -> list[list[int]]:
    """Form batches, shortest first, of bounded tokens and bounded positions for the head."""
    groups: list[list[int]] = []
    options = apart = 0
    for row in sorted(range(len(prompts)), key=lambda row: prompts[row].longest):
        each = prompts[row]
        options, apart = options + len(each.ids), max(apart, each.apart)
        if groups and options * each.longest <= PADDED_TOKENS and options * apart <= positions:
            groups[-1].append(row)
        else:
            groups.append([row])
            options, apart = len(each.ids), each.apart
    return groups


def _score(model: LanguageModel, prompts: Sequence[Scored]) -> list[list[float]]:
    """Return the log-probability of each option of each prompt."""
    cache, next_logprobs = _prefixes(model, prompts)
    rows = [ids for each in prompts for ids in each.ids]
    starts = [start for each in prompts for start in each.starts]
    shared = [each.shared if cache else 0 for each in prompts for _ in each.ids]
    totals = torch.zeros(len(rows), dtype=torch.float64)
    for at, (row, start, skip) in enumerate(zip(rows, starts, shared, strict=True)):
        if start == skip:  # what follows the shared tokens is of the option
            totals[at] = next_logprobs[at, row[skip]]
    if any(len(row) - skip > 1 for row, skip in zip(rows, shared, strict=True)):
        totals += _rest(model, rows, starts, shared, cache)
    if totals.isnan().any():
        raise ModelError(
            f"{model.identity.name} computes values that are not a number in "
            f"{model.identity.dtype}; load it with --dtype float32 or bfloat16."
        )
    given = iter(totals.tolist())
    return [[next(given) for _ in each.ids] for each in prompts]


def _prefixes(model: LanguageModel, prompts: Sequence[Scored]) -> tuple[Any, torch.Tensor]:
    """Run what each prompt's options share.

    Returns:
        The cache, and the log-probabilities of the next token, (options, vocabulary), both
        with a row per option. The cache is None, and nothing was run, where nothing is shared and
        where the model keeps something else than keys and values (a recurrent state), which cannot
        be taken up by several tokens at once.
    """
    left = max(each.shared for each in prompts)
    cache = _cache(model) if left and max(len(each.ids) for each in prompts) > 1 else None
    if cache is None:
        return None, torch.zeros(0)
    ids = torch.full((len(prompts), left), model.pad)
    attended = torch.zeros((len(prompts), left), dtype=torch.bool)
    for at, each in enumerate(prompts):
        ids[at, left - each.shared :] = torch.tensor(each.ids[0][: each.shared])
        attended[at, left - each.shared :] = True
    device = model.model.device
    inputs = _inputs(model, ids.to(device), attended.to(device), cache)
    logprobs = model.model(**inputs, logits_to_keep=1).logits[:, -1].float().log_softmax(-1)
    repeated = torch.tensor([at for at, each in enumerate(prompts) for _ in each.ids])
    cache.batch_select_indices(repeated)  # each layer has its own device, and takes the CPU's
    return cache, logprobs.cpu()[repeated]


def _rest(
    model: LanguageModel,
    rows: Sequence[Sequence[int]],
    starts: Sequence[int],
    shared: Sequence[int],
    cache: Any,
) -> torch.Tensor:
    """Return the log-probability of each option behind its first shared tokens, (options,)."""
    left = max(shared)
    width = max(len(row) - skip - 1 for row, skip in zip(rows, shared, strict=True))
    ids = torch.full((len(rows), width), model.pad)
    attended = torch.zeros((len(rows), left + width), dtype=torch.bool)
    wanted = torch.full((len(rows), width), -1)  # the next token where it is of the option
    for at, (row, skip, start) in enumerate(zip(rows, shared, starts, strict=True)):
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


def _cache(model: LanguageModel) -> DynamicCache | None:
    if "past_key_values" not in inspect.signature(model.base.forward).parameters:
        return None
    cache = DynamicCache(config=model.model.config)
    plain = all(type(each) in (DynamicLayer, DynamicSlidingWindowLayer) for each in cache.layers)
    return cache if plain else None


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
