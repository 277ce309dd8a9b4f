"""How much capture costs beside the bare forward pass, on the same batches, in one run.

Run: python benchmarks/capture_speed.py [MODEL]
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable

import torch

from bridgex.languages import PAPER_LANGUAGES
from bridgex.lm.batches import batches
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.model import LanguageModel, load
from bridgex.probe import prompt
from bridgex.texts import sample_corpus, sample_lexicon

ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def bare(model: LanguageModel, texts: list) -> None:  # type: ignore[type-arg]
    with torch.inference_mode():
        for batch in batches(texts, model.pad):
            model.base(input_ids=batch.ids, attention_mask=batch.attended.long(), use_cache=False)


def compare(model: LanguageModel, texts: list, capture: Callable[[], object]) -> tuple[float, ...]:  # type: ignore[type-arg]
    """Interleave bare and captured passes; return tokens/s of both and the median ratio."""
    tokens = sum(len(text) for text in texts)
    bare(model, texts[:20])
    pairs = [(seconds(lambda: bare(model, texts)), seconds(capture)) for _ in range(ROUNDS)]
    ratio = statistics.median(b / c for b, c in pairs)
    speeds = [tokens / statistics.median(each) for each in zip(*pairs, strict=True)]
    return (*speeds, ratio)


def main() -> None:
    model = load(sys.argv[1] if len(sys.argv) > 1 else "demo")
    languages = PAPER_LANGUAGES[:4]
    sentences = [s for each in languages for s in sample_corpus(each).sentences[:60]]
    texts = model.encode(sentences)
    first, second = languages[3], languages[2]
    words = list(sample_lexicon(first, second).entries)[:500]
    prompts = model.encode([prompt(word, first, second) for word in words])
    chosen = [torch.arange(width) % 4 == 0 for width in model.widths]
    last = range(len(model.layers))
    band = [at for at in last if 10 / 32 <= at / len(model.layers) < 22 / 32]
    rows = {
        "counting, all layers": (texts, lambda: run(model, texts, CountPositive(model.widths))),
        "pooling a quarter of all neurons, all layers": (
            prompts,
            lambda: run(model, prompts, PoolNeurons(chosen, len(prompts), "mean"), list(last)),
        ),
        "the same, layers of the band (ends early)": (
            prompts,
            lambda: run(model, prompts, PoolNeurons(chosen, len(prompts), "last"), band),
        ),
    }
    print(f"{model.identity} {model.identity.dtype}, {torch.get_num_threads()} threads")
    print("| capture | bare tokens/s | captured tokens/s | captured / bare |")
    print("|---|---|---|---|")
    for name, (sequences, capture) in rows.items():
        before, after, ratio = compare(model, sequences, capture)
        print(f"| {name} | {before:,.0f} | {after:,.0f} | {ratio:.3f} |", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of the process: {peak:.2f} GiB")


if __name__ == "__main__":
    main()
