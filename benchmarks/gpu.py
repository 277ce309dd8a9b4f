"""What a GPU is kept busy with: counting, pooling and answers beside the bare forward pass.

The bare pass is measured at every batch size, and bridgex is held against its best. Then the same
on a model of the shape of an 8B Llama with random weights, built on the device, and counts by the
peers that are installed. One call, one table, eight minutes at most: what there was no time for is
said. `--tiny` does it all on a model of a few thousand weights, on any device.

Run: python -m benchmarks.gpu [--model M] [--dtype T] [--json FILE] [--tiny] [--minutes N]
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.random_models import random_model, tokenizer
from bridgex.generation import GenerationSpec, StopRule
from bridgex.languages import PAPER_LANGUAGES
from bridgex.lm.batches import PADDED_TOKENS, Batch, Encoded, batches
from bridgex.lm.budget import MOST, padded_tokens
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.generate import generate
from bridgex.lm.model import LanguageModel
from bridgex.lm.source import ModelSource, load
from bridgex.tasks.word_chain import prompt
from bridgex.texts import sample_corpus, sample_lexicon

EIGHT_BILLION = {
    "vocab_size": 128_256,
    "hidden_size": 4096,
    "intermediate_size": 14_336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
}
ROUNDS = 3
ANSWER = GenerationSpec(30, StopRule("\n"))


@dataclass(frozen=True)
class Measured:
    """One line of the table.

    Attributes:
        model: which model.
        what: what was done.
        rate: tokens (answers: prompts) per second.
        of_bare: the same as a share of the bare forward pass at its best batch size.
        peak_mib: peak memory on the GPU.
        memory: the same as a multiple of that of the bare forward pass on the same batches.
        note: batch size, or why it was left out.
    """

    model: str
    what: str
    rate: float | None = None
    of_bare: float | None = None
    peak_mib: float | None = None
    memory: float | None = None
    note: str = ""

    def line(self) -> str:
        """Return the line in Markdown."""
        cells = [
            self.model,
            self.what,
            _shown(self.rate, ",.0f"),
            _shown(self.of_bare, ".3f"),
            _shown(self.peak_mib, ",.0f"),
            _shown(self.memory, ".3f"),
            self.note,
        ]
        return f"| {' | '.join(cells)} |"


def _shown(value: float | None, form: str) -> str:
    return "—" if value is None else format(value, form)


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    sentences: int
    prompts: int
    largest: int


FULL, TINY = Size(240, 500, MOST), Size(4, 8, 2048)


class Bench:
    """One model, measured."""

    def __init__(self, name: str, model: LanguageModel, size: Size) -> None:
        self.name, self.model, self.size = name, model, size
        sentences = (sample_corpus(each).sentences[: size.sentences] for each in PAPER_LANGUAGES)
        self.texts = model.encode([sentence for each in sentences for sentence in each])
        self.tokens = sum(map(len, self.texts))
        self.budget = padded_tokens(model, PADDED_TOKENS)
        self.best = 0.0
        self._peaks: dict[int, float | None] = {}

    def bare(self, texts: Sequence[Encoded], size: int) -> None:
        """Run the forward pass without its head."""
        with torch.inference_mode():
            for padded in batches(texts, self.model.pad, size):
                batch: Batch = padded.to(self.model.model.device)
                self.model.base(
                    input_ids=batch.ids, attention_mask=batch.attended.long(), use_cache=False
                )

    def sweep(self) -> Iterator[Measured]:
        """Measure the bare pass at every batch size."""
        size = PADDED_TOKENS
        while size <= self.size.largest:
            seconds, peak = self.timed(lambda size=size: self.bare(self.texts, size))  # type: ignore[misc]
            rate = self.tokens / seconds
            self.best, self._peaks[size] = max(self.best, rate), peak
            yield Measured(self.name, "bare forward", rate, None, peak, None, f"{size:,} a batch")
            size *= 4

    def captured(self, what: str, texts: Sequence[Encoded], work: Callable[[], object]) -> Measured:
        """Measure capture on texts, beside the bare pass on the same batches."""
        tokens = sum(map(len, texts))
        seconds, peak = self.timed(work)
        _, plain = self.timed(lambda: self.bare(texts, self.budget))
        rate = tokens / seconds
        memory = None if peak is None or not plain else peak / plain
        share = rate / self.best if self.best else None
        return Measured(self.name, what, rate, share, peak, memory, f"{self.budget:,} a batch")

    def counting(self) -> Measured:
        """Count positive activations of all neurons."""
        work = lambda: run(self.model, self.texts, CountPositive(self.model.widths))  # noqa: E731
        return self.captured("counting, all neurons", self.texts, work)

    def pooling(self) -> Measured:
        """Pool a quarter of the neurons over each text."""
        chosen = [torch.arange(width) % 4 == 0 for width in self.model.widths]

        def work() -> None:
            run(self.model, self.texts, PoolNeurons(chosen, len(self.texts), "mean"))

        return self.captured("pooling, a quarter of the neurons", self.texts, work)

    def answers(self) -> Measured:
        """Answer prompts greedily, 30 tokens at most."""
        source, target = PAPER_LANGUAGES[0], PAPER_LANGUAGES[1]
        words = list(sample_lexicon(source, target).entries)[: self.size.prompts]
        prompts = self.model.encode([prompt(word, source, target) for word in words])

        def work() -> None:
            generate(self.model, prompts, spec=ANSWER, on_result=lambda _row, _answer: None)

        seconds, peak = self.timed(work)
        return Measured(
            self.name, "greedy answers, prompts/s", len(prompts) / seconds, None, peak, None,
            f"{len(prompts)} prompts in {seconds:.1f} s",
        )  # fmt: skip

    def peers(self) -> Iterator[Measured]:
        """Count with the peers that are installed, on the same batches."""
        for name, count in (("nnsight", _nnsight), ("transformer_lens", _transformer_lens)):
            what = f"counting by {name}"
            if importlib.util.find_spec(name) is None:
                yield Measured(self.name, what, note="not installed")
                continue
            counts = count(self.model)

            def work(counts: Callable[[Batch], object] = counts) -> None:
                with torch.inference_mode():
                    for batch in batches(self.texts, self.model.pad, self.budget):
                        counts(batch.to(self.model.model.device))

            yield self.captured(what, self.texts, work)

    def timed(self, work: Callable[[], object]) -> tuple[float, float | None]:
        """Return the seconds of the fastest of three rounds, and the peak memory in MiB."""
        gpu = self.model.model.device.type == "cuda"
        if gpu:
            torch.cuda.reset_peak_memory_stats()
        rounds = []
        for _ in range(ROUNDS):
            _wait()
            started = time.perf_counter()
            work()
            _wait()
            rounds.append(time.perf_counter() - started)
        return min(rounds), torch.cuda.max_memory_allocated() / 2**20 if gpu else None


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _positive(activation: torch.Tensor, batch: Batch) -> torch.Tensor:
    return ((activation > 0) & batch.counted[..., None]).sum((0, 1))


def _nnsight(model: LanguageModel) -> Callable[[Batch], object]:
    import nnsight

    traced = nnsight.NNsight(model.base)

    def counts(batch: Batch) -> object:
        with traced.trace(
            input_ids=batch.ids, attention_mask=batch.attended.long(), use_cache=False
        ):
            found = nnsight.save([])
            for layer in traced.layers:
                found.append(_positive(layer.mlp.act_fn.output, batch))
        return found

    return counts


def _transformer_lens(model: LanguageModel) -> Callable[[Batch], object]:
    from transformer_lens.model_bridge import TransformerBridge

    bridge = TransformerBridge.boot_transformers(
        str(model.model.config._name_or_path),
        hf_model=model.model,
        tokenizer=model.tokenizer,
        dtype=model.model.dtype,
        device=str(model.model.device),
    )
    points = [f"blocks.{layer}.mlp.gate.hook_out" for layer in range(len(model.layers))]

    def counts(batch: Batch) -> object:
        found: list[torch.Tensor] = []

        def keep(gate: torch.Tensor, hook: object) -> None:
            del hook
            found.append(_positive(gate, batch))

        bridge.run_with_hooks(
            batch.ids,
            attention_mask=batch.attended.long(),
            return_type=None,
            fwd_hooks=[(point, keep) for point in points],
        )
        return found

    return counts


def of_shape(shape: Mapping[str, int], device: torch.device) -> LanguageModel:
    """Return a Llama of a shape with random weights, built on the device in bfloat16."""
    config = transformers.LlamaConfig.from_dict(
        {**shape, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    )
    with torch.device(device):
        plain = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    return ModelSource.in_memory(plain.eval(), tokenizer(), digest="random weights").load()


def steps(asked: argparse.Namespace, size: Size) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is measured, one after the other: a name, and the work."""
    if asked.tiny:
        plain = random_model("llama", 0, layers=3, width=64)
        small = ModelSource.in_memory(plain, tokenizer(), digest="tiny").load()
    else:
        small = load(asked.model, dtype=asked.dtype)
    bench = Bench(asked.model if not asked.tiny else "tiny", small, size)
    yield from _of(bench)
    yield "peers", bench.peers
    device = small.model.device
    del bench, small
    shape = EIGHT_BILLION if device.type == "cuda" else dict.fromkeys(EIGHT_BILLION, 64)
    if device.type != "cuda":
        shape |= {"vocab_size": 300, "num_hidden_layers": 2, "num_attention_heads": 4}
        shape |= {"num_key_value_heads": 2, "max_position_embeddings": 8192}
    yield from _of(Bench("8B shape", of_shape(shape, device), size), answers=False)


def _of(bench: Bench, *, answers: bool = True) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "bare forward", bench.sweep
    yield "counting", bench.counting
    yield "pooling", bench.pooling
    if answers:
        yield "answers", bench.answers


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    until = time.monotonic() + 60 * asked.minutes
    print("| model | what | per second | of the bare forward | MiB | of the bare forward | |")
    print("|---|---|---|---|---|---|---|")
    found: list[Measured] = []
    for name, work in steps(asked, TINY if asked.tiny else FULL):
        if time.monotonic() > until:
            found.append(Measured("", name, note="left out: no time"))
            print(found[-1].line(), flush=True)
            continue
        measured = work()
        for each in [measured] if isinstance(measured, Measured) else measured:
            found.append(each)
            print(each.line(), flush=True)
    if asked.json:
        rows = [asdict(each) for each in found]
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
