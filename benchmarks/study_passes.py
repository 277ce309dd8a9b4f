"""What a study asks of its model: forward passes, texts, tokens, seconds.

Run: python -m benchmarks.study_passes [MODEL] [ITEMS]

Six pairs, two tasks, both presets of the bridge score and every chooser that asks the model. Each
forward pass of the model itself is counted, so that what is asked twice shows.
"""

import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridgex import probe
from bridgex.experiments.study.run import run_study
from bridgex.lm import capture
from bridgex.lm.capture import CountPositive
from bridgex.lm.local import LocalBackend
from bridgex.lm.model import LanguageModel
from bridgex.session import reading as session_reading
from bridgex.session.base import SessionBase
from bridgex.storage.store import Store

PAIRS = ("de-id", "en-fr", "zh-ja", "es-tl", "id-he", "fr-sw")
FILE = """
pairs = {pairs}
candidates = ["en", "de", "fr", "es"]
items = {items}
development = 20
choosers = ["internal", "english", "overlap", "development", "chain_likelihood", "latent_language"]
[[models]]
name = "{model}"
dtype = "float32"
[[tasks]]
name = "bli"
[[tasks]]
name = "bli"
shots = 4
[texts]
sentences = 80
[settings.default]
preset = "default"
[settings.paper]
preset = "paper"
"""


class Counts:
    """What a model computes.

    Attributes:
        calls: forward passes, one for a batch that is read and one for each token of a batch.
        rows: texts of all of them.
        tokens: tokens of all of them, padding included.
        asked: kind → each question, how often it was asked.
    """

    def __init__(self) -> None:
        self.calls = self.rows = self.tokens = 0
        self.asked: dict[str, Counter[Any]] = defaultdict(Counter)

    def forward(self, _module: Any, _args: Any, kwargs: Mapping[str, Any]) -> None:
        """Count a forward pass; a hook of torch."""
        rows, width = kwargs["input_ids"].shape
        self.calls += 1
        self.rows += rows
        self.tokens += rows * width


def watch(counts: Counts) -> None:
    """Count whatever sessions of this process ask their models."""
    load, generate, score = SessionBase.load, LocalBackend.generate, LocalBackend.score
    watched: set[int] = set()

    def loading(self: SessionBase) -> LanguageModel:
        model = load(self)
        if id(model) not in watched:
            watched.add(id(model))
            model.base.register_forward_pre_hook(counts.forward, with_kwargs=True)
        return model

    def generating(self: Any, prompts: Any, spec: Any, **more: Any) -> None:
        counts.asked["continuations"].update((str(prompt), spec) for prompt in prompts)
        generate(self, prompts, spec, **more)

    def scoring(self: Any, prompts: Any, options: Any, **more: Any) -> None:
        pairs = zip(map(str, prompts), map(tuple, options), strict=True)
        counts.asked["likelihoods"].update(pairs)
        score(self, prompts, options, **more)

    def reading(model: Any, texts: Any, reduction: Any, *more: Any, **others: Any) -> int:
        kind = "counted" if isinstance(reduction, CountPositive) else "captured"
        counts.asked[kind].update(text.ids for text in texts)
        return capture.run(model, texts, reduction, *more, **others)

    SessionBase.load, LocalBackend.generate = loading, generating  # type: ignore[method-assign]
    LocalBackend.score = scoring  # type: ignore[method-assign]
    session_reading.run = probe.run = reading  # type: ignore[attr-defined]


def main() -> None:
    """Run one study and print what it asked."""
    given = sys.argv[1:]
    model, items = (given[0] if given else "demo"), int(given[1] if given[1:] else 30)
    counts = Counts()
    watch(counts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.toml"
        pairs = list(PAIRS)
        path.write_text(FILE.format(pairs=pairs, items=items, model=model), encoding="utf-8")
        began, computed = time.perf_counter(), time.process_time()
        study = run_study(path, store=Store(Path(folder) / "store"))
        cases = len(list(study.cases()))
        print(
            f"{cases} cases: {time.perf_counter() - began:.0f} s, "
            f"{time.process_time() - computed:.0f} s of processor time"
        )
    print(f"{counts.calls:,} forward passes, {counts.rows:,} rows, {counts.tokens:,} tokens")
    for kind, asked in counts.asked.items():
        print(f"{kind}: {asked.total():,} texts, {len(asked):,} distinct")


if __name__ == "__main__":
    main()
