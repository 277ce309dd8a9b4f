"""Every published benchmark, read whole and counted another way."""

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from bridgex import languages
from bridgex.languages import PAPER_LANGUAGES, Language
from bridgex.tasks import Item, Task
from bridgex.tasks.commonsense import Commonsense
from bridgex.tasks.labels import INFERENCE
from bridgex.tasks.mathematics import Mathematics
from bridgex.tasks.mrc import Mrc
from bridgex.tasks.nli import Nli
from bridgex.tasks.topic import Topic
from bridgex.tasks.translation import Translation
from bridgex.texts.benchmarks import read_benchmark
from bridgex.texts.files import normalised
from tests.published import FLORES, Published


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]


def read(
    task: type[Task], folder: Path, source: Language, target: Language, split: str | None = None
) -> tuple[list[Item], tuple[str, ...]]:
    """Items in the order of the file, contexts in the source language, and what was left out."""
    layout = task.benchmark_format(target)
    benchmark = read_benchmark(layout, folder, source, target, split)
    items = [replace(asked, context=shown.context) for shown, asked in benchmark.pairs]
    return items, benchmark.left_out


@pytest.mark.parametrize(("source", "target"), list(permutations(["deu_Latn", "eng_Latn"], 2)))
def test_belebele(published: Published, source: str, target: str) -> None:
    folder = published.folder / "belebele"
    shown, asked = (objects(folder / f"{code}.jsonl") for code in (source, target))
    items, left_out = read(Mrc, folder, languages.find(source), languages.find(target))
    assert len(items) == len(shown) == published.readings
    assert left_out == ()
    for item, one, other in zip(items, shown, asked, strict=True):
        assert item.id == f"{one['link']} {one['question_number']}"
        assert item.context == normalised(one["flores_passage"])
        assert item.query == normalised(other["question"])
        right = other[f"mc_answer{other['correct_answer_num']}"]
        assert item.accepted == (normalised(right),)
        assert item.options == tuple(normalised(other[f"mc_answer{at}"]) for at in range(1, 5))


@pytest.mark.parametrize(("source", "target"), list(permutations(["id", "it", "sw", "zh"], 2)))
def test_xcopa(published: Published, source: str, target: str) -> None:
    folder = published.folder / "xcopa"
    paths = [folder / code / f"val.{code}.jsonl" for code in (source, target)]
    assert all(path.read_bytes().count(b"\r\n") == published.premises for path in paths)
    shown, asked = map(objects, paths)
    items, left_out = read(Commonsense, folder, languages.find(source), languages.find(target))
    different = [
        str(one["idx"])
        for one, other in zip(shown, asked, strict=True)
        if (one["question"], one["label"]) != (other["question"], other["label"])
    ]
    assert list(left_out) == different
    assert len(different) == published.causes[frozenset({source, target})]
    assert len(items) == published.premises - len(different)
    for item in items:
        one, other = shown[int(item.id)], asked[int(item.id)]
        assert item.context == normalised(one["premise"])
        assert item.query == other["question"]
        assert item.options == tuple(normalised(other[f"choice{at}"]) for at in (1, 2))
        assert item.accepted == (normalised(other[f"choice{other['label'] + 1}"]),)


@pytest.mark.parametrize(
    ("source", "target"), list(permutations(["de", "en", "fr", "sw", "zh"], 2))
)
def test_xnli(published: Published, source: str, target: str) -> None:
    folder = published.folder / "xnli"
    shown, asked = (rows(folder / f"dev-{code}.tsv") for code in (source, target))
    items, left_out = read(Nli, folder, languages.find(source), languages.find(target))
    assert len(items) == len(shown) == sum(published.inferences.values())
    assert left_out == ()
    for item, one, other in zip(items, shown, asked, strict=True):
        expected = normalised(one[0]), normalised(other[1]), (one[2],)
        assert (item.context, item.query, item.accepted) == expected
        assert item.options == INFERENCE
    counts = {
        label: sum(item.accepted == (label,) for item in items) for label in published.inferences
    }
    assert counts == published.inferences


@pytest.mark.parametrize("code", ["de", "en", "es", "fr", "ja", "sw", "zh"])
def test_mgsm(published: Published, code: str) -> None:
    folder = published.folder / "mgsm"
    language = languages.find(code)
    items, _ = read(Mathematics, folder, language, language)
    english = rows(folder / "mgsm_en.tsv")
    own = rows(folder / f"mgsm_{code}.tsv")
    assert len(items) == len(own) == published.problems
    for item, (question, _), (_, answer) in zip(items, own, english, strict=True):
        assert item.context == normalised(question)
        assert float(item.accepted[0]) == float(answer.replace(",", ""))


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
@pytest.mark.parametrize("split", ["dev", "train"])
def test_sib200(published: Published, language: Language, split: str) -> None:
    folder = published.folder / "sib200"
    items, _ = read(Topic, folder, language, language, split)
    english = rows(folder / "eng_Latn" / f"{split}.tsv")[1:]
    assert len(items) == published.topics[split]
    assert [(item.id, item.accepted) for item in items] == [
        (number, (topic,)) for number, topic, _ in english
    ]
    raw = [text for _, _, text in rows(folder / FLORES[language.code] / f"{split}.tsv")[1:]]
    assert [item.context for item in items] == [
        normalised(text[1:-1].replace('""', '"') if text.startswith('"') else text) for text in raw
    ]


def test_sib200_has_quotes_within_quotes(published: Published) -> None:
    hebrew = languages.find("he")
    folder = published.folder / "sib200"
    raw = (folder / "heb_Hebr" / "train.tsv").read_text(encoding="utf-8")
    assert raw.count('\t"') == published.quotes
    items, _ = read(Topic, folder, hebrew, hebrew, "train")
    assert sum('"' in item.context for item in items) == published.quotes


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_flores(published: Published, language: Language) -> None:
    folder = published.folder / "flores200"
    items, _ = read(Translation, folder, language, languages.find("en"))
    paths = [folder / "devtest" / f"{FLORES[code]}.devtest" for code in (language.code, "en")]
    lines = [path.read_text(encoding="utf-8") for path in paths]
    pairs = [[normalised(line) for line in text.split("\n") if line] for text in lines]
    assert [(item.context, *item.accepted) for item in items] == list(zip(*pairs, strict=True))
    assert [item.id for item in items] == [str(at) for at in range(1, published.sentences + 1)]
