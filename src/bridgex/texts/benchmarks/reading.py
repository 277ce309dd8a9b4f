"""Reading a benchmark for one pair of languages, its two files joined item by item."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.texts.corpus_formats import SHAPES, format_of
from bridgex.texts.files import SourceFile, ending
from bridgex.texts.finding import find
from bridgex.texts.names import words_of
from bridgex.texts.provenance import LICENCE_NOT_STATED, Provenance, provenance_of

MOST_LEFT_OUT = 0.25
"""Share of items with different answers above which two files are taken for different items.

Files of different items disagree on two thirds of three labels and on half of two; translations of
one benchmark disagree on up to 0.11 in the slices this was written with (XCOPA, Swahili)."""


class Identified(Protocol):
    """Anything with an id that is unique in its benchmark and the same in every language."""

    @property
    def id(self) -> str:
        """Its id."""


ItemType = TypeVar("ItemType", bound=Identified)


@dataclass(frozen=True)
class FileKind:
    """The kind of file that a benchmark is published in.

    Attributes:
        name: for errors: ``JSON Lines``.
        recognises: whether a file is of this kind, from its name.
    """

    name: str
    recognises: Callable[[Path], bool]

    @classmethod
    def ending_in(cls, name: str, *endings: str) -> "FileKind":
        """Return the kind of files whose names end so (``.tsv``), ``.gz`` aside."""
        return cls(name, lambda path: ending(path) in endings)


JSON_LINES = FileKind.ending_in("JSON Lines", ".jsonl")
JSON_LINES_OR_PARQUET = FileKind.ending_in("JSON Lines or Parquet", ".jsonl", ".parquet")
TAB_SEPARATED = FileKind.ending_in("tab-separated columns", ".tsv")
TAB_SEPARATED_OR_PARQUET = FileKind.ending_in(
    "tab-separated columns or Parquet", ".tsv", ".parquet"
)
ANY_CORPUS = FileKind(SHAPES, lambda path: format_of(path) is not None)


@dataclass(frozen=True)
class Row(Generic[ItemType]):
    """One item as the file of one language has it.

    Attributes:
        line: where it is in the file, from 1.
        item: the item, all of it in that language.
        gold: what must be the same in every language, such as the index of the right option; None
            where the answer is in the language itself.
    """

    line: int
    item: ItemType
    gold: Hashable = None


@dataclass(frozen=True)
class BenchmarkFormat(Generic[ItemType]):
    """How a benchmark is published: a file for each language, with the same items in each.

    Attributes:
        name: the benchmark's name.
        files: the kind of its files.
        rows: reads the rows of one language's file; raises `TextError` naming file and line.
        bilingual: whether the target language's file is read, too.
    """

    name: str
    files: FileKind
    rows: Callable[[Path], tuple[SourceFile, Iterable[Row[ItemType]]]]
    bilingual: bool = True


@dataclass(frozen=True)
class Benchmark(Generic[ItemType]):
    """The items of a benchmark for one pair of languages.

    Attributes:
        pairs: each item as the source language's file has it and as the target language's has it,
            in the order of the former; twice the same where one file was read.
        left_out: ids of items that are not among `pairs`, since the two files give them different
            answers, or ask them differently.
        provenance: where they came from.
    """

    pairs: tuple[tuple[ItemType, ItemType], ...]
    left_out: tuple[str, ...]
    provenance: Provenance


_Read = tuple[SourceFile, Mapping[str, Row[ItemType]]]


def read_benchmark(
    benchmark: BenchmarkFormat[ItemType],
    folder: Path,
    source: Language,
    target: Language,
    split: str | None = None,
) -> Benchmark[ItemType]:
    """Read the items of a benchmark from a folder with its files for both languages.

    Files are found by their names, as `bridgex.texts.finding` says. The two languages' items are
    joined by their ids. An item to which the two files give different answers is left out, and its
    id is in the benchmark's ``left_out``.

    Args:
        benchmark: how it is published.
        folder: the benchmark's own folder.
        source: language of what is read.
        target: language of what is asked; may be the source language.
        split: ``dev``, ``test``, …, a part of the file's or its folder's name; needed where a
            language has several files.

    Raises:
        TextError: no file or several for a language, a damaged file or row, an item that only one
            of the files has, or answers that differ in more than ``MOST_LEFT_OUT`` of the items.
    """
    path, step = _file(benchmark.files, folder, source, split)
    read = _rows(benchmark, path)
    others, files, steps = read, [read[0]], [step]
    if target != source and benchmark.bilingual:
        path, step = _file(benchmark.files, folder, target, split)
        others = _rows(benchmark, path)
        files.append(others[0])
        steps.append(step)
    left_out = _different(read, others)
    provenance = provenance_of(benchmark.name, LICENCE_NOT_STATED, files)
    for step in filter(None, steps):
        provenance = provenance.then(step)
    return Benchmark(
        tuple(
            (row.item, others[1][name].item)
            for name, row in read[1].items()
            if name not in left_out
        ),
        tuple(left_out),
        provenance,
    )


def _file(
    kind: FileKind, folder: Path, language: Language, split: str | None
) -> tuple[Path, str | None]:
    """Return a language's file, and what must be known of the choice."""
    files = find(folder, language, kind.recognises, kind.name)
    paths = files.paths
    chosen = [path for path in paths if split is None or split.casefold() in _parts(path, folder)]
    if len(chosen) == 1:
        return chosen[0], files.step
    names = ", ".join(str(path.relative_to(folder)) for path in paths)
    if not chosen:
        raise TextError(f"{folder} has no '{split}' for {language.name}, only {names}.")
    raise TextError(
        f"{folder} has several files for {language.name}: {names}; choose one by its split (dev, "
        "test, …)."
    )


def _parts(path: Path, folder: Path) -> frozenset[str]:
    parts = path.relative_to(folder).parts
    return frozenset().union(*map(words_of, parts))


def _rows(benchmark: BenchmarkFormat[ItemType], path: Path) -> _Read[ItemType]:
    file, rows = benchmark.rows(path)
    by_id: dict[str, Row[ItemType]] = {}
    for row in rows:
        if row.item.id in by_id:
            raise file.error(
                row.line, f"item {row.item.id} for the second time; delete one of them."
            )
        by_id[row.item.id] = row
    if not by_id:
        raise TextError(f"{path} has no items; download it again.")
    return file, by_id


def _different(source: _Read[ItemType], target: _Read[ItemType]) -> dict[str, None]:
    """Ids of the items to which two files give different answers, in order."""
    (source_file, first), (target_file, last) = source, target
    alone = next((name for name in [*first, *last] if (name in first) != (name in last)), None)
    if alone is not None:
        raise TextError(
            f"{source_file.path} has {len(first):,} items and {target_file.path} {len(last):,}, "
            f"and item {alone} is in one of them only; take files of one split and release."
        )
    different = [name for name in first if first[name].gold != last[name].gold]
    if len(different) > MOST_LEFT_OUT * len(first):
        raise TextError(
            f"{source_file.path} and {target_file.path} give different answers to "
            f"{len(different):,} of {len(first):,} items (first {different[0]}), so they are not "
            "the same items; take files of one split and release."
        )
    return dict.fromkeys(different)
