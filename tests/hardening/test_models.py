"""Mutated model folders, GGUF files and conversions: refused, another identity, or the same."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from bridgex.lm import gguf
from tests.hardening.cases import REFUSED, attempt
from tests.hardening.tally import Tally
from tests.lm.test_mutations import another, blank, cut, flip, gone, mutate, numbers
from tests.tiny_gguf import save_tiny_gguf
from tests.tiny_llama import save_tiny_llama

FAMILY = "model folders"
Change = Callable[[Path], None]


def changes(names: list[str], draw: random.Random) -> Iterator[tuple[str, Change]]:
    """Yield changes of files without end, by what they are."""
    while True:
        name, share, rest = draw.choice(names), draw.random(), draw.random()
        bit, start = draw.randrange(8), min(share, rest)
        yield f"flip {name} {share} {bit}", flip(name, share, bit)
        yield f"cut {name} {share}", cut(name, share)
        yield f"blank {name} {start}", blank(name, start, max(share, rest))
        yield f"no {name}", gone(name)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.stat().st_size)


def judge(
    tally: Tally, what: str, path: Path, digest: str, expected: torch.Tensor, *, kept: bool
) -> None:
    """Note it if the same identity gives other numbers, or if it must give them and does not."""
    found = attempt(tally, FAMILY, what, lambda: numbers(path))
    if found is REFUSED:
        if kept:
            tally.fail("stray exceptions", FAMILY, f"{what}: refused")
    elif found[0] == digest:
        if not torch.equal(found[1], expected):
            tally.fail("wrong numbers", FAMILY, what)
    elif kept:
        tally.fail("wrong numbers", FAMILY, f"{what}: another identity")


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return save_tiny_llama(tmp_path / "whole" / "model")


def test_folders(whole: Path, tmp_path: Path, tally: Tally) -> None:
    digest, expected, _ = numbers(whole)
    folder, draw = tmp_path / "model", random.Random(5)  # noqa: S311
    every = changes(names_in(whole), draw)
    for _ in range(60):
        what, change = next(every)
        shutil.copytree(whole, folder)
        mutate(folder, folder, change)
        judge(tally, what, folder, digest, expected, kept=False)
        shutil.rmtree(folder)
    for name in names_in(whole):
        shutil.copytree(whole, folder)
        mutate(folder, folder, another(name, 1))
        judge(tally, f"another {name}", folder, digest, expected, kept=False)
        shutil.rmtree(folder)
        shutil.rmtree(tmp_path / "other")
    tally.require(FAMILY, 60)


def test_gguf_files(tmp_path: Path, tally: Tally) -> None:
    whole = save_tiny_gguf(tmp_path / "whole.gguf")
    digest, expected, _ = numbers(whole)
    path, draw = tmp_path / "tiny.gguf", random.Random(6)  # noqa: S311
    size = whole.stat().st_size
    for number in range(60):
        shutil.copy2(whole, path)
        share = draw.random() * (7500 / size if number % 3 else 1)
        kind = number % 5
        change = cut(path.name, share) if kind == 4 else flip(path.name, share, draw.randrange(8))
        if kind == 3:
            change = blank(path.name, share, min(1.0, share + 8 / size))
        mutate(tmp_path, tmp_path, change)
        judge(tally, f"{number}: {share}", path, digest, expected, kept=False)
    tally.require(FAMILY, 60)


def test_conversions(tmp_path: Path, tally: Tally) -> None:
    """A damaged one is made again: same identity, same numbers."""
    path = save_tiny_gguf(tmp_path / "tiny.gguf")
    digest, expected, _ = numbers(path)
    folder = gguf.converted_folder(digest)
    every = changes(names_in(folder), random.Random(7))  # noqa: S311
    for _ in range(40):
        what, change = next(every)
        mutate(folder, folder, change)
        judge(tally, f"conversion: {what}", path, digest, expected, kept=True)
    tally.require(FAMILY, 40)
