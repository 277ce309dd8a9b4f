"""How much capture costs beside the bare forward pass, on the same batches, in one run.

Peak memory is that of a process of its own for each, which loads the model and runs one of them; on
a GPU that of the GPU.
Run: python benchmarks/capture_speed.py [MODEL [DEVICE [DTYPE]]]
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch

from bridgex.languages import PAPER_LANGUAGES
from bridgex.lm.batches import batches
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.model import LanguageModel
from bridgex.lm.source import load
from bridgex.tasks.word_chain import prompt
from bridgex.texts import sample_corpus, sample_lexicon

ROUNDS = 3


def seconds(work: Callable[[], object]) -> float:
    wait()
    started = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - started


def wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def bare(model: LanguageModel, texts: list) -> None:  # type: ignore[type-arg]
    with torch.inference_mode():
        for padded in batches(texts, model.pad):
            batch = padded.to(model.model.device)
            model.base(input_ids=batch.ids, attention_mask=batch.attended.long(), use_cache=False)


def compare(model: LanguageModel, texts: list, capture: Callable[[], object]) -> tuple[float, ...]:  # type: ignore[type-arg]
    """Interleave bare and captured passes; return tokens/s of both and the median ratio."""
    tokens = sum(len(text) for text in texts)
    bare(model, texts[:20])
    pairs = [(seconds(lambda: bare(model, texts)), seconds(capture)) for _ in range(ROUNDS)]
    ratio = statistics.median(b / c for b, c in pairs)
    speeds = [tokens / statistics.median(each) for each in zip(*pairs, strict=True)]
    return (*speeds, ratio)


def works(model: LanguageModel) -> Mapping[str, tuple[list, Callable[[], object]]]:  # type: ignore[type-arg]
    """Return what is measured: name → texts, and the capture on them."""
    languages = PAPER_LANGUAGES[:4]
    sentences = [s for each in languages for s in sample_corpus(each).sentences[:60]]
    texts = model.encode(sentences)
    first, second = languages[3], languages[2]
    words = list(sample_lexicon(first, second).entries)[:500]
    prompts = model.encode([prompt(word, first, second) for word in words])
    chosen = [torch.arange(width) % 4 == 0 for width in model.widths]
    last = range(len(model.layers))
    band = [at for at in last if 10 / 32 <= at / len(model.layers) < 22 / 32]
    return {
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


def peak(model: Sequence[str], work: str, side: str) -> float:
    """Return the peak memory in MiB of a process that loads the model and does one work once."""
    command = [sys.executable, __file__, *model, work, side]
    out = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return float(out.stdout.split()[-1])


def once(name: str, device: str, dtype: str, work: str, side: str) -> None:
    model = load(name, device=device, dtype=dtype)
    texts, capture = works(model)[work]
    if side == "bare":
        bare(model, texts)
    else:
        capture()
    if model.identity.device == "cuda":
        print(torch.cuda.max_memory_allocated() / 2**20)
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)


def main() -> None:
    if len(sys.argv) > 4:
        once(*sys.argv[1:6])
        return
    name = [*sys.argv[1:], *["demo", "auto", "auto"][len(sys.argv) - 1 :]]
    model = load(name[0], device=name[1], dtype=name[2])
    where = f"{model.identity.dtype} on {model.identity.device}"
    print(f"{model.identity} {where}, {torch.get_num_threads()} threads")
    print("| capture | bare tokens/s | captured tokens/s | captured / bare | peak memory / bare |")
    print("|---|---|---|---|---|")
    for work, (sequences, capture) in works(model).items():
        before, after, ratio = compare(model, sequences, capture)
        peaks = [peak(name, work, side) for side in ("captured", "bare")]
        print(
            f"| {work} | {before:,.0f} | {after:,.0f} | {ratio:.3f} "
            f"| {peaks[0]:,.0f} / {peaks[1]:,.0f} MiB = {peaks[0] / peaks[1]:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
