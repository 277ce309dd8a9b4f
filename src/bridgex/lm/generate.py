"""Batched greedy generation, until a stop string."""

from collections.abc import Sequence
from typing import Any

import torch
import transformers

from bridgex.lm.batches import Encoded
from bridgex.lm.capture import Progress
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers

PROMPT_TOKENS = 2048
SCHEME = f"greedy, length-sorted, left-padded, at most {PROMPT_TOKENS} padded prompt tokens"


def generate(
    model: LanguageModel,
    prompts: Sequence[Encoded],
    *,
    stop: Sequence[str],
    new_tokens: int = 30,
    progress: Progress | None = None,
) -> list[str]:
    """Continue each prompt greedily, up to and without the first stop string.

    Args:
        model: the model.
        prompts: tokenised prompts.
        stop: strings that end an answer.
        new_tokens: the most tokens to generate.
        progress: told how many prompts each batch had.

    Returns:
        The continuations, in the order of the prompts.
    """
    answers = [""] * len(prompts)
    waiting = _groups(prompts)[::-1]
    while waiting:
        rows = waiting.pop()
        try:
            texts = _continue(model, [prompts[row] for row in rows], stop, new_tokens)
        except torch.OutOfMemoryError:
            if len(rows) == 1:
                raise
            cut = len(rows) // 2
            waiting += [rows[cut:], rows[:cut]]
            continue
        for row, text in zip(rows, texts, strict=True):
            answers[row] = text
        if progress:
            progress(len(rows))
    return answers


def _groups(prompts: Sequence[Encoded]) -> list[list[int]]:
    groups: list[list[int]] = []
    for row in sorted(range(len(prompts)), key=lambda row: len(prompts[row])):
        if groups and (len(groups[-1]) + 1) * len(prompts[row]) <= PROMPT_TOKENS:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


class _AllStopped(transformers.StoppingCriteria):
    """Ends each row as soon as what it has generated contains a stop string."""

    def __init__(self, tokenizer: Any, stop: Sequence[str], start: int, rows: int) -> None:
        self.tokenizer, self.stop, self.start = tokenizer, tuple(stop), start
        self.done = [False] * rows

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        del scores, kwargs
        going = [row for row, done in enumerate(self.done) if not done]
        texts = self.tokenizer.batch_decode(input_ids[going, self.start :])
        for row, text in zip(going, texts, strict=True):
            self.done[row] = any(each in text for each in self.stop)
        return torch.tensor(self.done, device=input_ids.device)


def _continue(
    model: LanguageModel, prompts: Sequence[Encoded], stop: Sequence[str], new_tokens: int
) -> list[str]:
    width = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), width), model.pad)
    attended = torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt.ids)
        attended[row, width - len(prompt) :] = 1
    device = model.model.device
    stopped = _AllStopped(model.tokenizer, stop, width, len(prompts))
    with torch.inference_mode(), quiet_transformers():
        out = model.model.generate(
            input_ids=ids.to(device),
            attention_mask=attended.to(device),
            max_new_tokens=new_tokens,
            do_sample=False,
            pad_token_id=model.pad,
            stopping_criteria=transformers.StoppingCriteriaList([stopped]),
        )
    texts = model.tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)
    return [_cut(text, stop) for text in texts]


def _cut(text: str, stop: Sequence[str]) -> str:
    return text[: min((at for each in stop if (at := text.find(each)) >= 0), default=len(text))]
