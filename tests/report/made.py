"""Small results made by hand, for what shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.bridges.ranking import Null, ProbeWords
from bridgex.dependence import Interval
from bridgex.evaluation.results import Evaluation, results
from bridgex.evaluation.run import Run
from bridgex.evaluation.significance import Bounds, Difference
from bridgex.evaluation.strategies import Combination, parse
from bridgex.experiments.ablated import (
    Ablation,
    Change,
    Control,
    Intact,
    PerplexityChange,
    SilencedSet,
)
from bridgex.experiments.case import BEST_BRIDGE, BEST_PER_ITEM, Case, Chosen
from bridgex.experiments.measures import judge
from bridgex.experiments.validation import Validation
from bridgex.languages import find
from bridgex.neurons import ActivationStats, Selection, Spectrum, select, spectrum_of
from bridgex.session import Cost
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.tasks.outcomes import Combined, Outcome

MODEL = {"name": "tiny", "digest": "d" * 64, "dtype": "float32", "device": "cpu", "libraries": ""}
PAPER_CODES = ("zh", "ja", "ar", "he", "id", "tl", "fi", "hu", "sw", "en", "de", "fr", "it", "pt")
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "=HYPERLINK(1)",
    "\x1b[31m\u202eevil\u2066\u2028",
    "[bold red]markup[/bold red] {{ 7 * 7 }} </script> :smile:",
    "long" * 2500,
)
"""Texts that would run, steer a terminal, reverse a line, be markup, or fill the page."""


def ranking(
    kind: str = "tie", *, beats: bool | None = True, tokens: int = 4_000, **changed: Any
) -> BridgeRanking:
    """Four candidates from Indonesian to Chinese in a model of eight layers."""
    values = {"fr": 0.40, "pt": 0.38, "en": 0.21, "xx_Weird": None}
    scores = {
        code: Score(value)
        if value is None
        else Score(
            value,
            Interval(value - 0.05, value + 0.05, 0.02),
            Null(0.1, 0.16, 0.01, 0.02 if beats else 0.4, at_floor=False),
            per_layer={2: value - 0.1, 4: value + 0.1},
            sizes={2: 5, 3: 1, 4: 7},
        )
        for code, value in values.items()
    }
    members = {"clear": ("fr",), "tie": ("fr", "pt")}.get(kind, tuple(values))
    fields: dict[str, Any] = {
        "pair": ("id", "zh"),
        "scores": scores,
        "layers": (2, 4),
        "skipped": {3: "fewer than 2 neurons: fr 1"},
        "anchor": {2: 9, 3: 2, 4: 8},
        "anchor_removed": 1,
        "matched": {2: 3, 4: 4},
        "differences": {},
        "verdict": Verdict(kind, members, f"Reason of {kind}.", beats),  # type: ignore[arg-type]
        "level": 0.9,
        "words": ProbeWords(500, 60, 50, "understood"),
        "notes": ("A note",),
        "provenance": {
            "model": MODEL,
            "settings": {"bridges": {"level": 0.9, "seed": 3}},
            "corpora": {
                "id": {"name": "own corpus", "licence": "CC0", "tokens": tokens, "files": ["a"]}
            },
            "neurons": {"id": {"per_layer": [0] * 8}},
            "probe": {
                "answers": [
                    {"word": word, "accepted": [word], "answer": word, "understood": False}
                    for word in HOSTILE
                ]
            },
        },
        "signature": "tiny · seed 3",
    }
    return BridgeRanking(**fields | changed)


def spectrum(codes: Sequence[str] = PAPER_CODES, seed: int = 0) -> Spectrum:
    """Languages whose counts are drawn at random, relatives drawn alike."""
    generator = torch.Generator().manual_seed(seed)
    families = {code: find(code).family or code for code in codes}
    own = {
        family: torch.rand(2, 60, generator=generator) for family in sorted({*families.values()})
    }
    stats = {
        code: ActivationStats(
            "tiny",
            code,
            1000,
            tuple(((own[families[code]] + torch.rand(2, 60, generator=generator)) * 500).long()),
        )
        for code in codes
    }
    made = spectrum_of(
        stats, select(stats, Selection(rate=0.2)), {"family": families}, permutations=19
    )
    return replace(made, provenance={"model": MODEL, "permutations": 19}, signature="tiny spectrum")


def task_results(right: Mapping[str, Sequence[bool]], words: Sequence[str] = ()) -> Any:
    """What strategies came to on the same words."""
    count = len(next(iter(right.values())))
    named = [*words, *(f"word {at}" for at in range(count))][:count]
    items = tuple(Item(str(at), word, (f"right {at}",)) for at, word in enumerate(named))
    task = Bli(source=find("id"), target=find("he"), items=items)
    runs = {}
    for name, each in right.items():
        strategy = parse(name, (task.source, task.target), None)
        together = isinstance(strategy, Combination)
        combined = Combined({str(way): "answered" for way in strategy.asked}, {"answered": 1.0})
        outcomes = tuple(
            Outcome(
                item.id,
                "" if together else f'Indonesia:"{item.context}"→',
                "через" if name.startswith("bridge") else None,
                item.context,
                None,
                item.context,
                item.accepted,
                float(hit),
                None,
                combined=combined if together else None,
            )
            for item, hit in zip(items, each, strict=True)
        )
        runs[name] = Run(strategy, outcomes, 0, 0, 0)
    return results(task, runs)


def evaluation(direct: int = 4, through: int = 8, items: int = 10) -> Evaluation:
    """Direct prompting and English on ten words, some of them hostile."""
    right = {
        "direct": [at < direct for at in range(items)],
        "bridge:en": [at < through for at in range(items)],
    }
    return Evaluation(
        "bli",
        ("id", "he"),
        items,
        task_results(right, HOSTILE),
        None,
        provenance={"model": MODEL, "answering": "generate"},
        signature="tiny · bli",
    )


VOTE = "vote:direct@60+en@40"


def voted() -> Evaluation:
    """Direct prompting, English, and both together."""
    right = {"direct": [True] * 4, "bridge:en": [True] * 6, VOTE: [True] * 5}
    hits = {name: (each + [False] * 10)[:10] for name, each in right.items()}
    return replace(evaluation(), results=task_results(hits, HOSTILE))


def case(pair: tuple[str, str] = ("id", "he"), best: str = "fr") -> Case:
    """Three candidates of a pair, and three choosers."""
    hits = {"direct": 3, "bridge:en": 4, "bridge:de": 5, "bridge:fr": 4}
    hits[f"bridge:{best}"] = 8
    found = task_results({name: [at < hit for at in range(10)] for name, hit in hits.items()})
    accuracy = {name.partition(":")[2]: hit / 10 for name, hit in hits.items() if ":" in name}

    def chosen(values: Mapping[str, float], passes: int, kind: str = "clear") -> Chosen:
        ordered = dict(sorted(values.items(), key=lambda each: -each[1]))
        first = tuple(ordered)[:1]
        said = ranking(
            kind,
            pair=pair,
            scores={code: Score(value) for code, value in ordered.items()},
            layers=(),
            skipped={},
            verdict=Verdict(kind, first, "Said.", None),  # type: ignore[arg-type]
            provenance={},
        )
        judgement = judge(
            said, accuracy, direct=0.3, differs_significantly=False, direct_advised=False
        )
        return Chosen(said, f"bridge:{first[0]}", judgement, Cost(passes, passes // 2))

    return Case(
        "tiny@d float32",
        pair,
        "bli",
        "accuracy",
        "e" * 64,
        10,
        4,
        found,
        {
            "internal:default": chosen({"en": 0.1, "de": 0.2, "fr": 0.3}, 1000),
            "english": chosen({"en": 1.0, "de": 0.0, "fr": 0.0}, 0),
            "unsure": chosen({"en": 0.3, "de": 0.2, "fr": 0.1}, 50, "undetermined"),
            "oracle": chosen({best: 1.0, "en": 0.5}, 0),
        },
        {"development": "no development items"},
        {each.name: Cost(10, 20) for each in found},
        {BEST_BRIDGE: max(accuracy.values()), BEST_PER_ITEM: 0.6},
    )


def validation(*cases: Case) -> Validation:
    """Two pairs, unless cases are given."""
    return Validation(
        ("internal:default", "english", "unsure", "development", "oracle"),
        cases or (case(), case(("de", "it"), "en")),
        {
            "model": MODEL,
            "settings": "demo[bridges.level=0.8]",
            "asking": {"items": 10, "shots": 0, "answer": None, "prompt": "default", "chat": False},
            "development": 4,
            "candidates": ["en", "de", "fr"],
            "bridgex": "0.1.0",
        },
        signature="tiny · 2 pairs",
    )


def ablation(harm: float = 0.8, p: float = 0.04) -> Ablation:
    """English needs its neurons, German does not."""

    def change(strategy: str, beyond: float, p_value: float) -> Change:
        control = Control(
            20, 12.0, 0.4, -0.1, -0.3, 0.1, -beyond,
            Bounds(-beyond - 0.2, -beyond + 0.2), p_value, p_value, p_value, p_value,
        )  # fmt: skip
        return Change(
            strategy,
            10,
            -0.1 - beyond,
            Bounds(-beyond - 0.4, -beyond + 0.2),
            p_value,
            {"random": control} | ({"same_script": control} if strategy != "direct" else {}),
            Difference("accuracy", -0.1, Bounds(-0.3, 0.1), 0.5, 0, 1, "exact McNemar"),
        )

    perplexity = {code: PerplexityChange(20.0, 20.0 + harm, 0.2) for code in ("id", "he", "en")}
    chains = {"en": (harm, p), "de": (0.0, 0.9)}
    return Ablation(
        ("id", "he"),
        ("en", "de"),
        "bli",
        10,
        {name: Intact(0.5, -3.0, 10) for name in ("direct", "bridge:de")}
        | {"bridge:en": Intact(0.6, -2.5, 10)},
        (
            SilencedSet(
                "anchor",
                "mean",
                40,
                0.7,
                (
                    change("direct", 0.3, 0.3),
                    *(change(f"bridge:{code}", 0.1, 0.4) for code in chains),
                ),
                perplexity,
            ),
            *(
                SilencedSet(
                    f"bridge:{code}",
                    "mean",
                    12,
                    0.5,
                    (change("direct", 0.0, 0.8), change(f"bridge:{code}", *found)),
                    perplexity,
                )
                for code, found in chains.items()
            ),
        ),
        notes=("A note",),
        provenance={"model": MODEL},
        signature="tiny · mean-ablation",
    )
