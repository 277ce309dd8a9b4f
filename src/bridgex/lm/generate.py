"""Batched greedy generation, until the caller has what it needs."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import transformers

from bridgex.lm.batches import Encoded
from bridgex.lm.capture import Progress
from bridgex.lm.memory import Halved, each_group
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers

PROMPT_TOKENS = 8192
SCHEME = f"greedy, length-sorted, left-padded, at most {PROMPT_TOKENS} padded prompt tokens"


def generate(
    model: LanguageModel,
    prompts: Sequence[Encoded],
    *,
    finished: Callable[[str], bool],
    new_tokens: int = 30,
    progress: Progress | None = None,
    halved: Halved | None = None,
) -> list[str]:
    """Continue each prompt greedily until its continuation is finished.

    Args:
        model: the model.
        prompts: tokenised prompts.
        finished: whether a continuation needs no more; asked after every token, so it must stay
            true of anything longer.
        new_tokens: the most tokens to generate.
        progress: told how many prompts each batch had.
        halved: told the new size when a batch is halved for lack of memory.

    Returns:
        The continuations as generated, in the order of the prompts; one may run past the token at
        which it was finished, while others of its batch were not.
    """
    answers = [""] * len(prompts)

    def compute(rows: list[int]) -> list[str]:
        return _continue(model, [prompts[row] for row in rows], finished, new_tokens)

    for rows, texts in each_group(_groups(prompts), compute, halved):
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


class _Finished(transformers.StoppingCriteria):
    """Ends each row as soon as what it has generated is finished."""

    def __init__(
        self, tokenizer: Any, finished: Callable[[str], bool], start: int, rows: int
    ) -> None:
        self.tokenizer, self.finished, self.start = tokenizer, finished, start
        self.done = [False] * rows

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        del scores, kwargs
        going = [row for row, done in enumerate(self.done) if not done]
        texts = self.tokenizer.batch_decode(input_ids[going, self.start :])
        for row, text in zip(going, texts, strict=True):
            self.done[row] = self.finished(text)
        return torch.tensor(self.done, device=input_ids.device)


def _continue(
    model: LanguageModel,
    prompts: Sequence[Encoded],
    finished: Callable[[str], bool],
    new_tokens: int,
) -> list[str]:
    width = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), width), model.pad)
    attended = torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt.ids)
        attended[row, width - len(prompt) :] = 1
    device = model.model.device
    ended = _Finished(model.tokenizer, finished, width, len(prompts))
    with torch.inference_mode(), quiet_transformers():
        out = model.model.generate(
            input_ids=ids.to(device),
            attention_mask=attended.to(device),
            max_new_tokens=new_tokens,
            do_sample=False,
            pad_token_id=model.pad,
            stopping_criteria=transformers.StoppingCriteriaList([ended]),
        )
    texts: list[str] = model.tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)
    return texts
