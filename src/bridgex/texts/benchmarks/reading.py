"""Reading a benchmark for one pair of languages, its two files joined item by item."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridgex.errors import RequestError, TextError, nearest
from bridgex.languages import Language
from bridgex.texts.benchmarks.base import BenchmarkFormat, BilingualFormat, Item
from bridgex.texts.benchmarks.belebele import Belebele
from bridgex.texts.benchmarks.flores import Flores
from bridgex.texts.benchmarks.items import AnyItem, Benchmark
from bridgex.texts.benchmarks.mgsm import Mgsm
from bridgex.texts.benchmarks.sib200 import Sib200
from bridgex.texts.benchmarks.xcopa import Xcopa
from bridgex.texts.benchmarks.xnli import Xnli
from bridgex.texts.files import SourceFile
from bridgex.texts.finding import find
from bridgex.texts.names import words_of
from bridgex.texts.provenance import LICENCE_NOT_STATED, provenance_of

_ALL: tuple[BenchmarkFormat[Any], ...] = (Belebele(), Xnli(), Xcopa(), Mgsm(), Sib200(), Flores())
BENCHMARKS = {each.name: each for each in _ALL}

MOST_LEFT_OUT = 0.25
"""Share of items with different answers above which two files are taken for different items.

Files of different items disagree on two thirds of three labels and on half of two; translations of
one benchmark disagree on up to 0.11 in the slices this was written with (XCOPA, Swahili)."""


def read_benchmark(
    name: str,
    directory: str | Path,
    source: Language,
    target: Language,
    split: str | None = None,
) -> Benchmark[AnyItem]:
    """Read a benchmark by its name; see ``read_items``.

    Raises:
        RequestError: there is no benchmark of that name.
        TextError: as ``read_items``.
    """
    known = BENCHMARKS.get(name.casefold())
    if known is None:
        raise RequestError(
            f"There is no benchmark '{name}'.{nearest(name, BENCHMARKS)} "
            f"Known are {', '.join(BENCHMARKS)}."
        )
    return read_items(known, directory, source, target, split)


def read_items(
    benchmark: BenchmarkFormat[Item],
    directory: str | Path,
    source: Language,
    target: Language,
    split: str | None = None,
) -> Benchmark[Item]:
    """Read the items of a benchmark from a folder that holds its files for both languages.

    Files are found by their names, as ``bridgex.texts.finding`` says. The two languages' items are
    joined by their ids. An item to which the two files give different answers is left out, and its
    id is in the benchmark's ``left_out``.

    Args:
        benchmark: which, such as ``Belebele()``.
        directory: the benchmark's own folder.
        source: language of what is read.
        target: language of what is asked; may be the source language.
        split: ``dev``, ``test``, …, a part of the file's or its folder's name; needed where a
            language has several files.

    Raises:
        TextError: no file or several for a language, a damaged file or row, an item that only one
            of the files has, or answers that differ in more than ``MOST_LEFT_OUT`` of the items.
    """
    folder = Path(directory)
    path, step = _file(benchmark, folder, source, split)
    one, items = _read(benchmark, path)
    kept, left_out, files, steps = list(items.values()), dict[str, None](), [one], [step]
    if target != source and isinstance(benchmark, BilingualFormat):
        path, step = _file(benchmark, folder, target, split)
        other, translated = _read(benchmark, path)
        left_out = _different(benchmark, (one, items), (other, translated))
        pairs = ((item, translated[each]) for each, item in items.items() if each not in left_out)
        kept, files = [benchmark.across(*pair) for pair in pairs], [one, other]
        steps.append(step)
    provenance = provenance_of(benchmark.name, LICENCE_NOT_STATED, files)
    for each in filter(None, steps):
        provenance = provenance.then(each)
    return Benchmark(benchmark.name, source, target, tuple(kept), tuple(left_out), provenance)


def _file(
    benchmark: BenchmarkFormat[Item], folder: Path, language: Language, split: str | None
) -> tuple[Path, str | None]:
    """Return a language's file, and what must be known of the choice."""
    found = find(folder, language, benchmark.recognises, benchmark.shape)
    paths = found.paths
    chosen = [path for path in paths if split is None or split.casefold() in _parts(path, folder)]
    if len(chosen) == 1:
        return chosen[0], found.step
    several = ", ".join(str(path.relative_to(folder)) for path in paths)
    if not chosen:
        raise TextError(f"{folder} has no '{split}' for {language.name}, only {several}.")
    raise TextError(
        f"{folder} has several files for {language.name}: {several}; name one by its split (dev, "
        "test, …)."
    )


def _parts(path: Path, folder: Path) -> frozenset[str]:
    parts = path.relative_to(folder).parts
    return frozenset().union(*map(words_of, parts))


def _read(benchmark: BenchmarkFormat[Item], path: Path) -> tuple[SourceFile, dict[str, Item]]:
    file, rows = benchmark.read(path)
    items: dict[str, Item] = {}
    for line, item in rows:
        if item.id in items:
            raise file.error(line, f"item {item.id} for the second time; delete one of them.")
        items[item.id] = item
    if not items:
        raise TextError(f"{path} holds no items; download it again.")
    return file, items


def _different(
    benchmark: BilingualFormat[Item],
    source: tuple[SourceFile, Mapping[str, Item]],
    target: tuple[SourceFile, Mapping[str, Item]],
) -> dict[str, None]:
    """Ids of the items to which two files give different answers, in order."""
    (one, first), (other, last) = source, target
    alone = next((each for each in [*first, *last] if (each in first) != (each in last)), None)
    if alone is not None:
        raise TextError(
            f"{one.path} has {len(first):,} items and {other.path} {len(last):,}, and item {alone} "
            "is in one of them only; take files of one split and release."
        )
    different = [
        each for each in first if benchmark.gold(first[each]) != benchmark.gold(last[each])
    ]
    if len(different) > MOST_LEFT_OUT * len(first):
        raise TextError(
            f"{one.path} and {other.path} give different answers to {len(different):,} of "
            f"{len(first):,} items (first {different[0]}), so they are not the same items; take "
            "files of one split and release."
        )
    return dict.fromkeys(different)
