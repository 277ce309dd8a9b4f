"""The style `lm-eval` is lm-evaluation-harness's own: its task files rendered on the same items.

Its package is only read: YAML files, and the functions of ``utils.py`` beside them.
"""

import ast
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from bridgex.languages import Language, find
from bridgex.tasks import Item, PivotContext, Task, TaskRequest, task_named
from bridgex.tasks.commonsense import Commonsense
from bridgex.tasks.harness import LANGUAGES
from bridgex.tasks.labels import INFERENCE
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.mrc import Mrc
from bridgex.tasks.nli import Nli
from bridgex.texts.files import normalised, read_text
from bridgex.texts.rows import json_records, plain_rows, quoted_records
from tests.published import FLORES, Published
from tests.tasks.given import FolderTexts

FOUND = importlib.util.find_spec("lm_eval")
pytestmark = pytest.mark.skipif(
    FOUND is None, reason="lm_eval is not installed; make dev, or pip install --no-deps lm_eval"
)
HARNESS = Path(next(iter((FOUND and FOUND.submodule_search_locations) or ["."]))) / "tasks"
JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # noqa: S701
Doc = Mapping[str, Any]


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads the harness's YAML; a function is looked up when it is called."""

    folder = Path()


def _function(loader: Loader, node: yaml.ScalarNode) -> Callable[[Doc], Any]:
    module, _, name = str(loader.construct_scalar(node)).rpartition(".")
    path = loader.folder / f"{module}.py"

    def call(doc: Doc) -> Any:
        spec = importlib.util.spec_from_file_location(f"harness_{path.parent.name}", path)
        assert spec
        assert spec.loader
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return getattr(loaded, name)(doc)

    return call


Loader.add_constructor("!function", _function)


def config(path: Path) -> dict[str, Any]:
    """Return a task's settings with those that it includes."""
    loader = type("FolderLoader", (Loader,), {"folder": path.parent})
    read: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    base = config(path.parent / read.pop("include")) if "include" in read else {}
    return base | read


class Harness:
    """One of the harness's tasks, rendered as its ``ConfigurableTask`` does."""

    def __init__(self, path: str) -> None:
        self.config = config(HARNESS / path)
        self.delimiter: str = self.config.get("target_delimiter", " ")
        self.between: str = self.config.get("fewshot_delimiter", "\n\n")

    def _of(self, field: str, doc: Doc) -> Any:
        made = self.config[field]
        if callable(made):
            return made(doc)
        if not isinstance(made, str):
            return made
        return doc[made] if made in doc else JINJA.from_string(made).render(**doc)

    def text(self, doc: Doc) -> str:
        return str(self._of("doc_to_text", doc))

    def choices(self, doc: Doc) -> list[str]:
        made = self._of("doc_to_choice", doc)
        return list(ast.literal_eval(made) if isinstance(made, str) else made)

    def options(self, doc: Doc) -> list[str]:
        """What is scored, each with all that stands before it."""
        return [self.text(doc) + self.delimiter + choice for choice in self.choices(doc)]

    def solved(self, doc: Doc) -> str:
        target = self._of("doc_to_target", doc)
        if "doc_to_choice" in self.config and str(target).isdigit():
            target = self.choices(doc)[int(target)]
        return f"{self.text(doc)}{self.delimiter}{target}{self.between}"


def cleaned(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a published file with its texts as this project reads every text."""
    return {
        name: normalised(value) if isinstance(value, str) else value
        for name, value in record.items()
    }


def belebele(folder: Path, language: Language) -> dict[str, Doc]:
    rows = json_records(read_text(folder / f"{FLORES[language.code]}.jsonl"))
    return {f"{row['link']} {row['question_number']}": cleaned(row) for _, row in rows}


def xnli(folder: Path, language: Language) -> dict[str, Doc]:
    rows = plain_rows(read_text(folder / f"dev-{language.code}.tsv"), 3)
    return {
        str(line): {"premise": premise, "hypothesis": said, "label": INFERENCE.index(label)}
        for line, (premise, said, label) in rows
    }


def xcopa(folder: Path, language: Language) -> dict[str, Doc]:
    path = folder / language.code / f"val.{language.code}.jsonl"
    return {str(row["idx"]): cleaned(row) for _, row in json_records(read_text(path))}


def mgsm(folder: Path, language: Language) -> dict[str, Doc]:
    rows = plain_rows(read_text(folder / f"mgsm_{language.code}.tsv"), 2)
    return {
        str(line): {
            "question": question,
            "answer": None,
            "answer_number": answer.replace(",", ""),
        }
        for line, (question, answer) in rows
    }


def sib200(folder: Path, language: Language) -> dict[str, Doc]:
    path = folder / FLORES[language.code] / "dev.tsv"
    return {row["index_id"]: cleaned(row) for _, row in quoted_records(read_text(path))}


BENCHMARKS: dict[
    str, tuple[Callable[[Path, Language], dict[str, Doc]], str, str, Sequence[str]]
] = {
    "belebele": (belebele, "flores_passage", "belebele/belebele_{flores}.yaml", ["de", "en"]),
    "xnli": (xnli, "premise", "xnli/xnli_{code}.yaml", ["de", "en", "fr", "sw", "zh"]),
    "xcopa": (xcopa, "premise", "xcopa/default_{code}.yaml", ["id", "it", "sw", "zh"]),
    "mgsm": (
        mgsm,
        "question",
        "mgsm/native_cot/mgsm_native_cot_{code}.yaml",
        ["de", "en", "es", "fr", "ja", "sw", "zh"],
    ),
    "sib200": (sib200, "text", "afrobench/sib/prompt_1/sib_{sib}.yaml", list(FLORES)),
}
"""Benchmark → its rows by the id of our items, the field of the context, the harness's file and the
languages of our data."""
SIB = {"en": "eng", "fr": "fra", "pt": "por", "sw": "swa"}
"""The harness has SIB-200 in these of them, the same English text in all."""


def harness_of(name: str, code: str) -> Harness:
    path = BENCHMARKS[name][2]
    return Harness(path.format(code=code, flores=FLORES.get(code), sib=SIB.get(code, "eng")))


def every(task: Task) -> list[Item]:
    return [*task.items, *task.development, *task.examples]


def asked(task: Task, item: Item, pivot: PivotContext | None = None) -> list[str]:
    """What our task has scored, each with its prompt; or what is continued."""
    prompt = task.prompt(item, pivot)
    return [prompt + choice for choice in task.choices(item)] or [prompt]


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, (*_, codes) in BENCHMARKS.items() for code in codes]
)
def test_prompts_are_the_harnesss(published: Published, name: str, code: str) -> None:
    documents, context, *_ = BENCHMARKS[name]
    folder, language, harness = published.folder / name, find(code), harness_of(name, code)
    texts = FolderTexts(folder, "dev" if name == "sib200" else None)
    task = task_named(name).read(TaskRequest(style="lm-eval"), language, language, texts)
    docs = documents(folder, language)
    worked = task.worked_examples(language, language) or ()
    items = [item for item in every(task) if item not in worked]
    assert len(items) == len(docs)
    assert task.separator == harness.between
    english = find("en")

    def theirs(doc: Doc) -> list[str]:
        return harness.options(doc) if "doc_to_choice" in harness.config else [harness.text(doc)]

    for item in items:
        doc = docs[item.id]
        assert asked(task, item) == theirs(doc)
        assert task.prompt(item) + task.solution(item) + task.separator == harness.solved(doc)
    item, text = items[0], "What the model made of it."
    alone, beside = (PivotContext(english, text, keep_source=keep) for keep in (False, True))
    both = f"{item.context}\nEnglish: {text}"
    assert asked(task, item, alone) == theirs({**docs[item.id], context: text})
    assert asked(task, item, beside) == theirs({**docs[item.id], context: both})
    assert task.wording() == ()


def test_english_instructions_are_the_harnesss_english_chain_of_thought() -> None:
    german = find("de")
    request = {"style": "lm-eval", "instruction_language": "english"}
    item = Item("1", "Was ist 1 + 1?", ("2",))
    doc = {"question": item.context, "answer": None, "answer_number": 2}
    harness = Harness("mgsm/en_cot/mgsm_en_cot_de.yaml")
    within = Mathematics(source=german, target=german, items=(), **request)  # type: ignore[arg-type]
    into = Mathematics(source=german, target=find("en"), items=(), style="lm-eval")
    assert within.prompt(item) == into.prompt(item) == harness.text(doc)


def test_solved_problems_of_mathematics_are_joined_as_the_harness_joins_them() -> None:
    german = find("de")
    harness = Harness("mgsm/native_cot/mgsm_native_cot_de.yaml")
    steps = "1 und 1 sind 2. Die Antwort lautet 2."
    item = Item("1", "Was ist 1 + 1?", (steps,))
    doc = {
        "question": f"Frage: {item.context}",
        "answer": f"Schritt-für-Schritt-Antwort: {steps}",
        "answer_number": 2,
    }
    task = Mathematics(source=german, target=german, items=(), style="lm-eval")
    assert task.prompt(item) + task.solution(item) + task.separator == harness.solved(doc)


FLORES_PAIRS = [
    (folder, source, target)
    for folder, own in (("spanish_bench/flores_es", "es"), ("portuguese_bench/flores_pt", "pt"))
    for other in ("en", "de", "fr", "it", "pt", "es")
    if other != own
    for source, target in ((own, other), (other, own))
]


@pytest.mark.parametrize(("folder", "source", "target"), FLORES_PAIRS)
def test_translation_is_the_harnesss(
    published: Published, folder: str, source: str, target: str
) -> None:
    harness = Harness(f"{folder}/flores_{source}-{target}.yaml")
    codes = [f"sentence_{FLORES[code]}" for code in (source, target)]
    texts = FolderTexts(published.folder / "flores200")
    pair = find(source), find(target)
    task = task_named("flores").read(TaskRequest(style="lm-eval"), *pair, texts)
    for item in every(task):
        doc = dict(zip(codes, (item.context, item.accepted[0]), strict=True))
        assert task.prompt(item) == harness.text(doc)
        assert task.prompt(item) + task.solution(item) + task.separator == harness.solved(doc)
    item = task.items[0]
    bridged = task.prompt(item, PivotContext(find("fi"), "suomeksi"))
    first, second = task.prompt(item).split("\n")
    assert bridged == f"{first}\nFinnish sentence: suomeksi\n{second}"
    alone = task.prompt(item, PivotContext(find("fi"), "suomeksi", keep_source=False))
    assert alone == f"Finnish sentence: suomeksi\n{second}"


def test_translation_between_others_has_the_same_form() -> None:
    task = task_named("flores")(source=find("he"), target=find("ja"), items=(), style="lm-eval")
    assert task.prompt(Item("1", "שלום", ())) == "Hebrew sentence: שלום\nJapanese sentence:"


SYNTHETIC: dict[str, tuple[type[Task], Item, Doc]] = {
    "belebele": (
        Mrc,
        Item("1", "text", ("c",), "why?", ("a", "b", "c", "d")),
        {
            "flores_passage": "text",
            "question": "why?",
            "correct_answer_num": "3",
            **{f"mc_answer{at}": text for at, text in enumerate("abcd", start=1)},
        },
    ),
    "xnli": (
        Nli,
        Item("1", "It rains.", ("neutral",), "It pours.", INFERENCE),
        {"premise": "It rains.", "hypothesis": "It pours.", "label": 1},
    ),
    "xcopa": (
        Commonsense,
        Item("1", "It rained.", ("It was wet.",), "effect", ("Élan won.", "It was wet.")),
        {
            "premise": "It rained.",
            "question": "effect",
            "choice1": "Élan won.",
            "choice2": "It was wet.",
            "label": 1,
        },
    ),
    "mgsm": (
        Mathematics,
        Item("1", "1 + 1?", ("2",)),
        {"question": "1 + 1?", "answer": None, "answer_number": 2},
    ),
}


def test_every_language_of_the_harness_has_its_words() -> None:
    seen: dict[str, set[str]] = {name: set() for name in SYNTHETIC}
    for name, (kind, item, doc) in SYNTHETIC.items():
        pattern = BENCHMARKS[name][2].format(code="*", flores="*")
        for path in sorted(HARNESS.glob(pattern)):
            harness = Harness(str(path))
            code = harness.config["dataset_name"]
            task = kind(source=find("en"), target=find(code), items=(), style="lm-eval")
            task = replace(task, source=task.target)
            seen[name].add(code)
            scored = harness.options(doc) if name != "mgsm" else [harness.text(doc)]
            assert asked(task, item) == scored, (name, code)
            if name == "xcopa":
                other, cause = replace(item, query="cause"), {**doc, "question": "cause"}
                assert asked(task, other) == harness.options(cause)
    assert {name: seen[name] for name in LANGUAGES} == LANGUAGES
    assert len(seen["belebele"]) == 122


def test_a_language_that_the_harness_lacks_is_named() -> None:
    item = Item("1", "יורד גשם.", ("neutral",), "יורד גשם חזק.", INFERENCE)
    hebrew, zulu = find("he"), find("zu")
    task = Nli(source=hebrew, target=hebrew, items=(), style="lm-eval")
    assert task.prompt(item) == " יורד גשם., נכון?"
    assert task.choices(item)[0] == " כן, יורד גשם חזק."
    assert task.wording() == (
        "lm-evaluation-harness has no words for xnli in Hebrew; ours stand in its template.",
    )
    lacking = replace(task, target=zulu)
    assert lacking.prompt(item) == " יורד גשם., right?"
    assert lacking.wording() == (
        "There are no label words in Zulu: the prompts of nli have English ones, and the answers "
        "to choose from are English.",
    )
    problem = Mathematics(source=hebrew, target=zulu, items=(), style="lm-eval")
    assert [note.split(";")[0].split(":")[0] for note in problem.wording()] == [
        "There are no label words in Zulu",
        "lm-evaluation-harness has no words for mgsm in Hebrew",
    ]
    english_for_all = Mrc(source=hebrew, target=zulu, items=(), style="lm-eval")
    assert english_for_all.wording() == ()
