"""A stored value never answers for another formula: versions of rules, and keys that hold them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tools import rules

import bridgex
from bridgex.analysis.settings import RankSettings
from bridgex.generation import GenerationSpec
from bridgex.inputs import Budget, Texts
from bridgex.languages import find
from bridgex.lm.lens import LensPrompt
from bridgex.neurons import NeuronSet
from bridgex.storage.items import ItemStore
from bridgex.storage.store import Entry, Store, stage_key
from bridgex.tasks.word_chain import GENERATION
from bridgex.texts import sample_corpus
from bridgex.version import RULES

COMPUTES_NOTHING_STORED = {
    "lm/backend.py": "what a backend is",
    "lm/checkpoint.py": "which files are a model",
    "lm/demo.py": "where the embedded model is",
    "lm/digests.py": "identity",
    "lm/gguf.py": "the identity of a GGUF file holds its conversion",
    "lm/footprint.py": "estimates memory",
    "lm/gguf_header.py": "refuses files",
    "lm/identity.py": "identity",
    "lm/loading.py": "finds files",
    "lm/placement.py": "device and dtype are part of the identity",
    "lm/pretrained.py": "weights are part of the identity",
    "lm/proof.py": "refuses models",
    "lm/quiet.py": "messages",
    "lm/server_client.py": "carries questions and answers",
    "lm/server_connection.py": "carries questions and answers",
    "lm/server_report.py": "identity and messages",
    "lm/source.py": "identity",
    "bridges/ranking.py": "its schema is in the key",
    "bridges/settings.py": "settings are in the key",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_whose_code_changed_is_looked_at(rule: str) -> None:
    recorded = json.loads(rules.RECORD.read_text(encoding="utf-8"))[rule]
    same = recorded == {"version": RULES[rule], "digest": rules.of_rule(rule)}
    assert same, (
        f"The code of the rule '{rule}' changed ({', '.join(rules.MODULES[rule])}). If stored "
        "numbers change with it, raise its version in src/bridgex/version.py, so that no old entry "
        "answers; in either case record it with: python tools/rules.py"
    )


def test_every_module_that_computes_has_a_rule() -> None:
    held = {name for modules in rules.MODULES.values() for name in modules}
    there = {
        path.relative_to(rules.PACKAGE).as_posix()
        for room in ("lm", "bridges", "dependence")
        for path in (rules.PACKAGE / room).glob("[!_]*.py")
    }
    assert set(rules.MODULES) == set(RULES)
    assert there <= held | set(COMPUTES_NOTHING_STORED)
    assert all((rules.PACKAGE / name).is_file() for name in held | set(COMPUTES_NOTHING_STORED))


@pytest.mark.parametrize(
    ("after", "same"),
    [
        ('"""Other."""\nX = 1  # why\n\n\ndef f(a):\n    """Say."""\n    return  a + X\n', True),
        ('"""Doc."""\nX = 1\n"""What X is."""\ndef f(a): return a + X\n', True),
        ('"""Doc."""\nX = 2\ndef f(a):\n    return a + X\n', False),
        ('"""Doc."""\nX = 1\ndef f(a):\n    return a - X\n', False),
        ('"""Doc."""\nX = 1\ndef f(a, b):\n    return a + X\n', False),
        ('"""Doc."""\nX = "1"\ndef f(a):\n    return a + X\n', False),
    ],
)
def test_a_digest_is_of_code_alone(tmp_path: Path, after: str, same: bool) -> None:
    path = tmp_path / "module.py"
    path.write_text('"""Doc."""\nX = 1\ndef f(a):\n    return a + X\n', encoding="utf-8")
    before = rules.digest([path])
    path.write_text(after, encoding="utf-8")
    assert (rules.digest([path]) == before) is same


class KeptKeys(Store):
    """A store that notes under which keys of which stage it is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.keys: dict[str, set[str]] = {}

    def get(
        self,
        stage: str,
        inputs: Mapping[str, Any],
        make: Callable[[], Entry],
        parse: Callable[[Entry], Any] = lambda entry: entry,
    ) -> Any:
        self.keys.setdefault(stage, set()).add(stage_key(stage, inputs))
        return super().get(stage, inputs, make, parse)

    def items(self, stage: str, inputs: Mapping[str, Any]) -> ItemStore:
        self.keys.setdefault(stage, set()).add(stage_key(stage, inputs))
        return super().items(stage, inputs)


def keys(tiny: Path, folder: Path) -> dict[str, set[str]]:
    """The keys of every stage of a session."""
    store = KeptKeys(folder)
    session = bridgex.Session(str(tiny), device="cpu", dtype="float32", store=store)
    settings = RankSettings().changed(
        {
            "selection.rate": 0.3,
            "probe.words": 8,
            "bridges.null_draws": 0,
            "bridges.matching_draws": 1,
            "bridges.full_activation": 0.4,
        }
    )
    texts = Texts(budget=Budget(tokens=200))
    session.rank("id", "he", candidates=["en", "de"], texts=texts, settings=settings)
    session.generate(["a"], GENERATION, chat=False, what="")
    session.score(["a"], [["b", "c"]], chat=False, what="")
    corpus = replace(sample_corpus(find("id")), sentences=("Satu.", "Dua."))
    session.embeddings(corpus)
    counts = session.stats(corpus, "sentences").positive
    first = tuple(torch.arange(len(layer)) < 2 for layer in counts)
    session.token_values([corpus], NeuronSet(("id",), first, "the first two of a layer"), seed=0)
    session.latent([LensPrompt("a", {"en": ("b",), "de": ("c",)}, ())], (0.3, 0.7), chat=False)
    return store.keys


@pytest.fixture(scope="module")
def usual(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    return keys(tiny_folder, tmp_path_factory.mktemp("store"))


STAGES = {
    "sequences": {"budget", "stats"},
    "counting": {"stats"},
    "pooling": {"activations", "ranking"},
    "dependence": {"ranking"},
    "bridge_score": {"ranking"},
    "logit_lens": {"latent"},
    "ablation": {"token_values"},
    "embeddings": {"embeddings"},
    "generation": {"generate"},
    "likelihood": {"score"},
}
"""Rule → the stages whose values it makes; that of servers is part of a backend's identity."""


@pytest.mark.parametrize("rule", STAGES)
def test_another_version_of_a_rule_is_another_key(
    tiny_folder: Path,
    usual: dict[str, set[str]],
    rule: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(RULES, rule, RULES[rule] + 1)
    changed = keys(tiny_folder, tmp_path)
    assert set(usual) == set().union(*STAGES.values())
    assert {stage for stage in usual if not usual[stage] & changed[stage]} == STAGES[rule]
    assert {stage for stage in usual if usual[stage] != changed[stage]} == STAGES[rule]


def test_every_stage_has_a_rule() -> None:
    modules = (rules.PACKAGE / "session").glob("*.py")
    source = "".join(path.read_text(encoding="utf-8") for path in modules)
    asked = source.count("self.store.get(") + source.count("self.store.items(")
    assert asked == len(set().union(*STAGES.values()))
    assert {*STAGES, "server"} == set(RULES)


def test_what_a_stop_rule_is_belongs_to_the_key(tiny_folder: Path, tmp_path: Path) -> None:
    store = KeptKeys(tmp_path)
    session = bridgex.Session(str(tiny_folder), device="cpu", dtype="float32", store=store)
    for tokens in (4, 5):
        spec = GenerationSpec(tokens, GENERATION.stop)
        session.generate(["a"], spec, chat=False, what="")
    assert len(store.keys["generate"]) == 2
