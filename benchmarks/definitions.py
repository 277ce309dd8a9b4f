"""Which definition of the bridge score agrees with measured accuracy? All of them, crossed.

    python -m benchmarks.definitions score FOLDER es-fr id-zh … --lexicon PATH [--model demo]
    python -m benchmarks.definitions table FOLDER VALIDATION.json …

`score` reads the prompts of a pair once per way to prompt, and computes every definition of
`benchmarks.definition_scores` from those activations, per candidate and layer; a pair that FOLDER
has is left out, so the same command goes on where it stopped. `table` correlates the scores with
the accuracies of a validation: Kendall's τ over the candidates of a pair, mean over pairs with
Student's t interval, p corrected for the number of definitions by permuting each pair's accuracies
(the highest mean τ of any definition in each permutation: Westfall and Young 1993), and the mean τ
on half of the pairs of the definition that is best on the other half.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file

import bridgex
from benchmarks.definition_scores import SELECTIONS, Sets, View, kinds, scores, sets_of
from bridgex import languages
from bridgex.bridges import BridgeSettings
from bridgex.errors import RequestError
from bridgex.experiments.measures import over_pairs
from bridgex.experiments.pairs import pair_named, read_words
from bridgex.languages import Language
from bridgex.lm.activations import LayerActivation
from bridgex.lm.batches import Batch, Encoded
from bridgex.lm.capture import run
from bridgex.lm.model import LanguageModel
from bridgex.neurons import ActivationStats
from bridgex.probe import ProbeSettings, encode
from bridgex.report.progress import stderr_progress
from bridgex.storage.files import writing
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item, PivotContext
from bridgex.tasks.word_chain import TEMPLATE, prompt
from bridgex.texts import Corpus

WORDS, BRIDGED, FEWEST = 64, 32, 16
"""Prompts of a view, of one through a bridge, and the fewest of any."""
SHOTS = 4
LAYERS: Mapping[str, tuple[float, float]] = {
    "band": BridgeSettings().band,
    "early": (0.0, 10 / 32),
    "late": (22 / 32, 1.0),
    "all": (0.0, 1.0),
}
PERMUTATIONS, SPLITS = 2000, 1000
DEFAULT = "direct/last/understood|top|specific|matched|cka_debiased|joint|band"
"""The default preset, at the rate of the demo preset."""


@dataclass(frozen=True)
class Text:
    """A tokenised prompt and how it is pooled: name → the tokens that are averaged over."""

    encoded: Encoded
    poolings: Mapping[str, tuple[bool, ...]]


class PoolSeveralWays:
    """Pools all neurons of each text in several ways in one pass."""

    def __init__(self, texts: Sequence[Text], widths: Sequence[int]) -> None:
        self._texts = texts
        self.values = {
            name: [torch.full((width, len(texts)), torch.nan) for width in widths]
            for name in texts[0].poolings
        }

    def reduce(self, layer: int, activation: LayerActivation, batch: Batch) -> torch.Tensor:
        """Return one layer's pooled activations of one batch, (poolings, texts, width)."""
        index = torch.arange(len(next(iter(self.values.values()))[layer]))
        weights = torch.zeros(len(self.values), *batch.ids.shape)
        for row, at in enumerate(batch.rows):
            for way, tokens in enumerate(self._texts[at].poolings.values()):
                weights[way, row, : len(tokens)] = torch.tensor(tokens).float() / sum(tokens)
        return torch.stack([activation.pooled(index, each) for each in weights])

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Put one batch where its texts belong."""
        rows = torch.tensor(batch.rows)
        for layer, pooled in kept.items():
            for values, way in zip(self.values.values(), pooled, strict=True):
                values[layer][:, rows] = way.cpu().T


def captured(model: LanguageModel, texts: Sequence[Text]) -> Mapping[str, tuple[torch.Tensor, ...]]:
    """Return pooling → per layer (width, texts)."""
    reduction = PoolSeveralWays(texts, model.widths)
    run(model, [text.encoded for text in texts], reduction)
    return {name: tuple(layers) for name, layers in reduction.values.items()}


def _mean_and_last(encoded: Encoded) -> dict[str, tuple[bool, ...]]:
    ordinary = tuple(not flag for flag in encoded.special)
    last = tuple(at == len(encoded) - 1 for at in range(len(encoded)))
    return {"mean": ordinary, "last": last}


def _last(encoded: Encoded) -> tuple[bool, ...]:
    return tuple(at == len(encoded) - 1 for at in range(len(encoded)))


def direct_texts(
    model: LanguageModel, words: Sequence[str], pair: tuple[Language, Language]
) -> Iterator[list[Text]]:
    """Yield the direct prompts of some words, and the same up to the answer's quotation mark."""
    prompts = [prompt(word, *pair) for word in words]
    before = len(TEMPLATE.partition("{word}")[0].format(source=pair[0].endonym))
    spans = [(before, before + len(word)) for word in words]
    arrows = [(text.rindex("→"), text.rindex("→") + 1) for text in prompts]
    quoted = model.encode_quoted(prompts, spans)
    pointed = model.encode_quoted(prompts, arrows)
    yield [
        Text(word, {**_mean_and_last(word), "word": word.word or (), "arrow": arrow.word or ()})
        for word, arrow in zip(quoted, pointed, strict=True)
    ]
    yield [_answering(each) for each in encode(model, [f'{text}"' for text in prompts], chat=False)]


def _answering(encoded: Encoded) -> Text:
    return Text(encoded, {"answer": _last(encoded)})


def views(
    model: LanguageModel,
    words: Bli,
    bridges: Sequence[Language],
    understood: Sequence[str],
    asked: Sequence[str],
    corpus: Corpus,
) -> Iterator[View]:
    """Capture a pair's activations and yield them view by view.

    Args:
        model: the model.
        words: word translation of the pair, with dictionaries into the bridges.
        bridges: the candidates.
        understood: words the model translates right.
        asked: all words of the probe.
        corpus: text of the source.
    """
    pair, codes = (words.source, words.target), [bridge.code for bridge in bridges]
    enough = understood if len(understood) >= FEWEST else asked  # as the probe itself does
    groups = {"understood": enough[:WORDS], "all": asked[:WORDS]}
    union = list(dict.fromkeys(word for group in groups.values() for word in group))
    for texts in direct_texts(model, union, pair):
        for pooling, layers in captured(model, texts).items():
            for name, group in groups.items():
                columns = torch.tensor([union.index(word) for word in group])
                values = tuple(layer[:, columns] for layer in layers)
                view = f"direct/{pooling}/{name}"
                yield View(view, dict.fromkeys(codes, values), pooling in {"mean", "last"})
    sentences = encode(model, corpus.sentences[:WORDS], chat=False)
    of_text = captured(model, [Text(each, _mean_and_last(each)) for each in sentences])
    for pooling, layers in of_text.items():
        yield View(f"text/{pooling}/all", dict.fromkeys(codes, layers), best_match=False)
    known = [
        Item(word, word, ("",))
        for word in asked
        if all(words.known_pivot(Item(word, word, ("",)), bridge) for bridge in bridges)
    ][:BRIDGED]
    if len(known) < FEWEST:
        return
    through: dict[str, dict[str, tuple[torch.Tensor, ...]]] = {}
    for bridge in bridges:
        prompts = [
            words.prompt(item, PivotContext(bridge, words.known_pivot(item, bridge) or ""))
            for item in known
        ]
        plain = encode(model, prompts, chat=False)
        opened = encode(model, [f'{text}"' for text in prompts], chat=False)
        found = dict(captured(model, [Text(each, _mean_and_last(each)) for each in plain]))
        found |= captured(model, [_answering(each) for each in opened])
        for pooling, layers in found.items():
            through.setdefault(pooling, {})[bridge.code] = layers
    for pooling, by_code in through.items():
        yield View(f"bridged/{pooling}/all", by_code, best_match=False)


def score_pair(session: bridgex.Session, name: str, texts: bridgex.Texts, target: Path) -> None:
    """Compute every definition for a pair and write it."""
    source, end = pair_named(name)
    pair, bridges = languages.pair_and_candidates(source.code, end.code)
    words = read_words(pair, bridges, texts)
    if words is None or words.probe is None:
        raise RequestError(f"There is no dictionary for {name}; give one with --lexicon.")
    corpora = {each.code: texts.corpus_of(each) for each in (*pair, *bridges)}
    stats: dict[str, ActivationStats] = {
        code: session.stats(corpus, "sentences") for code, corpus in corpora.items()
    }
    sets: dict[str, Sets] = {}
    gaps: dict[str, str] = {}
    for selection, how in SELECTIONS.items():
        try:
            sets[selection] = sets_of(stats, (pair[0].code, pair[1].code), how)
        except RequestError as problem:
            gaps[selection] = str(problem)
    probe = session.probe(words.probe, ProbeSettings(shots=SHOTS))
    understood = [answer.word for answer in probe.answers if answer.understood]
    asked = [answer.word for answer in probe.answers]
    tensors: dict[str, torch.Tensor] = {}
    started = time.monotonic()
    found = views(session.load(), words, bridges, understood, asked, corpora[pair[0].code])
    for view in found:
        tensors[view.name] = scores(view, sets)
        print(f"{name} {view.name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    facts = {
        "model": str(session.model.identity),
        "candidates": [bridge.code for bridge in bridges],
        "words": [len(understood), len(asked)],
        "gaps": gaps,
    }
    with writing(target) as path:
        save_file(tensors, path, {"facts": json.dumps(facts)})


def read_scores(path: Path) -> tuple[list[str], dict[str, NDArray[np.float64]]]:
    """Return a pair's candidates, and definition → their scores (NaN where it has none)."""
    found: dict[str, NDArray[np.float64]] = {}
    with safe_open(path, "pt") as file:
        codes: list[str] = json.loads(file.metadata()["facts"])["candidates"]
        for view in file.keys():  # noqa: SIM118  (it is no mapping)
            values = file.get_tensor(view).double().numpy()
            depth = values.shape[-1]
            parts = {
                name: [at for at in range(depth) if low <= at / depth < high]
                for name, (low, high) in LAYERS.items()
            }
            parts |= {f"layer {at}": [at] for at in range(depth)}
            best_match = len(values) == len(kinds(best_match=True))
            for kind, row in zip(kinds(best_match=best_match), values, strict=True):
                name = "|".join((view, *astuple(kind)))
                usable = ~np.isnan(row).any(0)
                for layers, members in parts.items():
                    if layers.startswith("layer") and f"{name}|band" != DEFAULT:
                        continue
                    kept = [at for at in members if usable[at]]
                    enough = len(kept) >= min(3, len(members))
                    found[f"{name}|{layers}"] = (
                        row[:, kept].mean(1) if enough else np.full(len(codes), np.nan)
                    )
    return codes, found


def signs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sign of every difference between two candidates, (…, pairs of candidates)."""
    pairs = list(combinations(range(values.shape[-1]), 2))
    first, second = (list(each) for each in zip(*pairs, strict=True))
    found: NDArray[np.float64] = np.sign(values[..., first] - values[..., second])
    return found


def tau(scores: NDArray[np.float64], accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Kendall's τ-b of each definition with each row of accuracies.

    Args:
        scores: (definitions, candidates).
        accuracy: (orders, candidates).

    Returns:
        (definitions, orders); NaN where either side is all the same, or has no value.
    """
    mine, theirs = signs(scores), signs(accuracy)
    untied = np.abs(mine).sum(-1)[:, None] * np.abs(theirs).sum(-1)[None]
    with np.errstate(invalid="ignore", divide="ignore"):
        found: NDArray[np.float64] = np.where(untied > 0, mine @ theirs.T / np.sqrt(untied), np.nan)
    return found


@dataclass(frozen=True)
class Table:
    """Definitions against accuracy.

    Attributes:
        names: of the definitions.
        pairs: of the languages.
        observed: τ, (definitions, pairs).
        permuted: mean τ over pairs under permuted accuracies, (definitions, permutations).
        regret: accuracy of the best candidate minus that of the first, (definitions, pairs).
    """

    names: list[str]
    pairs: list[str]
    observed: NDArray[np.float64]
    permuted: NDArray[np.float64]
    regret: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean τ of each definition."""
        mean: NDArray[np.float64] = self.observed.mean(1)
        return mean

    @property
    def corrected(self) -> NDArray[np.float64]:
        """P-value of each, one-sided, corrected for the number of definitions."""
        highest = self.permuted.max(0)
        reached: NDArray[np.float64] = (highest[None] >= self.mean[:, None]).sum(1).astype(float)
        return (1 + reached) / (len(highest) + 1)


def accuracies(paths: Sequence[Path]) -> dict[str, dict[str, float]]:
    """Return pair → candidate → accuracy of `bli` from validations."""
    found = {}
    for path in paths:
        for case in bridgex.Validation.load(path).cases:
            if case.task == "bli":
                found["-".join(case.pair)] = {
                    each.name.partition(":")[2]: each.value
                    for each in case.results
                    if each.name.startswith("bridge:")
                }
    return found


def tabulated(folder: Path, validations: Sequence[Path]) -> Table:
    """Correlate every definition that all pairs of a folder have with their accuracy."""
    measured = accuracies(validations)
    generator = np.random.default_rng(0)
    by_pair = {
        path.stem: read_scores(path)
        for path in sorted(folder.glob("*.safetensors"))
        if len({*measured.get(path.stem, {}).values()}) > 1  # no order can agree with a tie of all
    }
    if not by_pair:
        raise RequestError(
            f"No pair of {folder} has accuracies that differ in these validations; score one."
        )
    names = sorted(set.intersection(*(set(found) for _, found in by_pair.values())))
    observed, permuted, regret = [], [], []
    for pair, (codes, found) in by_pair.items():
        accuracy = np.array([measured[pair][code] for code in codes])
        scores = np.array([found[name] for name in names])
        orders = np.array([generator.permutation(accuracy) for _ in range(PERMUTATIONS)])
        observed.append(tau(scores, accuracy[None])[:, 0])
        permuted.append(np.nan_to_num(tau(scores, orders)))
        known = ~np.isnan(scores).any(1)
        first = np.where(known, np.nan_to_num(scores, nan=-np.inf).argmax(1), 0)
        regret.append(np.where(known, accuracy.max() - accuracy[first], np.nan))
    taus = np.array(observed).T
    kept = np.array([bool(np.isfinite(row).all()) for row in taus])
    return Table(
        [name for name, keep in zip(names, kept.tolist(), strict=True) if keep],
        list(by_pair),
        taus[kept],
        np.mean(permuted, 0)[kept],
        np.array(regret).T[kept],
    )


def held_back(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, per random split in halves, τ on the other half of the chosen and of the default."""
    generator = np.random.default_rng(1)
    chosen, usual = [], []
    default = table.names.index(DEFAULT) if DEFAULT in table.names else None
    for _ in range(SPLITS):
        order = generator.permutation(len(table.pairs))
        half = len(order) // 2
        best = table.observed[:, order[:half]].mean(1).argmax()
        chosen.append(table.observed[best, order[half:]].mean())
        if default is not None:
            usual.append(table.observed[default, order[half:]].mean())
    return np.array(chosen), np.array(usual)


def show(table: Table, rows: int = 10) -> None:
    """Print the table: the best definitions, the default, each factor, the held-back half."""
    order = np.argsort(-table.mean)
    wanted = [*order[:rows], *(at for at, name in enumerate(table.names) if name == DEFAULT)]
    print(f"{len(table.names):,} definitions with a value on all of {len(table.pairs)} pairs\n")
    print("| definition | mean τ | 95 % | p, corrected | mean regret |\n|---|---|---|---|---|")
    for at in wanted:
        pairs = {
            (name, ""): float(value)
            for name, value in zip(table.pairs, table.observed[at], strict=True)
        }
        interval = over_pairs(pairs).interval
        bounds = "—" if interval is None else f"{interval.low:+.2f} … {interval.high:+.2f}"
        cells = f"{table.mean[at]:+.2f} | {bounds} | {table.corrected[at]:.2g}"
        print(f"| {table.names[at]} | {cells} | {100 * table.regret[at].mean():.1f} |")
    print("\n| part | choice | definitions | mean τ | highest |\n|---|---|---|---|---|")
    parts = ("prompt", "pooling", "words", "selection", "set", "size", "measure", "aggregation")
    split = [[*name.partition("|")[0].split("/"), *name.split("|")[1:]] for name in table.names]
    for column, part in enumerate((*parts, "layers")):
        for choice in dict.fromkeys(each[column] for each in split):
            means = [table.mean[at] for at, each in enumerate(split) if each[column] == choice]
            print(
                f"| {part} | {choice} | {len(means):,} | {fmean(means):+.3f} | {max(means):+.2f} |"
            )
    if len(table.pairs) >= 4:
        chosen, usual = held_back(table)
        print(
            f"\nChosen on half of the pairs, on the other half ({SPLITS} random splits): mean τ "
            f"{chosen.mean():+.3f} (2.5–97.5 % of splits {np.quantile(chosen, 0.025):+.2f} … "
            f"{np.quantile(chosen, 0.975):+.2f})"
        )
        if len(usual):
            better = (chosen > usual).mean()
            print(
                f"default {usual.mean():+.3f}; the chosen one is better in {better:.0%} of splits"
            )


def main() -> None:
    """Score pairs, or show the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    jobs = parser.add_subparsers(dest="job", required=True)
    scoring = jobs.add_parser("score")
    scoring.add_argument("folder", type=Path)
    scoring.add_argument("pairs", nargs="+")
    scoring.add_argument("--lexicon", type=Path)
    scoring.add_argument("--model", default="demo")
    scoring.add_argument("--dtype", default="auto")
    shown = jobs.add_parser("table")
    shown.add_argument("folder", type=Path)
    shown.add_argument("validations", nargs="+", type=Path)
    given = parser.parse_args()
    if given.job == "table":
        show(tabulated(given.folder, given.validations))
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    session = bridgex.Session(given.model, dtype=given.dtype, progress=stderr_progress())
    texts = bridgex.Texts(lexicon=(given.lexicon,) if given.lexicon else ())
    for name in given.pairs:
        target = given.folder / f"{name}.safetensors"
        if not target.exists():
            score_pair(session, name, texts, target)


if __name__ == "__main__":
    main()
