"""Reading a probe, beside the released procedure; sorted batches beside batches as they come.

The released procedure (Xu et al. 2025), done here with transformers on the same model: one prompt
at a time, 30 tokens generated, a vector of layers × width moved to the CPU at every step.
Run: python benchmarks/probe_speed.py [MODEL] [CORPUS]
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from bridgex.languages import PAPER_LANGUAGES, find
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import PoolNeurons, run
from bridgex.lm.model import LanguageModel
from bridgex.lm.source import load
from bridgex.tasks.word_chain import prompt
from bridgex.texts import Corpus, read_corpus, sample_corpus, sample_lexicon

PROMPTS = 500
RELEASED_PROMPTS = 5
NEW_TOKENS = 30
BATCH = 32
SENTENCES = 32
FLORES = Path(__file__).resolve().parents[2] / "shared" / "data" / "flores200" / "devtest"
"""Real text beside the checkout; the embedded sentences where there is none."""


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def released(model: LanguageModel, prompts: Sequence[Encoded]) -> None:
    moved: list[torch.Tensor] = []

    def move(_module: object, _inputs: object, output: torch.Tensor) -> None:
        moved.append(output[0, -1].float().cpu())

    handles = [layer.parts[0].activation.register_forward_hook(move) for layer in model.layers]
    try:
        for each in prompts:
            with torch.inference_mode():
                model.model.generate(
                    input_ids=torch.tensor([each.ids]),
                    attention_mask=torch.ones(1, len(each), dtype=torch.long),
                    max_new_tokens=NEW_TOKENS,
                    min_new_tokens=NEW_TOKENS,
                    do_sample=False,
                )
    finally:
        for handle in handles:
            handle.remove()


def forward(model: LanguageModel, texts: Sequence[Encoded], order: Sequence[int]) -> None:
    """Run texts in batches of 32, in an order, padded to the longest of each batch."""
    for start in range(0, len(order), BATCH):
        rows = [texts[row].ids for row in order[start : start + BATCH]]
        width = max(map(len, rows))
        ids = torch.tensor([list(row) + [model.pad] * (width - len(row)) for row in rows])
        attended = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        with torch.inference_mode():
            model.base(input_ids=ids, attention_mask=attended, use_cache=False)


def corpus_of(folder: str | None, code: str) -> Corpus:
    language = find(code)
    return sample_corpus(language) if folder is None else read_corpus(folder, language)


def main() -> None:
    asked = sys.argv[1:]
    model = load(asked[0] if asked else "demo")
    folder = asked[1] if len(asked) > 1 else str(FLORES) if FLORES.is_dir() else None
    print(f"{model.identity} {model.identity.dtype}, {torch.get_num_threads()} threads")

    source, target = find("de"), find("id")
    words = list(sample_lexicon(source, target).entries)[:PROMPTS]
    prompts = model.encode([prompt(word, source, target) for word in words])
    chosen = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    ours = seconds(lambda: run(model, prompts, PoolNeurons(chosen, len(prompts), "mean")))
    theirs = seconds(lambda: released(model, prompts[:RELEASED_PROMPTS]))
    each = ours / len(prompts), theirs / RELEASED_PROMPTS
    print("| procedure | time | times ours |\n|---|---|---|")
    print(f"| probe, all neurons | {each[0] * 1000:.1f} ms a prompt | 1 |")
    print(f"| released procedure | {each[1] * 1000:.0f} ms a prompt | {each[1] / each[0]:.0f} |")

    print(f"| batches of {BATCH} | seconds | beside sorted |\n|---|---|---|")
    corpora = (corpus_of(folder, each.code) for each in PAPER_LANGUAGES)
    sentences = [sentence for corpus in corpora for sentence in corpus.sentences[:SENTENCES]]
    texts = model.encode(sentences)
    as_they_come = range(len(texts))
    interleaved = [row for at in range(SENTENCES) for row in as_they_come[at::SENTENCES]]
    by_length = sorted(as_they_come, key=lambda row: len(texts[row]))
    costs = {
        "sorted by length": by_length,
        "as they come, language by language": as_they_come,
        "as they come, line by line": interleaved,
    }
    forward(model, texts, by_length[:BATCH])
    base = None
    for name, order in costs.items():
        cost = seconds(lambda order=order: forward(model, texts, order))  # type: ignore[misc]
        base = base or cost
        print(f"| {len(texts)} sentences, {name} | {cost:.1f} s | {cost / base:.2f} |")


if __name__ == "__main__":
    main()
