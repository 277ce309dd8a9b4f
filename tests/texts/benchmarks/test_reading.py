"""Joining the files of two languages, whatever their rows are, and what is refused by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridgex import languages
from bridgex.errors import TextError
from bridgex.texts.benchmarks import (
    TAB_SEPARATED,
    Benchmark,
    BenchmarkFormat,
    FileKind,
    Row,
    read_benchmark,
)
from bridgex.texts.files import SourceFile, read_text
from bridgex.texts.rows import plain_rows

INDONESIAN, HEBREW = languages.find("id"), languages.find("he")


@dataclass(frozen=True)
class Word:
    id: str
    text: str


def rows(path: Path) -> tuple[SourceFile, Iterator[Row[Word]]]:
    file = read_text(path)
    return file, (
        Row(line, Word(number, text), gold)
        for line, (number, text, gold) in plain_rows(file, columns=3)
    )


WORDS = BenchmarkFormat("words", TAB_SEPARATED, rows)
ALONE = BenchmarkFormat("words", TAB_SEPARATED, rows, bilingual=False)


def write(path: Path, *cells: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row.split()) + "\n" for row in cells), encoding="utf-8")
    return path


def both(folder: Path) -> Path:
    write(folder / "id.tsv", "1 satu a", "2 dua b", "3 tiga c", "4 empat d")
    write(folder / "he.tsv", "4 dalet d", "2 bet b", "1 alef a", "3 gimel c")
    return folder


def read(folder: Path, split: str | None = None) -> Benchmark[Word]:
    return read_benchmark(WORDS, folder, INDONESIAN, HEBREW, split)


def test_items_are_joined_by_id_in_the_order_of_the_source(tmp_path: Path) -> None:
    benchmark = read(both(tmp_path))
    assert [(one.text, other.text) for one, other in benchmark.pairs] == [
        ("satu", "alef"),
        ("dua", "bet"),
        ("tiga", "gimel"),
        ("empat", "dalet"),
    ]
    assert all(one.id == other.id for one, other in benchmark.pairs)
    assert benchmark.left_out == ()
    assert benchmark.provenance.name == "words"
    assert benchmark.provenance.files == ("id.tsv", "he.tsv")


@pytest.mark.parametrize("alone", ["the same language", "the benchmark reads the source only"])
def test_one_file_is_both_sides(tmp_path: Path, alone: str) -> None:
    write(both(tmp_path) / "he.tsv", "damaged")
    benchmark = (
        read_benchmark(WORDS, tmp_path, INDONESIAN, INDONESIAN)
        if alone == "the same language"
        else read_benchmark(ALONE, tmp_path, INDONESIAN, HEBREW)
    )
    assert all(one == other for one, other in benchmark.pairs)
    assert benchmark.pairs[0][0].text == "satu"
    assert len(benchmark.pairs) == 4
    assert benchmark.provenance.files == ("id.tsv",)


def test_items_with_different_answers_are_left_out_by_id(tmp_path: Path) -> None:
    write(both(tmp_path) / "he.tsv", "1 alef a", "2 bet b", "3 gimel WRONG", "4 dalet d")
    benchmark = read(tmp_path)
    assert benchmark.left_out == ("3",)
    assert [one.id for one, _ in benchmark.pairs] == ["1", "2", "4"]


def test_files_of_different_items_are_refused(tmp_path: Path) -> None:
    path = write(both(tmp_path) / "he.tsv", "1 alef a", "2 bet X", "3 gimel X", "4 dalet d")
    with pytest.raises(TextError, match=r"different answers to 2 of 4 items \(first 2\)") as caught:
        read(tmp_path)
    assert str(path) in str(caught.value)


def test_unequal_files_are_named_with_their_counts(tmp_path: Path) -> None:
    path = write(both(tmp_path) / "he.tsv", "1 alef a", "2 bet b", "3 gimel c")
    with pytest.raises(TextError, match=r"has 4 items and .* 3, and item 4 is in one") as caught:
        read(tmp_path)
    assert str(path) in str(caught.value)


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    path = write(both(tmp_path) / "id.tsv", "1 satu a", "2 dua b", "1 lagi a")
    with pytest.raises(TextError, match="item 1 for the second time") as caught:
        read(tmp_path)
    assert str(caught.value).startswith(f"{path}, line 3: ")


def test_a_file_without_rows_holds_no_items(tmp_path: Path) -> None:
    nothing = BenchmarkFormat[Word]("words", TAB_SEPARATED, lambda path: (read_text(path), ()))
    with pytest.raises(TextError, match=r"id\.tsv has no items"):
        read_benchmark(nothing, both(tmp_path), INDONESIAN, HEBREW)


def test_one_of_several_splits_is_chosen(tmp_path: Path) -> None:
    for code in ("id", "he"):
        write(tmp_path / code / "dev.tsv", "1 one a")
        write(tmp_path / code / "test.tsv", "2 two b")
    with pytest.raises(TextError, match=r"several files for Indonesian: id/dev.tsv, id/test.tsv"):
        read(tmp_path)
    assert [one.id for one, _ in read(tmp_path, "test").pairs] == ["2"]
    assert [one.id for one, _ in read(tmp_path, "DEV").pairs] == ["1"]
    with pytest.raises(TextError, match=r"no 'train' for Indonesian, only id/dev\.tsv, id/test"):
        read(tmp_path, "train")


def test_a_missing_language_or_kind_of_file_says_what_there_is(tmp_path: Path) -> None:
    both(tmp_path)
    with pytest.raises(TextError, match=r"no file for English .* it has he, id\.$"):
        read_benchmark(WORDS, tmp_path, languages.find("en"), HEBREW)
    sheets = BenchmarkFormat("words", FileKind.ending_in("a spreadsheet", ".csv"), rows)
    with pytest.raises(TextError, match=r"id\.tsv is not a spreadsheet, which is what is read"):
        read_benchmark(sheets, tmp_path, INDONESIAN, HEBREW)


@pytest.mark.parametrize("name", ["he.tsv", "he.TSV", "he.tsv.gz"])
def test_a_kind_of_file_is_told_by_its_ending(name: str) -> None:
    assert TAB_SEPARATED.recognises(Path(name))
    assert not TAB_SEPARATED.recognises(Path("he.jsonl"))
