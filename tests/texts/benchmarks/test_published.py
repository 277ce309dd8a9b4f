"""Every benchmark in ../shared/data, read whole and counted another way."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from bridgex import languages
from bridgex.languages import PAPER_LANGUAGES
from bridgex.texts.benchmarks import (
    Belebele,
    Flores,
    Mgsm,
    Sib200,
    Xcopa,
    Xnli,
    read_items,
)
from bridgex.texts.files import normalised
from tests.texts.test_published import FLORES


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]


def objects(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]


@pytest.mark.parametrize(("source", "target"), list(permutations(["deu_Latn", "eng_Latn"], 2)))
def test_belebele(shared: Path, source: str, target: str) -> None:
    folder = shared / "data" / "belebele"
    read, asked = (objects(folder / f"{code}.jsonl") for code in (source, target))
    spoken = languages.find(source), languages.find(target)
    benchmark = read_items(Belebele(), folder, *spoken)
    assert len(benchmark.items) == len(read) == 200
    assert benchmark.left_out == ()
    for item, one, other in zip(benchmark.items, read, asked, strict=True):
        assert item.id == f"{one['link']} {one['question_number']}"
        assert item.passage == normalised(one["flores_passage"])
        assert item.question == normalised(other["question"])
        right = other[f"mc_answer{other['correct_answer_num']}"]
        assert item.options[item.answer] == normalised(right)
        assert len(item.options) == 4


XCOPA_DIFFERENT = {
    frozenset({"id", "it"}): 0,
    frozenset({"id", "zh"}): 5,
    frozenset({"it", "zh"}): 5,
    frozenset({"id", "sw"}): 11,
    frozenset({"it", "sw"}): 11,
    frozenset({"sw", "zh"}): 6,
}
"""Items whose field ``question`` says cause in one language's file and effect in the other's."""


@pytest.mark.parametrize(("source", "target"), list(permutations(["id", "it", "sw", "zh"], 2)))
def test_xcopa(shared: Path, source: str, target: str) -> None:
    folder = shared / "data" / "xcopa"
    paths = [folder / code / f"val.{code}.jsonl" for code in (source, target)]
    assert all(path.read_bytes().count(b"\r\n") == 100 for path in paths)
    read, asked = map(objects, paths)
    benchmark = read_items(Xcopa(), folder, languages.find(source), languages.find(target))
    different = [
        str(one["idx"])
        for one, other in zip(read, asked, strict=True)
        if (one["question"], one["label"]) != (other["question"], other["label"])
    ]
    assert list(benchmark.left_out) == different
    assert len(different) == XCOPA_DIFFERENT[frozenset({source, target})]
    assert len(benchmark.items) == 100 - len(different)
    for item in benchmark.items:
        one, other = read[int(item.id)], asked[int(item.id)]
        assert (item.premise, item.asks_for) == (normalised(one["premise"]), other["question"])
        assert item.options[item.answer] == normalised(other[f"choice{other['label'] + 1}"])


@pytest.mark.parametrize(
    ("source", "target"), list(permutations(["de", "en", "fr", "sw", "zh"], 2))
)
def test_xnli(shared: Path, source: str, target: str) -> None:
    folder = shared / "data" / "xnli"
    read, asked = (rows(folder / f"dev-{code}.tsv") for code in (source, target))
    benchmark = read_items(Xnli(), folder, languages.find(source), languages.find(target))
    assert len(benchmark.items) == len(read) == 200
    assert benchmark.left_out == ()
    for item, one, other in zip(benchmark.items, read, asked, strict=True):
        expected = normalised(one[0]), normalised(other[1]), one[2]
        assert (item.premise, item.hypothesis, item.label) == expected
    labels = [item.label for item in benchmark.items]
    assert [labels.count(label) for label in ("neutral", "entailment", "contradiction")] == [
        67,
        67,
        66,
    ]


@pytest.mark.parametrize("code", ["de", "en", "es", "fr", "ja", "sw", "zh"])
def test_mgsm(shared: Path, code: str) -> None:
    folder = shared / "data" / "mgsm"
    language = languages.find(code)
    benchmark = read_items(Mgsm(), folder, language, language)
    english = rows(folder / "mgsm_en.tsv")
    own = rows(folder / f"mgsm_{code}.tsv")
    assert len(benchmark.items) == len(own) == 50
    for item, (question, _), (_, answer) in zip(benchmark.items, own, english, strict=True):
        assert item.question == normalised(question)
        assert float(item.answer) == float(answer.replace(",", ""))


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
@pytest.mark.parametrize(("split", "count"), [("dev", 99), ("train", 200)])
def test_sib200(shared: Path, language: languages.Language, split: str, count: int) -> None:
    folder = shared / "data" / "sib200"
    benchmark = read_items(Sib200(), folder, language, language, split)
    english = rows(folder / "eng_Latn" / f"{split}.tsv")[1:]
    assert len(benchmark.items) == count
    assert [(item.id, item.topic) for item in benchmark.items] == [
        (number, topic) for number, topic, _ in english
    ]
    raw = [text for _, _, text in rows(folder / FLORES[language.code] / f"{split}.tsv")[1:]]
    assert [item.text for item in benchmark.items] == [
        normalised(text[1:-1].replace('""', '"') if text.startswith('"') else text) for text in raw
    ]


def test_sib200_has_quotes_within_quotes(shared: Path) -> None:
    hebrew = languages.find("he")
    folder = shared / "data" / "sib200"
    raw = (folder / "heb_Hebr" / "train.tsv").read_text(encoding="utf-8")
    assert raw.count('\t"') == 29
    items = read_items(Sib200(), folder, hebrew, hebrew, "train").items
    assert sum('"' in item.text for item in items) == 29


@pytest.mark.parametrize("language", PAPER_LANGUAGES, ids=str)
def test_flores(shared: Path, language: languages.Language) -> None:
    folder = shared / "data" / "flores200"
    benchmark = read_items(Flores(), folder, language, languages.find("en"))
    paths = [folder / "devtest" / f"{FLORES[code]}.devtest" for code in (language.code, "en")]
    lines = [path.read_text(encoding="utf-8") for path in paths]
    pairs = [[normalised(line) for line in text.split("\n") if line] for text in lines]
    assert [(item.source, item.reference) for item in benchmark.items] == list(
        zip(*pairs, strict=True)
    )
    assert [item.id for item in benchmark.items] == [str(at) for at in range(1, 301)]
