"""Time and peak memory against the size of what is read; prints the tables of docs/results.md.

    python benchmarks/growth.py [FOLDER]

Needs some 1.5 GB of disk in FOLDER (a temporary folder by default). Every line of a table is
measured in a process of its own: seconds of the processor for the work alone, so that a busy
machine does not count, and the most memory that the process held beyond that of its imports.
"""

import argparse
import itertools
import json
import os
import resource
import shutil
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridgex.errors import BridgexError
from bridgex.languages import find
from bridgex.texts import read_corpus, read_lexicon

MB = 10**6
SENTENCE = "Setelah tiga hari hujan lebat, air sungai naik sampai ke jembatan lama {}.\n"
SENTENCES = 8
PERMUTATIONS = 99


def corpus(folder: Path, megabytes: int) -> Path:
    """Write a corpus of a language of so many megabytes."""
    folder = folder / f"corpus-{megabytes}"
    folder.mkdir(exist_ok=True)
    with (folder / "id.txt").open("w", encoding="utf-8") as file:
        size = number = 0
        while size < megabytes * MB:
            block = "".join(SENTENCE.format(number + at) for at in range(1000))
            size, number = size + file.write(block), number + 1000
    return folder


def read_first(folder: Path) -> int:
    return len(read_corpus(folder, find("id"), sentences=SENTENCES).sentences)


def read_whole(folder: Path) -> int:
    return len(read_corpus(folder, find("id")).sentences)


def dictionary(folder: Path, rows: int) -> Path:
    """Write a dictionary of so many rows, three to a word."""
    path = folder / f"id-he-{rows}" / "id-he.txt"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"kata{at // 3}\tword{at}\n" for at in range(rows))
    return path


def read_dictionary(path: Path) -> int:
    return len(read_lexicon(path, find("id"), find("he")).entries)


def split_dictionary(path: Path) -> None:
    from bridgex.tasks.split import split_words

    split_words(read_lexicon(path, find("id"), find("he")))


def texts_of_languages(folder: Path, count: int) -> Path:
    """Write a small corpus of so many languages, and a tiny random model beside it."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.tiny_llama import save_tiny_llama

    if not (folder / "model").is_dir():
        save_tiny_llama(folder / "model")
    texts = folder / f"languages-{count}"
    texts.mkdir(exist_ok=True)
    for at, code in enumerate(codes(count)):
        lines = (f"{code} {at * 31 % 97} kata {line * at % 89}\n" for line in range(12))
        (texts / f"{code}.txt").write_text("".join(lines), encoding="utf-8")
    return texts


def codes(count: int) -> list[str]:
    """Return codes of languages that are known here, those of two letters first."""
    known: dict[str, None] = {}
    for length in (2, 3):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            with suppress(BridgexError):
                known[find("".join(letters)).code] = None
            if len(known) == count:
                return list(known)
    raise ValueError(f"only {len(known)} languages are known")


def spectrum(texts: Path) -> dict[str, Any]:
    """Make a spectrum and its JSON; the number of permutations is small on purpose."""
    from bridgex import Session, Texts
    from bridgex.report.files import write_json

    names = sorted(path.stem for path in texts.iterdir())
    session = Session(str(texts.parent / "model"), dtype="float32")
    found = session.spectrum(names, texts=Texts(corpus=texts), permutations=PERMUTATIONS)
    target = texts.parent / f"{texts.name}.json"
    write_json(found, target)
    return {"MB of JSON": round(target.stat().st_size / MB, 1)}


@dataclass(frozen=True)
class Series:
    """One table: a work on inputs of growing size.

    Attributes:
        title: what is done.
        unit: of the sizes.
        sizes: in that unit.
        make: writes the input of a size into a folder.
        work: what is measured; may return further columns.
    """

    title: str
    unit: str
    sizes: tuple[int, ...]
    make: Callable[[Path, int], Path]
    work: Callable[[Path], object]


SERIES = {
    "first": Series(
        f"The first {SENTENCES} sentences of a corpus", "MB", (1, 10, 100, 1000), corpus, read_first
    ),
    "corpus": Series("A whole corpus", "MB", (25, 50, 100, 200), corpus, read_whole),
    "dictionary": Series(
        "A dictionary",
        "rows",
        (250_000, 500_000, 1_000_000, 2_000_000),
        dictionary,
        read_dictionary,
    ),
    "split": Series(
        "A dictionary, read and split into development and test words",
        "rows",
        (250_000, 500_000, 1_000_000, 2_000_000),
        dictionary,
        split_dictionary,
    ),
    "spectrum": Series(
        f"A spectrum of a model of 10 layers, 12 sentences a language, {PERMUTATIONS} permutations",
        "languages",
        (50, 100, 200, 400),
        texts_of_languages,
        spectrum,
    ),
}


def measure(name: str, path: Path) -> dict[str, Any]:
    """Do the work here, and return what it took."""
    import torch  # noqa: F401
    import transformers  # noqa: F401

    import bridgex.evaluation.results  # noqa: F401  imports are no part of the work

    before, began = peak(), time.process_time()
    more = SERIES[name].work(path)
    took = {
        "s": round(time.process_time() - began, 2),
        "MB of memory": round((peak() - before) / MB),
    }
    return took | (more if isinstance(more, dict) else {})


def peak() -> int:
    """Return the most bytes that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def rows(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Measure each size of a series in a process of its own."""
    series = SERIES[name]
    for size in series.sizes:
        path = series.make(folder, size)
        words = [sys.executable, __file__, str(folder), "--measure", name, str(path)]
        environment = {**os.environ, "BRIDGEX_CACHE": str(folder / "cache")}
        done = subprocess.run(  # noqa: S603
            words, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        yield {series.unit: f"{size:,}", **json.loads(done.stdout)}
        if path.is_dir() and name in {"first", "corpus"}:
            shutil.rmtree(path)


def table(found: Sequence[dict[str, Any]]) -> str:
    lines = [list(found[0]), ["---"] * len(found[0]), *(list(row.values()) for row in found)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--only", choices=SERIES, action="append")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure[0], Path(given.measure[1]))))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for name in given.only or SERIES:
            print(f"{SERIES[name].title}:\n\n{table(list(rows(name, Path(folder))))}\n", flush=True)


if __name__ == "__main__":
    main()
