"""Mutations of the store: of entries, of journals of items, and beneath a real ranking."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from bridgex.storage.store import Store
from tests.hardening.commands import Forks, World, difference, result
from tests.hardening.tally import Tally
from tests.storage.test_items import INPUTS
from tests.storage.test_items import filled as filled_items
from tests.storage.test_store_mutations import EXPECTED, MUTATIONS, answers

FAMILY = "store mutations"
SEEDS = range(1000, 1020)
"""Others than those of the family that every run of the tests does."""

JOURNAL_MUTATIONS = [each for each in MUTATIONS if each.__name__ != "another_file"]


def test_entries(tmp_path: Path, tally: Tally) -> None:
    whole = tmp_path / "whole"
    assert answers(Store(whole)) == EXPECTED
    for mutate in MUTATIONS:
        for seed in SEEDS:
            chance = random.Random(seed)  # noqa: S311
            folder = Path(shutil.copytree(whole, tmp_path / f"{mutate.__name__}-{seed}"))
            files = sorted(folder.rglob("*.safetensors"))
            path = chance.choice(files)
            mutate(path, [each for each in files if each != path], chance)
            tally.cases[FAMILY] += 1
            if answers(Store(folder)) != EXPECTED:
                tally.fail("wrong numbers", FAMILY, f"{mutate.__name__} {seed}")
    tally.require(FAMILY, len(MUTATIONS) * len(SEEDS))


def test_journals(tmp_path: Path, tally: Tally) -> None:
    whole = tmp_path / "whole"
    values = filled_items(whole)
    for mutate in JOURNAL_MUTATIONS:
        for seed in SEEDS:
            chance = random.Random(seed)  # noqa: S311
            folder = Path(shutil.copytree(whole, tmp_path / f"{mutate.__name__}-{seed}"))
            files = sorted(folder.rglob("*.jsonl"))
            path = chance.choice(files)
            mutate(path, [each for each in files if each != path], chance)
            tally.cases[FAMILY] += 1
            if not repaired(folder, values):
                tally.fail("wrong numbers", FAMILY, f"{mutate.__name__} {seed}")
    tally.require(FAMILY, len(JOURNAL_MUTATIONS) * len(SEEDS))


def repaired(folder: Path, values: dict[str, Any]) -> bool:
    """Whether items that are answered are right, and those that are lost can be added again."""
    items = Store(folder).items("generated", INPUTS)
    found = items.load(values)
    lost = {key: value for key, value in values.items() if key not in found}
    items.add_many(lost)
    right = {key: values[key] for key in found} == found
    return right and Store(folder).items("generated", INPUTS).load(values) == values


@pytest.mark.parametrize("name", ["rank", "evaluate"])
def test_beneath_a_command(
    name: str, forks: Forks, world: World, tmp_path: Path, tally: Tally
) -> None:
    words, family = world.commands()[name], f"{FAMILY} beneath {name}"
    whole = tmp_path / "whole"
    whole.mkdir()
    first = forks.run(words, whole)
    assert first.ended.code == 0, first.errors
    expected, place = without_notes(result(whole)), whole.with_name("whole")
    kept = Path(shutil.copytree(whole, tmp_path / "kept"))
    for number in range(20):
        chance = random.Random(number)  # noqa: S311
        shutil.rmtree(place)
        shutil.copytree(kept, place)
        files = [
            path
            for path in sorted((place / "cache" / "store").rglob("*"))
            if path.suffix in {".safetensors", ".jsonl"} and path.stat().st_size
        ]
        mutate = MUTATIONS[number % len(MUTATIONS)]
        path = chance.choice(files)
        mutate(path, [each for each in files if each != path], chance)
        again = forks.run(words, place)
        tally.cases[FAMILY] += 1
        if again.ended.hung:
            tally.fail("hangs", family, number)
        elif again.stray or again.ended.code:
            tally.fail("stray exceptions", family, again.errors)
        elif differs := difference(expected, without_notes(result(place))):
            tally.fail("wrong numbers", family, f"{mutate.__name__} of {path.name}: {differs}")
    tally.require(family, 0)


def without_notes(written: dict[str, Any]) -> dict[str, Any]:
    """Leave out the notes, which name what was damaged."""
    out = {name: value for name, value in written["out.json"].items() if name != "notes"}
    return {**written, "out.json": out}
