"""The rows of each task's benchmark: what becomes of them, and what is refused by file and line."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgex import languages
from bridgex.errors import RequestError, TextError
from bridgex.languages import Language
from bridgex.tasks import TASKS, Item, Task, TaskRequest, task_named
from bridgex.tasks.labels import INFERENCE, TOPICS
from bridgex.texts.benchmarks import read_benchmark
from tests.tasks.given import FolderTexts
from tests.texts.corpus_formats.test_formats import table

INDONESIAN, HEBREW = languages.find("id"), languages.find("he")


def question(number: int, said: str, **changed: Any) -> dict[str, Any]:
    return {
        "link": "https://example.org/a",
        "question_number": number,
        "flores_passage": f"passage {said}",
        "question": f"question {said}",
        **{f"mc_answer{at}": f"option {at} {said}" for at in range(1, 5)},
        "correct_answer_num": "3",
        **changed,
    }


def premise(number: int, said: str, **changed: Any) -> dict[str, Any]:
    options = {f"choice{at}": f"option {at} {said}" for at in (1, 2)}
    row = {"premise": f"premise {said}", **options, "question": "cause", "label": 1, "idx": number}
    return {**row, **changed}


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\r\n" for row in rows)


FILES: dict[str, tuple[str, Callable[[str], str]]] = {
    "belebele": ("{}.jsonl", lambda said: lines(*(question(at, said) for at in range(1, 6)))),
    "xcopa": ("{}/val.{}.jsonl", lambda said: lines(*(premise(at, said) for at in range(5)))),
    "xnli": ("dev-{}.tsv", lambda said: f'"premise {said}\thypothesis {said}\tneutral\n' * 5),
    "mgsm": ("mgsm_{}.tsv", lambda said: f"question {said}\t5,600\n" * 5),
    "sib200": (
        "{}/dev.tsv",
        lambda said: f'index_id\tcategory\ttext\n7\ttravel\t"text\t""{said}"""\n',
    ),
    "flores": ("{}.devtest", lambda said: f"sentence {said}\n" * 5),
}


def write(folder: Path, name: str, code: str, content: str) -> Path:
    path = folder / FILES[name][0].format(code, code)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="")
    return path


def both(folder: Path, name: str) -> Path:
    for code in ("id", "he"):
        write(folder, name, code, FILES[name][1](code))
    return folder


def read(
    folder: Path,
    name: str,
    source: Language = INDONESIAN,
    target: Language = HEBREW,
    split: str | None = None,
) -> Task:
    return task_named(name).read(TaskRequest(), source, target, FolderTexts(folder, split))


def every(task: Task) -> list[Item]:
    return sorted((*task.items, *task.development, *task.examples), key=lambda item: item.id)


ACROSS: dict[str, Item] = {
    "belebele": Item(
        "https://example.org/a 1",
        "passage id",
        ("option 3 he",),
        "question he",
        ("option 1 he", "option 2 he", "option 3 he", "option 4 he"),
    ),
    "xcopa": Item("0", "premise id", ("option 2 he",), "cause", ("option 1 he", "option 2 he")),
    "xnli": Item("1", '"premise id', ("neutral",), "hypothesis he", INFERENCE),
    "mgsm": Item("1", "question id", ("5600",)),
    "sib200": Item("7", 'text "id"', ("travel",), options=TOPICS),
    "flores": Item("1", "sentence id", ("sentence he",)),
}


def test_every_benchmark_is_tried_here() -> None:
    assert {task.benchmark for task in map(task_named, TASKS) if task.benchmark} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_an_item_is_in_both_languages(tmp_path: Path, name: str) -> None:
    task = read(both(tmp_path, name), name)
    assert every(task)[0] == ACROSS[name]
    assert task.left_out == {}
    assert len({item.id for item in every(task)}) == len(every(task))
    one_file = name in ("mgsm", "sib200")
    assert task.provenance is not None
    assert task.provenance.name == name
    assert len(task.provenance.files) == 2 - one_file
    back = read(tmp_path, name, HEBREW, INDONESIAN)
    assert [item.id for item in every(back)] == [item.id for item in every(task)]
    assert (task.source, task.target) == (back.target, back.source) == (INDONESIAN, HEBREW)


@pytest.mark.parametrize("name", FILES)
def test_a_language_may_be_asked_alone(tmp_path: Path, name: str) -> None:
    both(tmp_path, name)
    task = read(tmp_path, name, HEBREW, HEBREW)
    assert " id" not in repr(every(task))
    assert task.provenance is not None
    assert len(task.provenance.files) == 1
    assert task.digest != read(tmp_path, name).digest


def test_the_digest_is_of_every_item(tmp_path: Path) -> None:
    task = replace(read(both(tmp_path, "belebele"), "belebele"), development=(), examples=())
    assert task.provenance is not None
    same = replace(task, provenance=replace(task.provenance, name="x"), left_out={"other": 1})
    assert same.digest == task.digest
    others = [
        replace(task, items=()),
        replace(task, items=task.items[::-1]),
        replace(task, answering="generate"),
        replace(task, style="lm-eval"),
        replace(task, instruction_language="english"),
        replace(task, source=HEBREW),
        replace(task, items=(replace(task.items[0], accepted=("x",)), *task.items[1:])),
    ]
    assert len({task.digest, *(other.digest for other in others)}) == 8


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("belebele", "e68131ae97f2f82a58b74c5b7217de191fffb0f4efd2a1e388516f072f649821"),
        ("xcopa", "a6eb5a4f0d5a8a6ed65813495dca17f4be72999bb40384d65d3c4dfc7441132a"),
        ("xnli", "14cacdc6429793f503f8d69c162680d9e3daae59d5f932c4dac2736967eb6757"),
        ("mgsm", "37136f469c74b6c6679147793c25d663f8f52b70e50788d7bfd5c51f71eec7d8"),
        ("sib200", "2546e909c37e0942caa71a020698d09cc896e28ec195f20d0d0a524270960bf1"),
        ("flores", "3471629f419cb173ac17aa641c140b1a04475486c7aec86460f4c3b3dc24b199"),
    ],
)
def test_the_same_files_are_the_same_task_in_every_release(
    tmp_path: Path, name: str, digest: str
) -> None:
    assert read(both(tmp_path, name), name).digest == digest


def test_items_are_joined_by_id_not_by_line(tmp_path: Path) -> None:
    folder = both(tmp_path, "xcopa")
    write(folder, "xcopa", "he", lines(*(premise(at, f"he{at}") for at in (4, 2, 0, 1, 3))))
    items = every(read(folder, "xcopa"))
    assert [item.id for item in items] == list("01234")
    assert all(item.options[0].endswith(f"he{item.id}") for item in items)


@pytest.mark.parametrize("changed", [{"label": 0}, {"question": "effect"}])
def test_items_with_different_answers_are_left_out_and_counted(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    folder = both(tmp_path, "xcopa")
    rows = [premise(at, "he", **(changed if at == 3 else {})) for at in range(5)]
    write(folder, "xcopa", "he", lines(*rows))
    task = read(folder, "xcopa")
    assert task.left_out == {"items_with_different_answers": 1}
    assert [item.id for item in every(task)] == list("0124")
    assert len(every(read(folder, "xcopa", HEBREW, HEBREW))) == 5


@pytest.mark.parametrize("name", ["belebele", "xcopa", "xnli"])
def test_answers_are_compared_by_what_they_mean(tmp_path: Path, name: str) -> None:
    """Options are texts of a language; which one is right is not."""
    changed = {
        "belebele": lines(*(question(at, "he", correct_answer_num="1") for at in range(1, 6))),
        "xcopa": lines(*(premise(at, "he", label=0) for at in range(5))),
        "xnli": "premise he\thypothesis he\tentailment\n" * 5,
    }
    write(both(tmp_path, name), name, "he", changed[name])
    with pytest.raises(TextError, match="different answers to 5 of 5 items"):
        read(tmp_path, name)


def test_options_that_read_the_same_are_told_apart_by_their_place(tmp_path: Path) -> None:
    same = {"mc_answer1": "same", "mc_answer3": "same"}
    for code in ("id", "he"):
        more = same if code == "he" else {}
        rows = [question(at, code, **more, correct_answer_num="3") for at in range(1, 6)]
        write(tmp_path, "belebele", code, lines(*rows))
    task = read(tmp_path, "belebele")
    assert task.left_out == {}
    assert len(every(task)) == 5
    for item in every(task):
        assert task.score(item, item.options[0]) == 1, "both that read so are right"


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_option_leaves_its_item_out(tmp_path: Path, empty: str) -> None:
    for code in ("id", "he"):
        rows = [question(at, code) for at in range(1, 5)]
        spoiled = question(5, code, **({"mc_answer2": empty} if code == "he" else {}))
        write(tmp_path, "belebele", code, lines(*rows, spoiled))
    task = read(tmp_path, "belebele")
    assert len(every(task)) == 4
    assert task.left_out == {"items_with_an_empty_option": 1}


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("belebele", lines(question(1, "", correct_answer_num="5")), "is '5', none of 1, 2, 3, 4"),
        ("belebele", lines(question(1, "", mc_answer2=None)), "'mc_answer2' is no text"),
        ("belebele", '{"link": "a"}', "no field 'mc_answer1'; it has link"),
        ("belebele", lines(question(1, "", question_number=None)), "no number 'question_number'"),
        ("belebele", lines(question(1, ""), question(1, "")), "item https://example.org/a 1 for"),
        ("xcopa", lines(premise(1, "", label=2)), "the label is neither 0 nor 1"),
        ("xcopa", lines(premise(1, "", label=True)), "the label is neither 0 nor 1"),
        ("xcopa", lines(premise(1, "", question="why")), "neither cause nor effect"),
        ("xcopa", lines(premise(1, "", question=[])), "neither cause nor effect"),
        ("xcopa", lines(premise(1, "", idx=None)), "no number 'idx'"),
        ("xnli", "a\tb\n", "2 columns where 3 belong"),
        ("xnli", "a\tb\tmaybe\n", "the label is 'maybe', none of entailment"),
        ("xnli", "a\t\tneutral\n", "an empty sentence"),
        ("mgsm", "a\n", "1 column where 2 belong"),
        ("mgsm", "a\tmany\n", "the answer 'many' is no number"),
        ("mgsm", "a\t5,60\n", "the answer '5,60' is no number"),
        ("mgsm", "\t5\n", "an empty question"),
        ("sib200", "index_id\tcategory\ttext\n7\tlove\ta\n", "the topic is 'love', none of sci"),
        ("sib200", "category\ttext\ntravel\ta\n", "no field 'index_id'"),
        ("flores", "a\n\nb\n", "a blank line"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, name: str, row: str, said: str) -> None:
    path = write(tmp_path, name, "id", row)
    with pytest.raises(TextError) as caught:
        read(tmp_path, name, INDONESIAN, INDONESIAN)
    assert str(caught.value).startswith(f"{path}, line ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "plain"),
    [("18", "18"), ("5,600", "5600"), ("1,234,567", "1234567"), ("-3", "-3"), ("2.50", "2.50")],
)
def test_numbers_lose_their_separators(tmp_path: Path, answer: str, plain: str) -> None:
    write(tmp_path, "mgsm", "id", f"a\t{answer}\n")
    [item] = read(tmp_path, "mgsm", INDONESIAN, INDONESIAN).items
    assert item.accepted == (plain,)


def test_one_of_several_splits_is_named(tmp_path: Path) -> None:
    folder = both(tmp_path, "sib200")
    other = folder / "id" / "test.tsv"
    other.write_text("index_id\tcategory\ttext\n8\tsports\ta\n")
    with pytest.raises(TextError, match=r"several files for Indonesian: id/dev.tsv, id/test.tsv"):
        read(folder, "sib200")
    [item] = every(read(folder, "sib200", split="test"))
    assert item.id == "8"


def test_xnli_may_be_the_parquet_of_the_hub(tmp_path: Path) -> None:
    for code in ("id", "he"):
        folder = tmp_path / "data" / code
        folder.mkdir(parents=True)
        said = [f"{code} {at}" for at in range(3)]
        content = table(premise=said, hypothesis=[each.upper() for each in said], label=[2, 0, 1])
        (folder / "validation-00000-of-00001.parquet").write_bytes(content)
        (folder / "test-00000-of-00001.parquet").write_bytes(content[:50])
    items = every(read(tmp_path, "xnli", split="validation"))
    assert [(item.id, item.context, item.query, item.accepted) for item in items] == [
        ("1", "id 0", "HE 0", ("contradiction",)),
        ("2", "id 1", "HE 1", ("entailment",)),
        ("3", "id 2", "HE 2", ("neutral",)),
    ]


@pytest.mark.parametrize("label", [3, -1, None, "0", 1.0])
def test_a_label_of_another_number_is_named(tmp_path: Path, label: object) -> None:
    path = tmp_path / "id.parquet"
    path.write_bytes(table(premise=["a"], hypothesis=["b"], label=[label]))
    with pytest.raises(TextError, match=rf"id.parquet, line 1: the label is '{label}', none of en"):
        read(tmp_path, "xnli", INDONESIAN, INDONESIAN)


def test_a_missing_folder_or_kind_of_file_is_named(tmp_path: Path) -> None:
    folder = both(tmp_path, "xcopa")
    with pytest.raises(
        TextError, match="is not tab-separated columns or Parquet, which is what is read"
    ):
        read(folder, "xnli")
    with pytest.raises(TextError, match="nowhere is not there"):
        read(tmp_path / "nowhere", "xcopa")
    nothing = FolderTexts(None)
    with pytest.raises(RequestError, match="commonsense needs the folder of xcopa"):
        task_named("xcopa").read(TaskRequest(), INDONESIAN, HEBREW, nothing)


def test_a_file_that_is_no_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"id\.csv is not plain text, JSON"):
        task_named("flores").rows(tmp_path / "id.csv", HEBREW)


def test_a_header_alone_holds_no_items(tmp_path: Path) -> None:
    write(tmp_path, "sib200", "id", "index_id\tcategory\ttext\n")
    with pytest.raises(TextError, match="has no items"):
        read(tmp_path, "sib200", INDONESIAN, INDONESIAN)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
CELLS = st.lists(
    st.sampled_from(["neutral", "travel", "5,600", "", "a", '"', "b\u00a0", "7"]), max_size=4
)


@pytest.mark.parametrize("name", FILES)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(data=st.data())
def test_any_bytes_are_read_or_refused_by_name(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    make = {"belebele": question, "xcopa": premise}.get(name)
    if make is None:
        text = "\n".join(map("\t".join, data.draw(st.lists(CELLS, max_size=4))))
        header = "index_id\tcategory\ttext\n" if name == "sib200" else ""
        likely = (header + text).encode()
    else:
        fields = st.dictionaries(st.sampled_from(sorted(make(1, ""))), JSON, max_size=2)
        changed = data.draw(st.lists(fields, max_size=3))
        likely = lines(*(make(at, "", **each) for at, each in enumerate(changed))).encode()
    content = data.draw(st.binary() | st.just(likely))
    path = write(tmp_path, name, "id", "")
    path.write_bytes(content)
    try:
        published = task_named(name).benchmark_format(INDONESIAN)
        benchmark = read_benchmark(published, tmp_path, INDONESIAN, INDONESIAN)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert benchmark.pairs
        assert all(item.context and item.accepted for item, _ in benchmark.pairs)
    assert path.name in said
