"""A package adds a task, a chooser and an architecture, found by its entry points alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bridgex
from bridgex.choosers import CHOOSERS
from bridgex.cli import app
from bridgex.languages import find
from bridgex.lm.architectures import ARCHITECTURES
from bridgex.tasks import TASKS
from bridgex.texts import sample_corpus, sample_lexicon
from tests.cli.running import RUNNER

SOURCE = '''
from dataclasses import dataclass
from typing import ClassVar

from bridgex.choosers import Choice
from bridgex.choosers.ranking import by_value
from bridgex.languages import find
from bridgex.session import Cost
from bridgex.tasks import Item, Task


@dataclass(frozen=True, kw_only=True)
class Opposite(Task):
    """Name the opposite of a word."""

    name: ClassVar[str] = "opposite"

    @classmethod
    def read(cls, request, source, target, texts):
        words = ("panas", "besar", "tinggi", "baru", "tua", "jauh")
        items = [Item(word, word, ("cold",)) for word in words]
        evaluated, development = tuple(items[:4][: request.items]), tuple(items[4:])
        return cls(source=source, target=target, items=evaluated, development=development)

    def prompt(self, item, pivot=None):
        return f"Word: {self.context(item, pivot)}\\nOpposite:"

    def score(self, item, answer):
        return float(answer in item.accepted)


class Longest:
    """Puts the longest name first."""

    name = "longest"

    def rank(self, inputs):
        values = {code: float(len(find(code).name)) for code in inputs.codes}
        ranking = by_value(self.name, inputs, values, why="has the longest name")
        return Choice(ranking, self.name, Cost())
'''
TWIG = """
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from bridgex.lm.rows import Architecture


class TwigConfig(LlamaConfig):
    model_type = "twig"


class TwigForCausalLM(LlamaForCausalLM):
    config_class = TwigConfig


AutoConfig.register("twig", TwigConfig)
AutoModelForCausalLM.register(TwigConfig, TwigForCausalLM)
row = Architecture("twig", ("twig",))
"""
POINTS = """
[bridgex.tasks]
opposite = plugged:Opposite
broken = plugged_broken:Task

[bridgex.choosers]
longest = plugged:Longest

[bridgex.architectures]
twig = plugged_twig:row
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package is installed in, as pip does."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "plugged.py").write_text(SOURCE, encoding="utf-8")
    (folder / "plugged_twig.py").write_text(TWIG, encoding="utf-8")
    (folder / "plugged_broken.py").write_text("import no_such_module\n", encoding="utf-8")
    info = folder / "plugged-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Path:
    """A little text, a dictionary, and a model whose type only the package knows."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "corpus").mkdir()
    for code in ("id", "he", "en", "de", "fr"):
        text = "\n".join(sample_corpus(find(code)).sentences[:6])
        (folder / "corpus" / f"{code}.txt").write_text(text, encoding="utf-8")
    rows = [
        f"{word} {target}"
        for word, targets in list(sample_lexicon(find("id"), find("he")).entries.items())[:60]
        for target in targets
    ]
    (folder / "id-he.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "twig").mkdir()
    for path in tiny_folder.iterdir():
        (folder / "twig" / path.name).write_bytes(path.read_bytes())
    config = json.loads((tiny_folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "twig", "architectures": ["TwigForCausalLM"]}
    (folder / "twig" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def run(*words: str) -> Any:
    return RUNNER.invoke(app, [*words], env={"COLUMNS": "80"})


@pytest.fixture
def plugged(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process find the package, as if it had started beside it."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    for mapping in (CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING):
        monkeypatch.setattr(mapping, "_extra_content", dict(mapping._extra_content))
    for registry in (TASKS, CHOOSERS, ARCHITECTURES):
        monkeypatch.setattr(registry, "_plugged", None)
        monkeypatch.setattr(registry, "_problems", {})
    monkeypatch.syspath_prepend(site)
    yield
    for name in ("plugged", "plugged_twig"):
        sys.modules.pop(name, None)


def test_they_are_in_the_help(site: Path) -> None:
    """Help names them without importing anything, so another process is asked for it."""
    path = os.pathsep.join([str(Path(bridgex.__file__).parents[1]), str(site)])
    shown = subprocess.run(
        [sys.executable, "-c", "from bridgex.cli import main; main()", "evaluate", "--help"],
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    words = shown.stdout.replace("│", " ").split()
    assert {"opposite", "longest"} <= {word.strip(".,") for word in words}


@pytest.mark.usefixtures("plugged")
def test_they_are_in_the_lists() -> None:
    tasks = run("list", "tasks", "--json", "-")
    names = [row["task"] for row in json.loads(tasks.stdout)]
    assert names[-1] == "opposite"
    assert "broken" not in names
    assert "The task 'broken' of plugged cannot be loaded (ModuleNotFoundError: No module" in (
        tasks.stderr
    )
    choosers = run("list", "choosers")
    assert "longest" in choosers.stdout
    assert "Puts the longest name first." in choosers.stdout
    families = run("list", "models", "--json", "-")
    assert "twig" in [row["family"] for row in json.loads(families.stdout)]


@pytest.mark.usefixtures("plugged")
def test_they_run(world: Path) -> None:
    texts = ["--corpus", str(world / "corpus"), "--lexicon", str(world / "id-he.txt")]
    model = ["--model", str(world / "twig"), "--dtype", "float32"]
    common = [*texts, *model, "--candidates", "en,de,fr", "--rate", "0.3", "--json", "-"]
    ranked = run("rank", "id", "he", *common)
    assert ranked.exit_code == 0, ranked.stderr
    assert set(json.loads(ranked.stdout)["scores"]) == {"en", "de", "fr"}
    strategies = ["--strategies", "direct,bridge:auto", "--chooser", "longest"]
    done = run("evaluate", "id", "he", "--task", "opposite", *strategies, *common)
    assert done.exit_code == 0, done.stderr
    evaluation = json.loads(done.stdout)
    assert (evaluation["task"], evaluation["items"]) == ("opposite", 4)
    assert evaluation["provenance"]["ranking"]["scores"].keys() == {"en", "de", "fr"}
    words = ["--tasks", "opposite", "--choosers", "longest,english", "--items", "2"]
    validated = run("validate", "--pairs", "id-he", *words, *common)
    assert validated.exit_code == 0, validated.stderr
    (case,) = json.loads(validated.stdout)["cases"]
    assert set(case["chosen"]) == {"longest", "english", "oracle"}
    refused = run("evaluate", "id", "he", "--task", "broken", *common)
    assert refused.exit_code == 1
    assert "There is no task 'broken'." in refused.stderr
    assert "fix or uninstall that package." in refused.stderr


def test_without_the_package_nothing_knows_them(world: Path) -> None:
    done = run("rank", "id", "he", "--model", str(world / "twig"))
    assert done.exit_code == 1
    assert "twig" in done.stderr
    assert "opposite" not in run("list", "tasks").stdout
