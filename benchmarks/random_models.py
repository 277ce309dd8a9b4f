"""Does a model that knows nothing get advice? Ten families with random weights, rankings of all.

Ranks four pairs with every preset on tiny models built in memory, from the embedded sentences and
words, and counts how often each thing a verdict asks for holds, and what the verdicts are. Nothing
may be `clear` and no bridge may be advised; the last line ends the program with an error where one
is.

Run: python benchmarks/random_models.py
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import tokenizers
import torch
import transformers
from scipy.stats import binomtest

import bridgex
from bridgex.analysis.settings import Preset, preset
from bridgex.bridges import BridgeRanking
from bridgex.bridges.verdict import ALPHA, FEWEST_LAYERS
from bridgex.storage.store import Store

FAMILIES = (
    "llama",
    "mistral",
    "qwen2",
    "qwen3",
    "gemma2",
    "phi3",
    "gpt2",
    "gpt_neox",
    "opt",
    "bloom",
)
PAIRS = ("id zh", "es fr", "he ar", "de id")
LAYERS, HIDDEN, WIDTH, HEADS = 12, 32, 2048, 2
SENTENCES, WORDS = 16, 60
SPECIAL = ("<pad>", "<s>", "</s>")


@dataclass(frozen=True)
class Held:
    """What of a verdict's conditions a ranking fulfils."""

    layers: bool
    above_others: bool
    above_null: bool
    words: bool


def tokenizer() -> Any:
    """Return a tokenizer of bytes, which reads every script."""
    letters = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate([*SPECIAL, *letters])}
    core = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    core.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = tokenizers.decoders.ByteLevel()
    core.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core,
        **dict(zip(("pad_token", "bos_token", "eos_token"), SPECIAL, strict=True)),
    )


def random_model(family: str, seed: int, layers: int = LAYERS, width: int = WIDTH) -> Any:
    """Return a small model of a family with the weights it starts training with."""
    names: dict[str, Any] = {
        "vocab_size": 256 + len(SPECIAL),
        "max_position_embeddings": 2048,
        "n_positions": 2048,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "head_dim": HIDDEN // HEADS,
        "word_embed_proj_dim": HIDDEN,
        **dict.fromkeys(("hidden_size", "n_embd"), HIDDEN),
        **dict.fromkeys(("intermediate_size", "ffn_dim", "n_inner"), width),
        **dict.fromkeys(("num_hidden_layers", "n_layer"), layers),
        **dict.fromkeys(("num_attention_heads", "n_head", "num_key_value_heads"), HEADS),
    }
    kind = type(transformers.AutoConfig.for_model(family))
    known = {name: value for name, value in names.items() if _knows(kind(), name)}
    torch.manual_seed(seed)
    return transformers.AutoModelForCausalLM.from_config(kind(**known)).eval()


def _knows(config: Any, name: str) -> bool:
    return hasattr(config, name) or name in getattr(config, "attribute_map", {})


def rankings(
    family: str,
    seed: int,
    store: Path,
    *,
    pairs: tuple[str, ...] = PAIRS,
    words: int = WORDS,
    **shape: int,
) -> Iterator[tuple[str, str, BridgeRanking]]:
    """Return pair, preset and ranking of one random model."""
    session = bridgex.Session(
        model=random_model(family, seed, **shape), tokenizer=tokenizer(), store=Store(store)
    )
    texts = bridgex.Texts(budget=bridgex.Budget(sentences=SENTENCES))
    for pair in pairs:
        for name in get_args(Preset):
            settings = preset(name).changed(
                {"probe.words": words, "bridges.null_draws": 199, "bridges.matching_draws": 10}
            )
            yield pair, name, session.rank(*pair.split(), texts=texts, settings=settings)


def held(ranking: BridgeRanking) -> Held:
    """Return which conditions hold, each by itself."""
    first, *others = ranking.scores
    null = ranking.scores[first].null
    return Held(
        len(ranking.layers) >= FEWEST_LAYERS,
        bool(ranking.differences)
        and all(ranking.differences[f"{first}-{other}"].low > 0 for other in others),
        null is not None and null.p_corrected <= ALPHA,
        ranking.words is not None and ranking.words.understood >= ranking.words.needed,
    )


def main() -> int:
    """Print the table; return 1 where a random model is given advice."""
    torch.set_num_threads(1)
    found: dict[str, list[BridgeRanking]] = {name: [] for name in get_args(Preset)}
    with tempfile.TemporaryDirectory() as folder:
        for seed, family in enumerate(FAMILIES):
            for _, name, ranking in rankings(family, seed, Path(folder)):
                found[name].append(ranking)
            print(f"{family} done", file=sys.stderr, flush=True)
    print(
        "| preset | rankings | layers | first above others | above the null | these three ", end=""
    )
    print("| words | verdicts | bridge |\n|---|---|---|---|---|---|---|---|---|")
    for name, ranked in found.items():
        each = [held(ranking) for ranking in ranked]
        kinds = Counter(ranking.verdict.kind for ranking in ranked).most_common()
        cells = [
            len(ranked),
            sum(one.layers for one in each),
            sum(one.layers and one.above_others for one in each),
            sum(one.layers and one.above_null for one in each),
            sum(one.layers and one.above_others and one.above_null for one in each),
            sum(one.words for one in each),
            ", ".join(f"{count} {kind}" for kind, count in kinds),
            sum(ranking.best is not None for ranking in ranked),
        ]
        print(f"| {name} | {' | '.join(map(str, cells))} |")
    every = [ranking for ranked in found.values() for ranking in ranked]
    advised = sum(ranking.best is not None for ranking in every)
    bound = binomtest(advised, len(every)).proportion_ci(0.95, method="exact").high
    print(f"\n{advised} of {len(every)} name a bridge (at most {bound:.1%}, 95 % Clopper–Pearson).")
    return int(advised > 0)


if __name__ == "__main__":
    sys.exit(main())
