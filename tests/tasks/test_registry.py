"""Tasks known by name: the built-in ones, those of a call and those of an installed package."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from bridgex.errors import RequestError
from bridgex.languages import Language, find
from bridgex.tasks import (
    TASKS,
    Item,
    PivotContext,
    Rows,
    Task,
    TaskRequest,
    register_task,
    task_named,
)
from bridgex.tasks.reading import read_task
from bridgex.tasks.request import Answering, Style
from bridgex.tasks.split import EXAMPLES, is_development
from bridgex.texts.benchmarks import TAB_SEPARATED, FileKind, Row
from bridgex.texts.files import read_text
from bridgex.texts.rows import plain_rows
from tests.tasks.given import FolderTexts
from tests.tasks.test_benchmarks import both
from tests.test_registry import install

PLUG_IN = '''
from dataclasses import dataclass

from bridgex.tasks import Task
from bridgex.texts.benchmarks import TAB_SEPARATED, Row
from bridgex.texts.files import read_text
from bridgex.texts.rows import plain_rows
from bridgex.tasks import Item


@dataclass(frozen=True, kw_only=True)
class Opposite(Task):
    """Name the opposite of a word."""

    name = "opposite"
    benchmark = "opposites"
    files = TAB_SEPARATED
    bilingual = False

    @classmethod
    def rows(cls, path, target):
        file = read_text(path)
        cells = plain_rows(file, 2)
        return file, (Row(line, Item(str(line), word, (other,))) for line, (word, other) in cells)

    def prompt(self, item, pivot=None):
        return f"Word: {self.context(item, pivot)}\\nOpposite:"

    def score(self, item, answer):
        return float(answer in item.accepted)
'''


class Opposite(Task):
    """Name the opposite of a word: all that a task of one's own needs to be read by its name."""

    name: ClassVar[str] = "opposite"
    benchmark: ClassVar[str] = "opposites"
    files: ClassVar[FileKind] = TAB_SEPARATED
    bilingual: ClassVar[bool] = False

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        file = read_text(path)
        cells = plain_rows(file, 2)
        return file, (Row(line, Item(str(line), word, (other,))) for line, (word, other) in cells)

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        return f"Word: {self.context(item, pivot)}\nOpposite:"

    def score(self, item: Item, answer: str) -> float:
        return float(answer in item.accepted)


@pytest.fixture
def own() -> Iterator[type[Task]]:
    yield register_task(Opposite)
    TASKS.unregister("opposite")


def words(folder: Path) -> FolderTexts:
    rows = "".join(f"kata{at}\tlawan{at}\n" for at in range(100))
    (folder / "id.tsv").write_text(rows, encoding="utf-8")
    return FolderTexts(folder)


def test_the_built_in_tasks_go_by_their_own_and_their_benchmarks_names() -> None:
    assert TASKS.names == (
        *("bli", "mrc", "nli", "commonsense", "mathematics", "topic", "translation"),
    )
    assert TASKS.problems == ()
    benchmarks = {
        "belebele": "mrc",
        "xnli": "nli",
        "xcopa": "commonsense",
        "mgsm": "mathematics",
        "sib200": "topic",
        "flores": "translation",
    }
    for benchmark, name in benchmarks.items():
        assert task_named(benchmark) is task_named(name)
    for name in TASKS:
        assert task_named(name).name == name
        assert task_named(name).__doc__


def test_a_task_of_ones_own_is_read_by_its_name(own: type[Task], tmp_path: Path) -> None:
    assert task_named("opposite") is task_named("opposites") is own
    pair = find("id"), find("he")
    task = read_task("opposite", TaskRequest(items=10), *pair, words(tmp_path))
    assert isinstance(task, Opposite)
    assert len(task.items) == 10
    assert task.examples
    assert task.prompt(task.items[0]).endswith("Opposite:")
    everything = (*task.items, *task.development, *task.examples)
    assert all(item.accepted == (item.context.replace("kata", "lawan"),) for item in everything)
    assert task.answering == "generate"
    with pytest.raises(RequestError, match=r"^opposite is answered freely"):
        read_task("opposite", TaskRequest(answering="likelihood"), *pair, words(tmp_path))


def test_a_name_that_exists_is_refused() -> None:
    class Again(Opposite):
        name = "mrc"

    class Benchmark(Opposite):
        name = "belebele"

    for task in (Again, Benchmark):
        with pytest.raises(RequestError, match=f"There is a task '{task.name}' already"):
            register_task(task)
    assert task_named("belebele").name == task_named("mrc").name == "mrc"


class Nameless(Task):
    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        return ""

    def score(self, item: Item, answer: str) -> float:
        return 0.0


class WithoutScore(Task):
    name = "without_score"

    def prompt(self, item: Item, pivot: PivotContext | None = None) -> str:
        return ""


class WithoutItems(Nameless):
    name = "without_items"


class WithoutRows(Nameless):
    name = "without_rows"
    benchmark = "words"


class WithoutBenchmark(Opposite):
    name = "without_benchmark"
    benchmark = ""


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (str, "str is not a subclass of bridgex.tasks.Task"),
        ("opposite", "'opposite' is not a subclass"),
        (Opposite(source=find("id"), target=find("en"), items=()), "is not a subclass"),
        (Nameless, "The task class Nameless has no name"),
        (WithoutScore, "The task class WithoutScore lacks score; define it"),
        (WithoutItems, "WithoutItems does not say how its items are read; set benchmark and"),
        (WithoutRows, "WithoutRows does not say how its items are read"),
        (WithoutBenchmark, "WithoutBenchmark does not say how its items are read"),
    ],
)
def test_what_is_no_task_is_refused(thing: object, message: str) -> None:
    before = TASKS.names
    with pytest.raises(RequestError, match=message):
        register_task(thing)  # type: ignore[arg-type]
    assert TASKS.names == before


def test_items_in_hand_need_no_reader() -> None:
    task = WithoutItems(source=find("id"), target=find("en"), items=(Item("1", "a", ("b",)),))
    assert len(task.digest) == 64
    with pytest.raises(RequestError, match="without_items has no benchmark to read; give it with"):
        WithoutItems.read(TaskRequest(), find("id"), find("en"), FolderTexts())


def python(site: Path, code: str) -> str:
    """Run code in a new interpreter that has the packages of a folder."""
    program = f"import sys; sys.path.insert(0, {str(site)!r})\n{code}"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_package_adds_a_task(tmp_path: Path) -> None:
    site, data = tmp_path / "site", tmp_path / "data"
    site.mkdir()
    data.mkdir()
    words(data)
    install(site, "my-tasks", PLUG_IN, "opposite = my_tasks:Opposite", group="bridgex.tasks")
    install(site, "other", PLUG_IN, "antonym = other:Opposite", group="bridgex.tasks")
    install(site, "broken", "1 / 0\n", "broken = broken:Task", group="bridgex.tasks")
    code = f"""
from pathlib import Path
from bridgex.languages import find
from bridgex.tasks import TASKS, TaskRequest
from bridgex.tasks.request import Answering, Style
from bridgex.tasks.reading import read_task
from bridgex.tasks.split import EXAMPLES, is_development
from tests.tasks.given import FolderTexts
from tests.tasks.test_benchmarks import both
print(*TASKS.names)
texts = FolderTexts(Path({str(data)!r}))
task = read_task("opposites", TaskRequest(items=3), find("id"), find("he"), texts)
print(type(task).__module__, task.name, len(task.items), task.items[0].accepted[0][:5])
print(*TASKS.problems, sep=chr(10))
"""
    names, read, *problems = python(site, code).splitlines()
    assert names == "bli mrc nli commonsense mathematics topic translation opposite"
    assert read == "my_tasks opposite 3 lawan"
    assert problems == [
        "The task 'antonym' of other cannot be loaded (It calls itself 'opposite'; register it "
        "under that name); fix or uninstall that package.",
        "The task 'broken' of broken cannot be loaded (ZeroDivisionError: division by zero); fix "
        "or uninstall that package.",
    ]


def test_tasks_load_no_model_libraries(tmp_path: Path) -> None:
    """`bli` still takes its prompt from the probe, which needs the model."""
    modules = ["bridgex.tasks", "bridgex.tasks.reading"]
    modules += [f"bridgex.tasks.{TASKS[name].name}" for name in TASKS if name != "bli"]
    code = f"""
from importlib import import_module
for module in {modules}:
    import_module(module)
print(*sorted({{"torch", "transformers", "sacrebleu", "scipy"}} & set(sys.modules)))
"""
    assert python(tmp_path, code).strip() == ""


class Plain(Opposite):
    """Reads a word a line; a blank one has no text."""

    name = "plain"

    @classmethod
    def rows(cls, path: Path, target: Language) -> Rows:
        file = read_text(path)
        lines = enumerate(file.lines, start=1)
        return file, (Row(line, Item(str(line), text, (text,))) for line, text in lines)


def test_items_without_text_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "id.tsv").write_text("satu\n \n\ndua\n", encoding="utf-8")
    task = Plain.read(TaskRequest(), find("id"), find("he"), FolderTexts(tmp_path))
    everything = (*task.items, *task.development, *task.examples)
    assert sorted(item.context for item in everything) == ["dua", "satu"]
    assert task.left_out == {"items_without_text": 2}


def test_items_are_divided_the_same_however_many_are_asked_for(tmp_path: Path) -> None:
    pair, texts = (find("id"), find("he")), words(tmp_path)
    few, whole = (read_task(Opposite, TaskRequest(items), *pair, texts) for items in (5, None))
    assert len(few.items) == 5
    assert set(few.items) < set(whole.items)
    assert (few.development, few.examples) == (whole.development, whole.examples)
    groups = [
        {item.id for item in group} for group in (whole.items, whole.development, whole.examples)
    ]
    assert sum(len(group) for group in groups) == len(set.union(*groups)) == 100
    for item in (*whole.development, *whole.examples):
        assert is_development(item.context)
    assert not any(is_development(item.context) for item in whole.items)
    assert len(whole.examples) == EXAMPLES
    assert whole.development


@pytest.mark.parametrize(
    ("name", "answering", "style", "expected"),
    [
        ("mrc", None, "default", "likelihood"),
        ("mrc", "generate", "default", "generate"),
        ("mrc", None, "paper", "generate"),
        ("mathematics", None, "default", "generate"),
    ],
)
def test_a_task_is_answered_as_asked_or_in_its_own_way(
    tmp_path: Path, name: str, answering: Answering | None, style: Style, expected: str
) -> None:
    benchmark = task_named(name).benchmark
    request = TaskRequest(answering=answering, style=style)
    texts = FolderTexts(both(tmp_path, benchmark))
    task = read_task(name, request, find("id"), find("he"), texts)
    assert (task.answering, task.style) == (expected, style)
