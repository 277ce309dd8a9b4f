"""Benchmarks in two languages: how items are joined, and what is refused by file and line."""

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
from bridgex.texts.benchmarks import (
    BENCHMARKS,
    AnyItem,
    Belebele,
    Benchmark,
    CauseEffectItem,
    InferenceItem,
    MathItem,
    ReadingItem,
    TopicItem,
    TranslationItem,
    Xnli,
    read_benchmark,
    read_items,
)
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


def read(folder: Path, name: str) -> Benchmark[AnyItem]:
    return read_benchmark(name, folder, INDONESIAN, HEBREW)


ACROSS: dict[str, AnyItem] = {
    "belebele": ReadingItem(
        "https://example.org/a 1",
        "passage id",
        "question he",
        ("option 1 he", "option 2 he", "option 3 he", "option 4 he"),
        2,
    ),
    "xcopa": CauseEffectItem("0", "premise id", "cause", ("option 1 he", "option 2 he"), 1),
    "xnli": InferenceItem("1", '"premise id', "hypothesis he", "neutral"),
    "mgsm": MathItem("1", "question id", "5600"),
    "sib200": TopicItem("7", 'text "id"', "travel"),
    "flores": TranslationItem("1", "sentence id", "sentence he"),
}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_an_item_speaks_both_languages(tmp_path: Path, name: str) -> None:
    benchmark = read(both(tmp_path, name), name)
    assert benchmark.items[0] == ACROSS[name]
    assert benchmark.left_out == ()
    assert len({item.id for item in benchmark.items}) == len(benchmark.items)
    one_file = name in ("mgsm", "sib200")
    assert len(benchmark.provenance.files) == 2 - one_file
    back = read_benchmark(name, tmp_path, HEBREW, INDONESIAN)
    assert [item.id for item in back.items] == [item.id for item in benchmark.items]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_language_may_be_asked_alone(tmp_path: Path, name: str) -> None:
    both(tmp_path, name)
    benchmark = read_benchmark(name.upper(), tmp_path, HEBREW, HEBREW)
    assert " id" not in repr(benchmark.items)
    assert len(benchmark.provenance.files) == 1
    assert benchmark.digest != read(tmp_path, name).digest


def test_the_digest_is_of_every_item(tmp_path: Path) -> None:
    benchmark = read_items(Belebele(), both(tmp_path, "belebele"), INDONESIAN, HEBREW)
    assert replace(benchmark, provenance=replace(benchmark.provenance, name="x")).digest == (
        benchmark.digest
    )
    others = [
        replace(benchmark, items=benchmark.items[:-1]),
        replace(benchmark, items=benchmark.items[::-1]),
        replace(benchmark, name="other"),
        replace(benchmark, source=HEBREW),
        replace(benchmark, items=(replace(benchmark.items[0], answer=0), *benchmark.items[1:])),
    ]
    assert len({benchmark.digest, *(other.digest for other in others)}) == 6


def test_items_are_joined_by_id_not_by_line(tmp_path: Path) -> None:
    folder = both(tmp_path, "xcopa")
    write(folder, "xcopa", "he", lines(*(premise(at, f"he{at}") for at in (4, 2, 0, 1, 3))))
    items = read(folder, "xcopa").items
    assert [item.id for item in items] == list("01234")
    assert all(
        isinstance(item, CauseEffectItem) and item.options[0].endswith(f"he{item.id}")
        for item in items
    )


@pytest.mark.parametrize("changed", [{"label": 0}, {"question": "effect"}])
def test_items_with_different_answers_are_left_out_by_name(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    folder = both(tmp_path, "xcopa")
    rows = [premise(at, "he", **(changed if at == 3 else {})) for at in range(5)]
    write(folder, "xcopa", "he", lines(*rows))
    benchmark = read(folder, "xcopa")
    assert benchmark.left_out == ("3",)
    assert [item.id for item in benchmark.items] == list("0124")
    assert len(read_benchmark("xcopa", folder, HEBREW, HEBREW).items) == 5


def test_files_of_different_items_are_refused(tmp_path: Path) -> None:
    folder = both(tmp_path, "xcopa")
    rows = [premise(at, "he", label=int(at > 1)) for at in range(5)]
    path = write(folder, "xcopa", "he", lines(*rows))
    with pytest.raises(TextError, match=r"different answers to 2 of 5 items \(first 0\)") as caught:
        read(folder, "xcopa")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["belebele", "xcopa", "xnli", "flores"])
def test_unequal_files_are_named_with_their_counts(tmp_path: Path, name: str) -> None:
    folder = both(tmp_path, name)
    content = FILES[name][1]("he").splitlines(keepends=True)
    path = write(folder, name, "he", "".join(content[:4]))
    with pytest.raises(
        TextError, match=r"has 5 items and .* 4, and item .*[45] is in one"
    ) as found:
        read(folder, name)
    assert str(path) in str(found.value)


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("belebele", lines(question(1, "", correct_answer_num="5")), "is '5', none of 1, 2, 3, 4"),
        ("belebele", lines(question(1, "", mc_answer2=None)), "'mc_answer2' is no text"),
        ("belebele", lines(question(1, "", mc_answer2=" ")), "'mc_answer2' is empty"),
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
        read_benchmark(name, tmp_path, INDONESIAN, INDONESIAN)
    assert str(caught.value).startswith(f"{path}, line ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "plain"),
    [("18", "18"), ("5,600", "5600"), ("1,234,567", "1234567"), ("-3", "-3"), ("2.50", "2.50")],
)
def test_numbers_lose_their_separators(tmp_path: Path, answer: str, plain: str) -> None:
    write(tmp_path, "mgsm", "id", f"a\t{answer}\n")
    [item] = read_benchmark("mgsm", tmp_path, INDONESIAN, INDONESIAN).items
    assert isinstance(item, MathItem)
    assert item.answer == plain


def test_one_of_several_splits_is_named(tmp_path: Path) -> None:
    folder = both(tmp_path, "sib200")
    other = folder / "id" / "test.tsv"
    other.write_text("index_id\tcategory\ttext\n8\tsports\ta\n")
    with pytest.raises(TextError, match=r"several files for Indonesian: id/dev.tsv, id/test.tsv"):
        read(folder, "sib200")
    [item] = read_benchmark("sib200", folder, INDONESIAN, HEBREW, split="test").items
    assert item.id == "8"
    with pytest.raises(
        TextError, match=r"has no 'train' for Indonesian, only id/dev\.tsv, id/test"
    ):
        read_benchmark("sib200", folder, INDONESIAN, HEBREW, split="train")


def test_xnli_may_be_the_parquet_of_the_hub(tmp_path: Path) -> None:
    for code in ("id", "he"):
        folder = tmp_path / "data" / code
        folder.mkdir(parents=True)
        said = [f"{code} {at}" for at in range(3)]
        content = table(premise=said, hypothesis=[each.upper() for each in said], label=[2, 0, 1])
        (folder / "validation-00000-of-00001.parquet").write_bytes(content)
        (folder / "test-00000-of-00001.parquet").write_bytes(content[:50])
    items = read_items(Xnli(), tmp_path, INDONESIAN, HEBREW, "validation").items
    assert items == (
        InferenceItem("1", "id 0", "HE 0", "contradiction"),
        InferenceItem("2", "id 1", "HE 1", "entailment"),
        InferenceItem("3", "id 2", "HE 2", "neutral"),
    )


@pytest.mark.parametrize("label", [3, -1, None, "0", 1.0])
def test_a_label_of_another_number_is_named(tmp_path: Path, label: object) -> None:
    path = tmp_path / "id.parquet"
    path.write_bytes(table(premise=["a"], hypothesis=["b"], label=[label]))
    with pytest.raises(TextError, match=rf"id.parquet, line 1: the label is '{label}', none of en"):
        read_items(Xnli(), tmp_path, INDONESIAN, INDONESIAN)


def test_a_missing_language_or_benchmark_says_which_there_are(tmp_path: Path) -> None:
    folder = both(tmp_path, "xcopa")
    with pytest.raises(TextError, match=r"no file for English .* it has he, id\.$"):
        read_benchmark("xcopa", folder, languages.find("en"), HEBREW)
    with pytest.raises(RequestError, match="Did you mean 'xcopa'"):
        read_benchmark("copa", folder, INDONESIAN, HEBREW)
    with pytest.raises(
        TextError, match="is not tab-separated columns or Parquet, which is what is read"
    ):
        read_benchmark("xnli", folder, INDONESIAN, HEBREW)


def test_a_header_alone_holds_no_items(tmp_path: Path) -> None:
    write(tmp_path, "sib200", "id", "index_id\tcategory\ttext\n")
    with pytest.raises(TextError, match="holds no items"):
        read_benchmark("sib200", tmp_path, INDONESIAN, INDONESIAN)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
CELLS = st.lists(
    st.sampled_from(["neutral", "travel", "5,600", "", "a", '"', "b\u00a0", "7"]), max_size=4
)


@pytest.mark.parametrize("name", BENCHMARKS)
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
        benchmark = read_benchmark(name, tmp_path, INDONESIAN, INDONESIAN)
    except TextError as refusal:
        said = str(refusal)
    else:
        said = path.name
        assert benchmark.items
        assert len(benchmark.digest) == 64
    assert path.name in said
